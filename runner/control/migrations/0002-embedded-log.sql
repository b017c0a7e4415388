-- The embedded event log. One row holds a batch of messages of one partition, as Kafka's record batch does.

CREATE TABLE {schema}.log_topic (
  topic_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL UNIQUE,
  partitions integer NOT NULL CHECK (partitions > 0)
);

-- The row lock on the head is what makes offsets become visible in order.
CREATE TABLE {schema}.log_partition (
  topic_id integer NOT NULL REFERENCES {schema}.log_topic ON DELETE CASCADE,
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 20);

CREATE TABLE {schema}.log_batch (
  topic_id integer NOT NULL,
  partition integer NOT NULL,
  base_offset bigint NOT NULL,
  message_count integer NOT NULL,
  byte_count integer NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- framing: runner/log/record-batch.ts
  bytes bytea NOT NULL,
  PRIMARY KEY (topic_id, partition, base_offset)
);
-- Compressing a megabyte with pglz costs more than writing it.
ALTER TABLE {schema}.log_batch ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE {schema}.log_group_offset (
  group_name text NOT NULL,
  topic_id integer NOT NULL REFERENCES {schema}.log_topic ON DELETE CASCADE,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_name, topic_id, partition)
) WITH (fillfactor = 50);

-- Appends batches cut from one payload. Callers give partitions in ascending order, so that two appends never deadlock.
CREATE FUNCTION {schema}.log_append(
  in_topic integer, in_partitions integer[], in_counts integer[], in_lengths integer[], in_payload bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  base bigint;
  first_byte integer := 1;
BEGIN
  FOR i IN 1 .. cardinality(in_partitions) LOOP
    UPDATE {schema}.log_partition AS p SET next_offset = p.next_offset + in_counts[i]
    WHERE p.topic_id = in_topic AND p.partition = in_partitions[i]
    RETURNING p.next_offset - in_counts[i] INTO STRICT base;
    INSERT INTO {schema}.log_batch (topic_id, partition, base_offset, message_count, byte_count, bytes)
    VALUES (in_topic, in_partitions[i], base, in_counts[i], in_lengths[i],
      substring(in_payload FROM first_byte FOR in_lengths[i]));
    first_byte := first_byte + in_lengths[i];
  END LOOP;
END
$$;
