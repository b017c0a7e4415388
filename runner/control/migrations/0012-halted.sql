-- A stream waits for a person for more reasons than a changed source: the code says which.
ALTER TABLE {schema}.stream ADD COLUMN state_code text;
ALTER TABLE {schema}.stream DROP CONSTRAINT stream_state_check;
UPDATE {schema}.stream SET state = 'halted', state_code = split_part(state_message, ':', 1) WHERE state = 'schema-changed';
ALTER TABLE {schema}.stream ADD CONSTRAINT stream_state_check CHECK (state IN ('ready', 'paused', 'halted'));
-- Known rows that a read of everything did not meet again, when their deletes are neither wanted nor refused.
ALTER TABLE {schema}.stream ADD COLUMN rows_gone bigint NOT NULL DEFAULT 0;

-- When the row was last rejected, so that a read of everything settles what did not come again.
ALTER TABLE {schema}.quarantine ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE {schema}.quarantine ADD COLUMN settled_by text;
ALTER TABLE {schema}.quarantine ADD COLUMN settled_reason text;
ALTER TABLE {schema}.quarantine ADD COLUMN settled_at timestamptz;
CREATE INDEX quarantine_open ON {schema}.quarantine (system, stream) WHERE state = 'open';
