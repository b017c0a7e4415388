-- What the log has of rows that a source gives again: those in the overlap of a cursor, or all of a table without one.
ALTER TABLE {schema}.stream
  ADD COLUMN stream_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  ADD COLUMN rows_unchanged bigint NOT NULL DEFAULT 0;
ALTER TABLE {schema}.run ADD COLUMN rows_unchanged bigint NOT NULL DEFAULT 0;

CREATE TABLE {schema}.known_row (
  stream_id bigint NOT NULL,
  key_print bigint NOT NULL,
  -- of the last message of this key: schema, operation, key and columns
  content_print bigint NOT NULL,
  -- in the order of the source's cursor; null: every read gives the row again
  place double precision,
  PRIMARY KEY (stream_id, key_print)
);

-- Not a foreign key: it would be checked for every row that is read.
CREATE FUNCTION {schema}.forget_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {schema}.known_row WHERE stream_id = OLD.stream_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_rows AFTER DELETE ON {schema}.stream FOR EACH ROW EXECUTE FUNCTION {schema}.forget_rows();
