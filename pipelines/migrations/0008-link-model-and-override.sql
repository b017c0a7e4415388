-- Weights by which records are linked that share no identifier: the ones built in until another version is made active.
CREATE TABLE {schema}.link_model (
  version text PRIMARY KEY,
  model json NOT NULL,
  estimated_at timestamptz NOT NULL DEFAULT now(),
  -- what it was estimated from
  facts json NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'active', 'retired')),
  promoted_at timestamptz,
  promoted_by text,
  reason text,
  -- Records without a deciding identifier up to this one have been decided under it; the ones after it wait for their turn.
  decided_to bigint NOT NULL DEFAULT 0,
  decided_at timestamptz
);
CREATE UNIQUE INDEX link_model_active ON {schema}.link_model (state) WHERE state = 'active';

-- What a steward says in the place of the sources, for a time. By source row, so that it outlives entity and record ids.
CREATE TABLE {schema}.override (
  override_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_row text NOT NULL,
  attribute text NOT NULL,
  value json NOT NULL,
  set_by text NOT NULL,
  reason text NOT NULL,
  set_at timestamptz NOT NULL DEFAULT now(),
  -- the last day, in the province
  until date NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by text,
  -- when survivors were found again without it, its last day being over
  expired_at timestamptz
);
CREATE UNIQUE INDEX override_standing ON {schema}.override (source_row, attribute)
  WHERE withdrawn_at IS NULL AND expired_at IS NULL;
CREATE INDEX override_row ON {schema}.override (source_row);

-- Who came from this entity, and when.
CREATE INDEX entity_event_other ON {schema}.entity_event (other_id);

CREATE VIEW {schema}.feed_override AS
  SELECT override_id, source_row, attribute, value, set_by, reason, set_at, until, withdrawn_at, expired_at FROM {schema}.override;
CREATE VIEW {schema}.feed_entity_event AS
  SELECT event_id, kind, entity_id, other_id, reason, at FROM {schema}.entity_event;
