-- additive
-- From when on the base knows which records were in which entity: what was before has been tidied away.
CREATE TABLE {schema}.past_kept (
  is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
  since timestamptz NOT NULL
);
