-- additive
-- Sums over all batches of a topic, kept in the transaction of each batch whoever writes it. Pages and books ask for them,
-- and batches may go when they are old.
CREATE TABLE {schema}.stream_total (
  topic text PRIMARY KEY,
  batches bigint NOT NULL,
  -- replays left out: each message of the log counts once
  messages bigint NOT NULL,
  read bigint NOT NULL,
  inserted bigint NOT NULL,
  updated bigint NOT NULL,
  unchanged bigint NOT NULL,
  stale bigint NOT NULL,
  rejected bigint NOT NULL,
  -- batches in which read is not the sum of the outcomes
  odd bigint NOT NULL,
  last_committed_at timestamptz NOT NULL
-- room on the page, so that an update need not touch the index
) WITH (fillfactor = 20);

CREATE FUNCTION {schema}.count_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {schema}.stream_total AS t
    (topic, batches, messages, read, inserted, updated, unchanged, stale, rejected, odd, last_committed_at)
  VALUES (NEW.topic, 1, CASE WHEN NEW.replay THEN 0 ELSE NEW.messages END, NEW.read, NEW.inserted, NEW.updated,
    NEW.unchanged, NEW.stale, NEW.rejected,
    (NEW.read <> NEW.inserted + NEW.updated + NEW.unchanged + NEW.stale + NEW.rejected)::int, NEW.committed_at)
  ON CONFLICT (topic) DO UPDATE SET batches = t.batches + 1, messages = t.messages + EXCLUDED.messages,
    read = t.read + EXCLUDED.read, inserted = t.inserted + EXCLUDED.inserted, updated = t.updated + EXCLUDED.updated,
    unchanged = t.unchanged + EXCLUDED.unchanged, stale = t.stale + EXCLUDED.stale,
    rejected = t.rejected + EXCLUDED.rejected, odd = t.odd + EXCLUDED.odd, last_committed_at = EXCLUDED.last_committed_at;
  RETURN NULL;
END
$$;
-- Waits for the batches that are being stored and holds the next ones off, so that each counts once.
CREATE TRIGGER batch_counted AFTER INSERT ON {schema}.batch FOR EACH ROW EXECUTE FUNCTION {schema}.count_batch();
INSERT INTO {schema}.stream_total
  (topic, batches, messages, read, inserted, updated, unchanged, stale, rejected, odd, last_committed_at)
SELECT topic, count(*), coalesce(sum(messages) FILTER (WHERE NOT replay), 0), sum(read), sum(inserted), sum(updated),
  sum(unchanged), sum(stale), sum(rejected),
  count(*) FILTER (WHERE read <> inserted + updated + unchanged + stale + rejected), max(committed_at)
FROM {schema}.batch GROUP BY topic;

-- Batches are asked for by day.
CREATE INDEX batch_committed ON {schema}.batch (committed_at);
DROP INDEX {schema}.batch_topic;

CREATE OR REPLACE VIEW {schema}.feed_stream_state AS
  SELECT topic, read, inserted, updated, unchanged, stale, rejected, last_committed_at FROM {schema}.stream_total;
