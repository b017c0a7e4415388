-- Whom a finding is about, and whose records are to be mended.
ALTER TABLE {schema}.finding ADD COLUMN entity_id bigint, ADD COLUMN system text;
CREATE INDEX finding_entity ON {schema}.finding (entity_id) WHERE entity_id IS NOT NULL;
CREATE OR REPLACE VIEW {schema}.feed_finding AS
  SELECT rule, subject, message, first_found_at, entity_id, system FROM {schema}.finding;

-- What the rules found in the records of each batch, rejected ones included.
CREATE TABLE {schema}.batch_issue (
  batch_id bigint NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL,
  records integer NOT NULL,
  PRIMARY KEY (batch_id, rule, severity)
);
CREATE VIEW {schema}.feed_batch_issue AS
  SELECT b.batch_id, s.system, s.stream, b.committed_at, b.read, i.rule, i.severity, i.records
  FROM {schema}.batch_issue i JOIN {schema}.batch b USING (batch_id) JOIN {schema}.source s ON s.topic = b.topic;
