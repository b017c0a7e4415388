-- additive
-- What runs had counted that have been tidied away: the books compare all that ever ran with what the streams say.
CREATE TABLE {schema}.run_total (
  system text PRIMARY KEY,
  runs bigint NOT NULL,
  rows_read bigint NOT NULL,
  rows_appended bigint NOT NULL,
  rows_unchanged bigint NOT NULL,
  rows_rejected bigint NOT NULL
);
