-- additive
-- How many keys of a stream that feeds no base live. null: of what was read before this, nobody knows.
ALTER TABLE {schema}.stream ADD COLUMN living bigint;
ALTER TABLE {schema}.stream ALTER COLUMN living SET DEFAULT 0;

CREATE TABLE {schema}.live_key (
  stream_id bigint NOT NULL,
  key_print bigint NOT NULL,
  PRIMARY KEY (stream_id, key_print)
);
CREATE FUNCTION {schema}.forget_live_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {schema}.live_key WHERE stream_id = OLD.stream_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER stream_lives AFTER DELETE ON {schema}.stream FOR EACH ROW EXECUTE FUNCTION {schema}.forget_live_keys();

CREATE OR REPLACE VIEW {schema}.feed_stream AS
  SELECT system, stream, columns, row_estimate, state, state_message, rows_read, rows_appended, rows_rejected, last_read_at, living
  FROM {schema}.stream;
