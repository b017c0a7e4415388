-- additive
-- Whether changes of entities are published. Without its row nobody reads them, and they are not written down.
CREATE TABLE {schema}.publication (
  is_on boolean PRIMARY KEY DEFAULT true CHECK (is_on),
  since timestamptz NOT NULL DEFAULT now(),
  -- of the topic: one that was deleted and made again is sent the whole state again
  life text NOT NULL,
  -- entities up to this one have had their state sent; null: all that were there when it began
  filled_to bigint DEFAULT 0
);
