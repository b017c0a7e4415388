-- Who may call: regions and departments, people, the roles that they hold for a time, and their sessions.
CREATE TABLE {schema}.organisation (
  -- a department by its unified social credit code, a region by its code of GB/T 2260
  code text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('region', 'department')),
  name text NOT NULL,
  level text NOT NULL CHECK (level IN ('province', 'prefecture', 'county', 'township')),
  parent text REFERENCES {schema}.organisation CHECK (parent <> code),
  valid_from date NOT NULL DEFAULT current_date,
  valid_until date CHECK (valid_until >= valid_from)
);
CREATE INDEX organisation_parent ON {schema}.organisation (parent);

CREATE TABLE {schema}.person (
  person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text NOT NULL UNIQUE,
  name text NOT NULL,
  -- null: has not chosen one yet, or signs in elsewhere
  password text,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL
);

CREATE TABLE {schema}.person_role (
  role_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id bigint NOT NULL REFERENCES {schema}.person,
  organisation text NOT NULL REFERENCES {schema}.organisation,
  role text NOT NULL,
  valid_from timestamptz NOT NULL DEFAULT now(),
  valid_until timestamptz CHECK (valid_until > valid_from),
  given_at timestamptz NOT NULL DEFAULT now(),
  given_by text NOT NULL,
  ended_at timestamptz,
  ended_by text
);
CREATE UNIQUE INDEX person_role_once ON {schema}.person_role (person_id, organisation, role) WHERE ended_at IS NULL;
-- The three administrators are three people.
CREATE UNIQUE INDEX person_role_apart ON {schema}.person_role (person_id)
  WHERE ended_at IS NULL AND role IN ('system-admin', 'security-admin', 'audit-admin');

CREATE TABLE {schema}.session (
  -- SHA-256 of what the browser has: whoever reads this table cannot sign in with it
  session_hash bytea PRIMARY KEY,
  person_id bigint NOT NULL REFERENCES {schema}.person,
  -- every form of the session carries it
  form_token text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- when the password was last given
  confirmed_at timestamptz NOT NULL DEFAULT now(),
  ends_at timestamptz NOT NULL,
  agent text NOT NULL
);
CREATE INDEX session_person ON {schema}.session (person_id);

CREATE TABLE {schema}.set_up_link (
  link_hash bytea PRIMARY KEY,
  -- null: makes the first person of the hub
  person_id bigint REFERENCES {schema}.person,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

-- By name as typed, whether there is such a person or not: what is locked tells nobody who exists.
CREATE TABLE {schema}.sign_in_failure (
  login_hash bytea PRIMARY KEY,
  failures integer NOT NULL,
  last_at timestamptz NOT NULL DEFAULT now(),
  locked_until timestamptz,
  -- the last try came while the name was locked, and was not looked at
  was_locked boolean NOT NULL DEFAULT false
);
