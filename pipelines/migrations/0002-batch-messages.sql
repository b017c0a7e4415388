-- A row may become several records, so records are no longer a count of messages.
ALTER TABLE {schema}.batch ADD COLUMN messages integer;
UPDATE {schema}.batch SET messages = read;
ALTER TABLE {schema}.batch ALTER COLUMN messages SET NOT NULL;
