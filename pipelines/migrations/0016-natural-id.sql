-- additive
-- What a record and an id would be if nobody had decided anything: so that a decision taken back leaves no trace.

-- null: the entity itself
ALTER TABLE {schema}.source_record ADD COLUMN natural_id bigint;
CREATE INDEX source_record_natural ON {schema}.source_record (natural_id) WHERE natural_id IS NOT NULL;

-- where an id leads by keys and matches alone; `merged_into` is where it leads while the decisions stand
ALTER TABLE {schema}.entity ADD COLUMN natural_into bigint;
-- the oldest record that bore the id when it went into another: where that one goes, the id leads
ALTER TABLE {schema}.entity ADD COLUMN bearer_id bigint;
UPDATE {schema}.entity SET natural_into = merged_into WHERE merged_into IS NOT NULL;
CREATE INDEX entity_natural_into ON {schema}.entity (natural_into) WHERE natural_into IS NOT NULL;

-- Keys that several entities bear: something keeps their bearers apart, and a person is to look.
CREATE TABLE {schema}.kept_apart (
  link_key text PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT now()
);
INSERT INTO {schema}.kept_apart (link_key) SELECT link_key FROM {schema}.link_key GROUP BY link_key HAVING count(*) > 1;
