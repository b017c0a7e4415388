-- How long topics of the embedded log keep their messages, and which life of a topic a position belongs to.

ALTER TABLE {schema}.log_topic
  -- another one when the topic is deleted and made again
  ADD COLUMN life uuid NOT NULL DEFAULT gen_random_uuid(),
  -- messages are kept for at least so long; null: for ever
  ADD COLUMN keep_ms bigint CHECK (keep_ms > 0),
  -- of each key only its latest message is wanted
  ADD COLUMN latest_only boolean NOT NULL DEFAULT false;

ALTER TABLE {schema}.log_partition
  -- what lies before was given back
  ADD COLUMN first_offset bigint NOT NULL DEFAULT 0,
  -- before it every key that is there once is there only once
  ADD COLUMN compacted_to bigint NOT NULL DEFAULT 0;
