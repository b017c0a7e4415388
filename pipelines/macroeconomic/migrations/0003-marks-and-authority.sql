-- additive
-- What is printed beside a value, and whose word goes first where two departments release a cell on one day.
ALTER TABLE {schema}.observation
  -- marks as printed, for the footnote that they point to
  ADD COLUMN mark text,
  -- place of the source's kind of authority among those of a value, from 1; 99 for one that is not named
  ADD COLUMN rank smallint NOT NULL DEFAULT 99;

UPDATE {schema}.observation o
SET rank = array_position(ARRAY['statistics', 'finance', 'tax', 'banking', 'customs', 'agriculture', 'development'], c.authority)
FROM {schema}.source_record r JOIN {schema}.source c USING (source_id)
WHERE r.record_id = o.record_id
  AND c.authority IN ('statistics', 'finance', 'tax', 'banking', 'customs', 'agriculture', 'development');

DROP VIEW {schema}.feed_latest;
DROP VIEW {schema}.feed_observation;

-- A cell of fewer than three units stays in the base and leaves it as status C without its value (rule M30).
CREATE VIEW {schema}.feed_observation AS
  SELECT o.observation_id, o.record_id, o.series_id, o.period,
         CASE WHEN o.units < 3 THEN NULL ELSE o.value END AS value,
         CASE WHEN o.units < 3 THEN 'C' ELSE o.status END AS status,
         o.released_on, o.release_kind, o.coverage, o.note, o.recorded_at, o.superseded_at, o.dated, c.system, o.mark, o.rank
  FROM {schema}.observation o
  -- Left joins of keys: a reader who does not ask for the system does not pay for it.
  LEFT JOIN {schema}.source_record r USING (record_id)
  LEFT JOIN {schema}.source c USING (source_id);

-- The latest release; of one day that of the department whose word goes first, whichever came first.
CREATE VIEW {schema}.feed_latest AS
  SELECT DISTINCT ON (series_id, period)
         observation_id, record_id, series_id, period,
         CASE WHEN units < 3 THEN NULL ELSE value END AS value,
         CASE WHEN units < 3 THEN 'C' ELSE status END AS status,
         released_on, release_kind, coverage, note, recorded_at, mark
  FROM {schema}.observation
  WHERE superseded_at IS NULL
  ORDER BY series_id, period, released_on DESC, rank, observation_id DESC;
