-- Where records were before. At a moment a record was in the entity of its first row that ends after it; without one it
-- was where it is now.
CREATE TABLE {schema}.membership_left (
  record_id bigint NOT NULL,
  entity_id bigint NOT NULL,
  left_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX membership_left_record ON {schema}.membership_left (record_id, left_at);
CREATE INDEX membership_left_entity ON {schema}.membership_left (entity_id);
