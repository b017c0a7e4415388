-- The rectangle around each record's geometry, longitude and latitude in CGCS2000.
CREATE TABLE {schema}.feature_box (
  record_id bigint PRIMARY KEY,
  feature_class text NOT NULL,
  box box NOT NULL
);
CREATE INDEX feature_box_place ON {schema}.feature_box USING gist (box);
CREATE INDEX feature_box_class ON {schema}.feature_box (feature_class, record_id);

-- A feature shows the geometry that survived: the row of its winner.
CREATE VIEW {schema}.feed_feature AS
  SELECT f.feature_class, f.box, r.entity_id, g.attributes, g.sources, g.updated_at
  FROM {schema}.feature_box f
  JOIN {schema}.source_record r USING (record_id)
  JOIN {schema}.golden g USING (entity_id)
  WHERE (g.winners->'geometry'->>0)::bigint = f.record_id;
