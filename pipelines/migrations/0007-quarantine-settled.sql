-- Who is done with an entry, and why. A mended row went into the log again; `changes` says what was set.
ALTER TABLE {schema}.quarantine DROP CONSTRAINT quarantine_state_check;
ALTER TABLE {schema}.quarantine ADD CONSTRAINT quarantine_state_check
  CHECK (state IN ('open', 'replayed', 'dismissed', 'mended'));
ALTER TABLE {schema}.quarantine ADD COLUMN settled_by text, ADD COLUMN settled_reason text,
  ADD COLUMN settled_at timestamptz, ADD COLUMN changes json;
