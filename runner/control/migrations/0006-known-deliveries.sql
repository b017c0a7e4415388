-- What has been taken of pushes, longer than the inbox keeps them: whoever recorded one and sends it again changes nothing.
CREATE TABLE {schema}.delivery (
  -- keyed by the sender's secret, over everything that was signed and nothing else
  proof bytea PRIMARY KEY,
  system text NOT NULL,
  stream text NOT NULL,
  -- the sender's id, or a digest; several proofs have one when the sender signed the same delivery anew
  delivery text NOT NULL,
  body_hash bytea NOT NULL,
  forget_at timestamptz NOT NULL
);
CREATE INDEX delivery_id ON {schema}.delivery (system, stream, delivery);
CREATE INDEX delivery_forget ON {schema}.delivery (forget_at);

-- Their proofs were not kept; by their ids they stay known.
INSERT INTO {schema}.delivery (proof, system, stream, delivery, body_hash, forget_at)
SELECT sha256(convert_to('inbox ' || inbox_id, 'UTF8')), system, stream, delivery, sha256(body), received_at + interval '7 days'
FROM {schema}.inbox;

ALTER TABLE {schema}.inbox DROP CONSTRAINT inbox_system_stream_delivery_key;
DROP FUNCTION {schema}.inbox_append;

-- Writers wait for each other, so that ids become visible in order: a reader that has seen an id has seen all below it.
-- No two of the given ones may have the same proof, or the same delivery of one stream. Outcomes are in their order:
-- new; known: taken before, under whatever id; other-stream: signed for another one; other-body: its id was another body's.
CREATE FUNCTION {schema}.inbox_take(
  systems text[], streams text[], deliveries text[], proofs bytea[], bodies bytea[], days integer[])
RETURNS TABLE (outcome text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('hub.inbox'), 0);
  RETURN QUERY
    WITH judged AS MATERIALIZED (
      SELECT n.system, n.stream, n.delivery, n.proof, n.body, n.days, n.at, sha256(n.body) AS body_hash, p.proof IS NOT NULL AS is_proven, CASE
          WHEN p.proof IS NOT NULL AND (p.system, p.stream) = (n.system, n.stream) THEN 'known'
          WHEN p.proof IS NOT NULL THEN 'other-stream'
          WHEN i.body_hash = sha256(n.body) THEN 'known'
          WHEN i.body_hash IS NOT NULL THEN 'other-body'
          ELSE 'new' END AS outcome
      FROM unnest(systems, streams, deliveries, proofs, bodies, days) WITH ORDINALITY
        AS n (system, stream, delivery, proof, body, days, at)
      LEFT JOIN {schema}.delivery p ON p.proof = n.proof
      LEFT JOIN LATERAL (
        SELECT k.body_hash FROM {schema}.delivery k
        WHERE k.system = n.system AND k.stream = n.stream AND k.delivery = n.delivery LIMIT 1) i ON true
    ), proven AS (
      INSERT INTO {schema}.delivery (proof, system, stream, delivery, body_hash, forget_at)
      SELECT j.proof, j.system, j.stream, j.delivery, j.body_hash, now() + j.days * interval '1 day'
      FROM judged j WHERE NOT j.is_proven AND j.outcome IN ('new', 'known')
    ), stored AS (
      INSERT INTO {schema}.inbox (system, stream, delivery, body)
      SELECT j.system, j.stream, j.delivery, j.body FROM judged j WHERE j.outcome = 'new' ORDER BY j.at
    )
    SELECT j.outcome FROM judged j ORDER BY j.at;
  PERFORM pg_notify('hub_inbox', '');
END
$$;
