-- additive
-- How many rows of a source live: inserted ones less those that were deleted, kept like the other totals.
ALTER TABLE {schema}.batch ADD COLUMN living integer NOT NULL DEFAULT 0;
ALTER TABLE {schema}.stream_total ADD COLUMN living bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION {schema}.count_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {schema}.stream_total AS t
    (topic, batches, messages, read, inserted, updated, unchanged, stale, rejected, odd, last_committed_at, living)
  VALUES (NEW.topic, 1, CASE WHEN NEW.replay THEN 0 ELSE NEW.messages END, NEW.read, NEW.inserted, NEW.updated,
    NEW.unchanged, NEW.stale, NEW.rejected,
    (NEW.read <> NEW.inserted + NEW.updated + NEW.unchanged + NEW.stale + NEW.rejected)::int, NEW.committed_at, NEW.living)
  ON CONFLICT (topic) DO UPDATE SET batches = t.batches + 1, messages = t.messages + EXCLUDED.messages,
    read = t.read + EXCLUDED.read, inserted = t.inserted + EXCLUDED.inserted, updated = t.updated + EXCLUDED.updated,
    unchanged = t.unchanged + EXCLUDED.unchanged, stale = t.stale + EXCLUDED.stale,
    rejected = t.rejected + EXCLUDED.rejected, odd = t.odd + EXCLUDED.odd, last_committed_at = EXCLUDED.last_committed_at,
    living = t.living + EXCLUDED.living;
  RETURN NULL;
END
$$;
-- Waits for the batches that are being stored and holds the next ones off.
LOCK TABLE {schema}.batch IN SHARE ROW EXCLUSIVE MODE;
UPDATE {schema}.stream_total AS t SET living = c.living FROM (
  SELECT s.topic, count(*) AS living FROM {schema}.source_record r JOIN {schema}.source s USING (source_id)
  WHERE NOT r.deleted GROUP BY s.topic) AS c WHERE c.topic = t.topic;

CREATE OR REPLACE VIEW {schema}.feed_stream_state AS
  SELECT topic, read, inserted, updated, unchanged, stale, rejected, last_committed_at, living FROM {schema}.stream_total;
