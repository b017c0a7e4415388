-- What rules find that compare many records. Each run of a rule replaces what it found before.
CREATE TABLE {schema}.finding (
  rule text NOT NULL,
  -- what it is about, in words that stay the same from run to run
  subject text NOT NULL,
  message text NOT NULL,
  first_found_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule, subject)
);
CREATE VIEW {schema}.feed_finding AS SELECT rule, subject, message, first_found_at FROM {schema}.finding;
