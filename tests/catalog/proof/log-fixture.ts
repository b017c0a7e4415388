import type pg from 'pg';
import type { Event } from '../../../catalog/proof/entry.ts';
import { type AuditLog, openAuditLog } from '../../../catalog/proof/log.ts';
import { storedLog } from '../../../catalog/proof/stored.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openPool, PATIENCE } from '../../../schemas/store/pool.ts';
import { testDatabase } from '../../support/postgres.ts';

export interface LogFixture extends AsyncDisposable {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly log: AuditLog;
  readonly files: ReturnType<typeof storedLog>;
  /** The same log as another process has it. */
  another(): Promise<AuditLog>;
  /** What somebody does who owns the database. */
  tamper(sql: string, values?: readonly unknown[]): Promise<void>;
}

export async function openLogFixture(): Promise<LogFixture> {
  const database = await testDatabase();
  const pools: pg.Pool[] = [];
  const open = (): pg.Pool => {
    const pool = openPool({ url: database.url, name: 'audit test', max: 4, patience: PATIENCE.short });
    pools.push(pool);
    return pool;
  };
  const pool = open();
  await migrateHub(pool);
  return {
    ...{ url: database.url, pool, log: await openAuditLog(pool), files: storedLog(pool) },
    another: () => openAuditLog(open()),
    async tamper(sql, values = []) {
      const client = await pool.connect();
      try {
        await client.query('SET session_replication_role = replica');
        await client.query(sql, [...values]);
        await client.query('RESET session_replication_role');
      } finally {
        client.release();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((one) => one.end()));
      await database[Symbol.asyncDispose]();
    },
  };
}

export const event = (number: number): Event => ({
  ...{ what: 'lookup', outcome: 'done', who: { person: 'test' } },
  on: { resource: `population/citizen/${number}` },
});

export const events = (count: number, from = 0): readonly Event[] =>
  Array.from({ length: count }, (_, at) => event(from + at));
