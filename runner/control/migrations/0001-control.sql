-- Control tables of the hub. `{schema}` is always hub.

CREATE TABLE {schema}.system (
  system text PRIMARY KEY,
  -- the system file as applied, secrets still as ${NAME}
  spec jsonb NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.stream (
  system text NOT NULL REFERENCES {schema}.system ON DELETE CASCADE,
  stream text NOT NULL,
  -- the columns the source had when last discovered
  columns jsonb,
  row_estimate bigint,
  checkpoint jsonb,
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'paused', 'schema-changed')),
  state_message text,
  rows_read bigint NOT NULL DEFAULT 0,
  rows_appended bigint NOT NULL DEFAULT 0,
  rows_rejected bigint NOT NULL DEFAULT 0,
  last_read_at timestamptz,
  PRIMARY KEY (system, stream)
);

CREATE TABLE {schema}.run (
  run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
  -- raised by every worker that takes the run; writes with an older epoch are refused
  epoch integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  heartbeat_at timestamptz,
  ended_at timestamptz,
  rows_read bigint NOT NULL DEFAULT 0,
  rows_appended bigint NOT NULL DEFAULT 0,
  rows_rejected bigint NOT NULL DEFAULT 0,
  error jsonb
);
CREATE UNIQUE INDEX run_one_open ON {schema}.run (system) WHERE state IN ('pending', 'running');
CREATE INDEX run_recent ON {schema}.run (system, run_id DESC);

-- Rows that could not even be put into the log.
CREATE TABLE {schema}.quarantine (
  quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system text NOT NULL,
  stream text NOT NULL,
  origin text NOT NULL,
  raw_hash bytea NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  raw bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'dismissed')),
  -- reading the same row again is not a second loss
  UNIQUE (system, stream, origin, raw_hash)
);

CREATE TABLE {schema}.schema_text (
  schema_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint bytea NOT NULL UNIQUE,
  avsc text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.schema_version (
  subject text NOT NULL,
  version integer NOT NULL,
  schema_id integer NOT NULL REFERENCES {schema}.schema_text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subject, version)
);

-- The contract with the catalog.
CREATE VIEW {schema}.feed_system AS SELECT system, spec, enabled, applied_at FROM {schema}.system;
CREATE VIEW {schema}.feed_stream AS
  SELECT system, stream, columns, row_estimate, state, state_message, rows_read, rows_appended, rows_rejected, last_read_at
  FROM {schema}.stream;
CREATE VIEW {schema}.feed_run AS
  SELECT run_id, system, state, requested_at, started_at, ended_at, rows_read, rows_appended, rows_rejected, error
  FROM {schema}.run;
