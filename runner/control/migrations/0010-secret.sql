-- additive
-- What every process of the hub must know and nobody else: the key of the pseudonyms of rows. Whoever reads this database
-- reads what the pseudonyms hide as well.
CREATE TABLE hub.secret (
  name text PRIMARY KEY,
  value bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
