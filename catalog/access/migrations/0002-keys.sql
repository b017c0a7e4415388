-- additive
-- Systems that call: the keys with which they sign their requests, and the nonces that were used lately.
CREATE TABLE {schema}.access_key (
  -- the `keyid` of a signature
  key_id text PRIMARY KEY,
  system text NOT NULL,
  organisation text NOT NULL REFERENCES {schema}.organisation,
  alg text NOT NULL CHECK (alg IN ('ed25519', 'hmac-sha256')),
  -- a public key as SPKI; or the secret itself, which whoever checks an HMAC has to have
  material bytea NOT NULL,
  valid_until timestamptz,
  added_at timestamptz NOT NULL DEFAULT now(),
  added_by text NOT NULL,
  revoked_at timestamptz,
  revoked_by text
);

CREATE TABLE {schema}.signature_nonce (
  key_id text NOT NULL REFERENCES {schema}.access_key,
  nonce text NOT NULL,
  -- the signature itself is too old by then
  forget_at timestamptz NOT NULL,
  PRIMARY KEY (key_id, nonce)
);
CREATE INDEX signature_nonce_forget ON {schema}.signature_nonce (forget_at);
