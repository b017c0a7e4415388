-- Which records may be compared: live records under hashes of their blocks. Those that have an identifier that decides
-- alone are apart from those that have none, because only the latter look for candidates.
CREATE TABLE {schema}.block_anchored (block bigint NOT NULL, record_id bigint NOT NULL, PRIMARY KEY (block, record_id));
CREATE TABLE {schema}.block_open (block bigint NOT NULL, record_id bigint NOT NULL, PRIMARY KEY (block, record_id));

-- What each record without a deciding identifier has chosen among its candidates.
CREATE TABLE {schema}.choice (
  record_id bigint NOT NULL,
  other_id bigint NOT NULL,
  weight real NOT NULL,
  state text NOT NULL CHECK (state IN ('auto', 'review')),
  model text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (record_id, other_id)
);
CREATE INDEX choice_other ON {schema}.choice (other_id);
CREATE INDEX choice_review ON {schema}.choice (record_id) WHERE state = 'review';

-- Decisions of people: two rows of sources are one subject, or are not. By source key, so that they outlive record ids.
CREATE TABLE {schema}.decision (
  decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  left_row text NOT NULL,
  right_row text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('confirmed', 'forbidden')),
  decided_by text NOT NULL,
  reason text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  -- a second pair of eyes, where one is needed
  needs_second boolean NOT NULL DEFAULT false,
  seconded_by text,
  withdrawn_at timestamptz,
  withdrawn_by text,
  CHECK (left_row < right_row)
);
CREATE UNIQUE INDEX decision_standing ON {schema}.decision (left_row, right_row) WHERE withdrawn_at IS NULL;
CREATE INDEX decision_right ON {schema}.decision (right_row) WHERE withdrawn_at IS NULL;

-- Candidates that were passed by because a block held too many records.
ALTER TABLE {schema}.batch ADD COLUMN blocks_skipped integer NOT NULL DEFAULT 0;

CREATE VIEW {schema}.feed_choice AS SELECT record_id, other_id, weight, state, model, made_at FROM {schema}.choice;
CREATE VIEW {schema}.feed_decision AS
  SELECT decision_id, left_row, right_row, kind, decided_by, reason, decided_at, needs_second, seconded_by, withdrawn_at, withdrawn_by
  FROM {schema}.decision;
