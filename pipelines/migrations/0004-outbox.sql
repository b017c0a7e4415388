-- Changes of entities on their way to the topic `base.<name>...`: written with the change itself, gone when published.
CREATE TABLE {schema}.outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entity_id bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('upsert', 'delete', 'merge')),
  -- what survived; null unless upsert
  attributes json,
  -- of a merge: the entity that goes on
  into_id bigint,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
