-- An entry is one message: its place in the log and its bytes, for a topic that was made again numbers other messages alike.
ALTER TABLE {schema}.quarantine ADD COLUMN raw_hash bytea NOT NULL GENERATED ALWAYS AS (sha256(coalesce(raw, ''))) STORED;
ALTER TABLE {schema}.quarantine DROP CONSTRAINT quarantine_topic_log_partition_log_offset_key;
ALTER TABLE {schema}.quarantine ADD CONSTRAINT quarantine_message UNIQUE (topic, log_partition, log_offset, raw_hash);

-- Of a row with several parts: keys of the records that were rejected, the others being in the base. null: all of them.
ALTER TABLE {schema}.quarantine ADD COLUMN rejected_keys json;
