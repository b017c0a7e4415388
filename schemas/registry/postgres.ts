import type { Pool, PoolClient } from 'pg';
import type { AvroSchema } from '../avro.ts';
import { HubError } from '../kernel/errors.ts';
import { query } from '../store/query.ts';
import { inTransaction } from '../store/transaction.ts';
import { requireCompatible } from './compatibility.ts';
import type { Compatibility, RegisteredSchema, SchemaRegistry } from './registry.ts';
import { parseSchema } from './schema-graph.ts';

interface VersionRow {
  readonly version: number;
  readonly schema_id: number;
  readonly avsc: string;
}

/** On `hub.schema_text` and `hub.schema_version` (runner/control/migrations/0001-control.sql). The pool stays the caller's. */
export function openPostgresRegistry(pool: Pool): SchemaRegistry {
  const texts = new Map<number, AvroSchema>();
  // `subject \0 text` that this process registered: versions are never taken back.
  const registered = new Map<string, { readonly id: number; readonly version: number }>();

  return {
    async register(subject, schema, compatibility = 'backward') {
      const text = canonicalText(schema);
      const key = `${subject}\0${text}`;
      const known = registered.get(key);
      if (known !== undefined) return known;
      parseSchema(schema);
      const found = await inTransaction(pool, `registering a schema of ${subject}`, (client) =>
        registerIn(client, subject, schema, text, compatibility),
      );
      registered.set(key, found);
      return found;
    },

    async byId(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const sql = 'SELECT avsc FROM hub.schema_text WHERE schema_id = $1';
      const { rows } = await query<{ avsc: string }>(pool, `reading schema ${id}`, sql, [id | 0]);
      if (rows[0] === undefined || id !== (id | 0))
        throw new HubError('HUB_SCHEMA_UNKNOWN', `no schema has the id ${id}`, { schemaId: id });
      const schema = JSON.parse(rows[0].avsc) as AvroSchema;
      texts.set(id, schema);
      return schema;
    },

    async latest(subject): Promise<RegisteredSchema | null> {
      const { rows } = await query<VersionRow>(pool, `reading the schemas of ${subject}`, LATEST, [subject]);
      const row = rows[0];
      return row === undefined
        ? null
        : { subject, version: row.version, id: row.schema_id, schema: JSON.parse(row.avsc) as AvroSchema };
    },
  };
}

const LATEST = `SELECT v.version, v.schema_id, t.avsc FROM hub.schema_version v JOIN hub.schema_text t USING (schema_id)
  WHERE v.subject = $1 ORDER BY v.version DESC LIMIT 1`;

async function registerIn(
  client: PoolClient,
  subject: string,
  schema: AvroSchema,
  text: string,
  compatibility: Compatibility,
): Promise<{ id: number; version: number }> {
  // One writer a subject: two processes must not compare with the same predecessor.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('hub.schema:' || $1, 0))", [subject]);
  const same = await client.query<VersionRow>(
    `SELECT v.version, v.schema_id FROM hub.schema_version v JOIN hub.schema_text t USING (schema_id)
      WHERE v.subject = $1 AND t.fingerprint = sha256(convert_to($2, 'UTF8')) ORDER BY v.version DESC LIMIT 1`,
    [subject, text],
  );
  if (same.rows[0] !== undefined) return { id: same.rows[0].schema_id, version: same.rows[0].version };
  const latest = (await client.query<VersionRow>(LATEST, [subject])).rows[0];
  if (latest !== undefined && compatibility === 'backward')
    requireCompatible(subject, schema, JSON.parse(latest.avsc) as AvroSchema);
  const find = "SELECT schema_id FROM hub.schema_text WHERE fingerprint = sha256(convert_to($1, 'UTF8'))";
  const insert = `INSERT INTO hub.schema_text (fingerprint, avsc) VALUES (sha256(convert_to($1, 'UTF8')), $1)
    ON CONFLICT (fingerprint) DO NOTHING RETURNING schema_id`;
  // A lost race against another subject waits in the insert and then finds the winner's row.
  for (const sql of [find, insert, find]) {
    const id = (await client.query<{ schema_id: number }>(sql, [text])).rows[0]?.schema_id;
    if (id === undefined) continue;
    const version = (latest?.version ?? 0) + 1;
    await client.query('INSERT INTO hub.schema_version (subject, version, schema_id) VALUES ($1, $2, $3)', [
      subject,
      version,
      id,
    ]);
    return { id, version };
  }
  throw new HubError('HUB_INTERNAL', `a schema of ${subject} was neither inserted nor found`);
}

/** Keys sorted: two texts of one schema are one schema. */
function canonicalText(schema: unknown): string {
  if (Array.isArray(schema)) return `[${schema.map(canonicalText).join(',')}]`;
  if (typeof schema !== 'object' || schema === null) return JSON.stringify(schema) ?? 'null';
  const entries = Object.entries(schema).filter(([, value]) => value !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonicalText(value)}`).join(',')}}`;
}
