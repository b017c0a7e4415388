-- Deliveries that systems push (webhooks), kept until the log has them.
CREATE TABLE {schema}.inbox (
  inbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system text NOT NULL,
  stream text NOT NULL,
  -- the sender's id of the delivery, or a digest of it: the same one sent again is taken once
  delivery text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL,
  UNIQUE (system, stream, delivery)
);
CREATE INDEX inbox_stream ON {schema}.inbox (system, stream, inbox_id);

-- Writers wait for each other, so that ids become visible in order: a reader that has seen an id has seen all below it.
CREATE FUNCTION {schema}.inbox_append(systems text[], streams text[], deliveries text[], bodies bytea[])
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('hub.inbox'), 0);
  RETURN QUERY
    INSERT INTO {schema}.inbox AS i (system, stream, delivery, body)
    SELECT n.system, n.stream, n.delivery, n.body
    FROM unnest(systems, streams, deliveries, bodies) WITH ORDINALITY AS n (system, stream, delivery, body, at)
    ORDER BY n.at
    ON CONFLICT DO NOTHING
    RETURNING i.system || '/' || i.stream || '/' || i.delivery;
  PERFORM pg_notify('hub_inbox', '');
END
$$;
