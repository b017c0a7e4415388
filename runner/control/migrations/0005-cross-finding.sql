-- What rules over several bases find. Each run of a rule replaces what it found before; a finding keeps its first day.
CREATE TABLE {schema}.cross_finding (
  rule text NOT NULL,
  -- what it is about, in words that stay the same from run to run
  subject text NOT NULL,
  message text NOT NULL,
  -- whose records are to be mended; null when nobody can say
  system text,
  base text,
  -- of the base; null when it is about none or several
  entity_id bigint,
  first_found_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule, subject)
);
CREATE INDEX cross_finding_system ON {schema}.cross_finding (system);

-- Since when sources contradict each other: the first sight of it, kept until a whole round has not seen it.
CREATE TABLE {schema}.conflict_since (
  base text NOT NULL,
  entity_id bigint NOT NULL,
  attribute text NOT NULL,
  since timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (base, entity_id, attribute)
);

-- Every asking of a rule over many records: what was asked, when, and how it ended.
CREATE TABLE {schema}.rule_run (
  rule_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- a base, or `cross`
  scope text NOT NULL,
  rule text NOT NULL,
  asked_by text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- null while it is asked, and for ever when its process died
  ended_at timestamptz,
  found integer,
  is_new integer,
  gone integer,
  -- code, message and remedy
  error jsonb
);
CREATE INDEX rule_run_recent ON {schema}.rule_run (scope, rule, rule_run_id DESC);

-- The records of each stream as they were when last counted: too slow to count for a page.
CREATE TABLE {schema}.scorecard (
  base text NOT NULL,
  system text NOT NULL,
  stream text NOT NULL,
  records bigint NOT NULL,
  clean bigint NOT NULL,
  errors bigint NOT NULL,
  warnings bigint NOT NULL,
  quarantined bigint NOT NULL,
  -- rule, severity and records, most frequent first
  rules jsonb NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (base, system, stream)
);

-- The contract with the catalog. The department is the owner that the system file names.
CREATE VIEW {schema}.feed_cross_finding AS
  SELECT f.rule, f.subject, f.message, f.system, s.spec->'owner'->>'name' AS department, f.base, f.entity_id, f.first_found_at
  FROM {schema}.cross_finding f LEFT JOIN {schema}.system s USING (system);
CREATE VIEW {schema}.feed_rule_run AS
  SELECT rule_run_id, scope, rule, asked_by, started_at, ended_at, found, is_new, gone, error FROM {schema}.rule_run;
CREATE VIEW {schema}.feed_scorecard AS
  SELECT base, system, stream, records, clean, errors, warnings, quarantined, rules, counted_at FROM {schema}.scorecard;
