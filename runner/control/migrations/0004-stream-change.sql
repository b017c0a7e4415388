-- What changed at a source, and what the hub did about it. Open until a person applies the system file, or the source
-- is as it was.
CREATE TABLE {schema}.stream_change (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system text NOT NULL,
  stream text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('added', 'dropped', 'renamed', 'widened', 'narrowed', 'retyped')),
  column_name text NOT NULL,
  before text,
  after text,
  decision text NOT NULL CHECK (decision IN ('continue', 'notice', 'pause')),
  reason text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  FOREIGN KEY (system, stream) REFERENCES {schema}.stream ON DELETE CASCADE
);
CREATE UNIQUE INDEX stream_change_open ON {schema}.stream_change
  (system, stream, kind, column_name, coalesce(before, ''), coalesce(after, '')) WHERE closed_at IS NULL;

CREATE VIEW {schema}.feed_stream_change AS
  SELECT system, stream, kind, column_name, before, after, decision, reason, seen_at, closed_at FROM {schema}.stream_change;
