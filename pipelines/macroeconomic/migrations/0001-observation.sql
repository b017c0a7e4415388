-- Every observation ever published: one row a source record, the cell it is about, and its vintage. What the hub knew
-- before a source row changed is kept too: `superseded_at` says until when.
CREATE TABLE {schema}.observation (
  observation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_id bigint NOT NULL,
  series_id integer NOT NULL,
  period text COLLATE "C" NOT NULL,
  -- null: missing
  value numeric,
  status text NOT NULL,
  -- day of release; of the source's change where it does not say
  released_on date NOT NULL,
  release_kind text,
  coverage text,
  note text,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz
);
CREATE UNIQUE INDEX observation_record ON {schema}.observation (record_id) WHERE superseded_at IS NULL;
CREATE INDEX observation_series ON {schema}.observation (series_id, period, released_on DESC, observation_id DESC);

CREATE TABLE {schema}.series (
  series_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  frequency text NOT NULL,
  area text NOT NULL,
  indicator text NOT NULL,
  accumulation text NOT NULL,
  transformation text NOT NULL,
  price text NOT NULL,
  adjustment text NOT NULL,
  item text NOT NULL,
  unit text NOT NULL,
  UNIQUE (indicator, area, frequency, accumulation, transformation, price, adjustment, item, unit)
);

-- The contract with the catalog. `latest` is the vintage that a reader gets who asks for none.
CREATE VIEW {schema}.feed_series AS
  SELECT series_id, frequency, area, indicator, accumulation, transformation, price, adjustment, item, unit FROM {schema}.series;

CREATE VIEW {schema}.feed_observation AS
  SELECT o.observation_id, o.record_id, o.series_id, o.period, o.value, o.status, o.released_on, o.release_kind,
         o.coverage, o.note, o.recorded_at, o.superseded_at
  FROM {schema}.observation o;

CREATE VIEW {schema}.feed_latest AS
  SELECT DISTINCT ON (series_id, period)
         observation_id, record_id, series_id, period, value, status, released_on, release_kind, coverage, note, recorded_at
  FROM {schema}.observation
  WHERE superseded_at IS NULL
  ORDER BY series_id, period, released_on DESC, observation_id DESC;
