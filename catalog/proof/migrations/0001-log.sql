-- additive
-- The audit log: a Merkle tree (RFC 6962) over its entries, served as C2SP tlog-tiles. Nothing of it ever changes or goes.

-- The key that signs checkpoints, and the one of blind indexes. Whoever reads this table can sign as the hub.
CREATE TABLE {schema}.proof_secret (
  name text PRIMARY KEY,
  value bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);

-- Canonical JSON, byte for byte what the leaf hash is over. Numbered from 0 without a gap.
CREATE TABLE {schema}.proof_entry (
  entry_index bigint PRIMARY KEY,
  leaf bytea NOT NULL CHECK (length(leaf) = 32),
  entry text COLLATE "C" NOT NULL,
  CHECK (octet_length(entry) BETWEEN 1 AND 65535)
);

-- Full tiles: 256 hashes each. Those that are not full yet follow from the leaves, or from the roots of the tiles below.
CREATE TABLE {schema}.proof_tile (
  level smallint NOT NULL,
  tile_index bigint NOT NULL,
  root bytea NOT NULL CHECK (length(root) = 32),
  hashes bytea NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, tile_index)
);

-- Where the tree ends: roots of its complete subtrees one after another, and the checkpoint that was signed over them.
CREATE TABLE {schema}.proof_head (
  is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
  size bigint NOT NULL,
  peaks bytea NOT NULL CHECK (length(peaks) % 32 = 0),
  checkpoint text NOT NULL
);

CREATE FUNCTION {schema}.proof_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'entries and tiles of the audit log are never changed and never taken away'
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.proof_entry
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.proof_is_kept();
CREATE TRIGGER is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.proof_tile
  FOR EACH STATEMENT EXECUTE FUNCTION {schema}.proof_is_kept();
