-- What may be published, and what a reader needs to judge it.
ALTER TABLE {schema}.observation
  -- reporting units that the value is made of; null where the source does not say
  ADD COLUMN units integer,
  -- the source said the day of release itself
  ADD COLUMN dated boolean NOT NULL DEFAULT false;

DROP VIEW {schema}.feed_latest;
DROP VIEW {schema}.feed_observation;

-- A cell of fewer than three units stays in the base and leaves it as status C without its value (rule M30).
CREATE VIEW {schema}.feed_observation AS
  SELECT o.observation_id, o.record_id, o.series_id, o.period,
         CASE WHEN o.units < 3 THEN NULL ELSE o.value END AS value,
         CASE WHEN o.units < 3 THEN 'C' ELSE o.status END AS status,
         o.released_on, o.release_kind, o.coverage, o.note, o.recorded_at, o.superseded_at, o.dated, c.system
  FROM {schema}.observation o
  -- Left joins of keys: a reader who does not ask for the system does not pay for it.
  LEFT JOIN {schema}.source_record r USING (record_id)
  LEFT JOIN {schema}.source c USING (source_id);

CREATE VIEW {schema}.feed_latest AS
  SELECT DISTINCT ON (series_id, period)
         observation_id, record_id, series_id, period,
         CASE WHEN units < 3 THEN NULL ELSE value END AS value,
         CASE WHEN units < 3 THEN 'C' ELSE status END AS status,
         released_on, release_kind, coverage, note, recorded_at
  FROM {schema}.observation
  WHERE superseded_at IS NULL
  ORDER BY series_id, period, released_on DESC, observation_id DESC;
