-- A position belongs to one life of a topic: one that is deleted and made again counts its offsets from 0 again.
ALTER TABLE {schema}.applied_position
  -- '' was written before lives were known and goes for the first one that comes
  ADD COLUMN life text NOT NULL DEFAULT '',
  -- the latest timestamp among the messages before next_offset, in milliseconds since 1970
  ADD COLUMN seen_until bigint,
  -- offsets before next_offset that no batch has counted: the log began later, or was put back to an older state
  ADD COLUMN uncounted bigint NOT NULL DEFAULT 0,
  -- records stored earlier have offsets of another life, which say nothing about the order now
  ADD COLUMN began_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE {schema}.applied_position DROP CONSTRAINT applied_position_pkey;
ALTER TABLE {schema}.applied_position ADD PRIMARY KEY (topic, log_partition, life);
