import pg from 'pg';
import type { BaseSource } from '../../../pipelines/engine/ingest/ingestion.ts';
import { type Decoder, prepareBatch } from '../../../pipelines/engine/ingest/prepare.ts';
import type { BaseDefinition, BatchResult } from '../../../pipelines/pipeline.ts';
import type { Normalize } from '../../../pipelines/record.ts';
import { type HubBase, openBase } from '../../../runner/compose.ts';
import { migrateBase } from '../../../runner/control/migrate.ts';
import type { RawRecord, VersionOrder } from '../../../schemas/stream.ts';
import { testDatabase } from '../../support/postgres.ts';

/** JSON instead of Avro: the engine does not care how records travel. */
export const jsonDecoder: Decoder = {
  prepare: async () => {},
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as RawRecord,
};

/** Takes the row as the attributes: these tests are about what happens to records, not how they are made. */
export const asIs: Normalize = (record) => {
  const { issues = '[]', ...attributes } = record.value as Record<string, string>;
  return { attributes, issues: JSON.parse(issues) as never };
};

export interface Row {
  readonly key: string;
  readonly at?: number;
  readonly deleted?: boolean;
  readonly [attribute: string]: unknown;
}

export interface Scene extends HubBase, AsyncDisposable {
  source(system: string, authority?: string, order?: VersionOrder): Promise<BaseSource>;
  /** Appends the rows to partition 0 of the source's topic and applies them as one batch. */
  take(source: BaseSource, rows: readonly Row[], from?: number): Promise<BatchResult>;
  query<T>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Keys of the live records of each entity, sorted: the partition, whatever the ids. */
  partition(): Promise<string[]>;
}

/** @param database of a server of its own; the scene disposes it. */
export async function openScene(
  base: BaseDefinition,
  database?: Awaited<ReturnType<typeof testDatabase>>,
): Promise<Scene> {
  database ??= await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrateBase(pool, base);
  const opened = openBase(pool, base);
  const next = new Map<string, number>();

  return {
    ...opened,
    source: (system, authority = 'public-security', order = 'file') =>
      opened.ingestion.source({ system, stream: 'rows', authority, topic: `raw.${system}.rows`, order }),
    async take(source, rows, from) {
      const first = from ?? next.get(source.topic) ?? 0;
      const messages = rows.map((row, i) => ({ offset: first + i, value: encode(row) }));
      next.set(source.topic, Math.max(next.get(source.topic) ?? 0, first + rows.length));
      const batch = { topic: source.topic, partition: 0, messages };
      return opened.ingestion.apply(source, await prepareBatch(batch, base, jsonDecoder, asIs));
    },
    async query<T>(text: string, values: readonly unknown[] = []) {
      return (await pool.query(text, [...values])).rows as T[];
    },
    async partition() {
      const { rows } = await pool.query<{ keys: string }>(
        `SELECT string_agg(s.system || '/' || r.source_key, ' ' ORDER BY s.system, r.source_key) AS keys
         FROM ${base.schema}.source_record r JOIN ${base.schema}.source s USING (source_id)
         WHERE NOT r.deleted GROUP BY r.entity_id ORDER BY 1`,
      );
      return rows.map((row) => row.keys);
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

export function encode({ key, at = 1_700_000_000_000, deleted = false, ...value }: Row): Buffer {
  const record = { stream: 'rows', key, op: deleted ? 'delete' : 'upsert', observedAt: at, origin: `t#${key}` };
  return Buffer.from(JSON.stringify({ ...record, value: deleted ? null : value }));
}
