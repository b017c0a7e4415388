import pg from 'pg';
import type { Source } from '../../../connectors/connector.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { type Lease, openRunStore, type RunStore } from '../../../runner/control/runs.ts';
import { openSystemStore, type SystemStore } from '../../../runner/control/systems.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import type { EventLog, NewMessage } from '../../../runner/log/event-log.ts';
import { type PullOptions, type PullResult, pullSystem } from '../../../runner/pull/pull.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { createRawReader } from '../../../schemas/raw-reader.ts';
import { openPostgresRegistry } from '../../../schemas/registry/postgres.ts';
import type { SchemaRegistry } from '../../../schemas/registry/registry.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import type { SystemFile } from '../../../schemas/system.ts';
import { testDatabase } from '../../support/postgres.ts';
import { type FakeStream, fakeSource } from './fake-source.ts';

interface StoredReject {
  readonly stream: string;
  readonly origin: string;
  readonly code: string;
  readonly message: string;
  readonly raw: Buffer;
}

/** A migrated hub with the embedded log, and shorthands for what the tests of the pull look at. */
export interface PullWorld extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly systems: SystemStore;
  readonly registry: SchemaRegistry;
  /** What another worker does when this one has given no sign of life. */
  takeOver(runId: number): Promise<unknown>;
  /** A run of the system, taken. */
  lease(system: string): Promise<Lease & { readonly system: string }>;
  /** Applies, pulls once with a run of its own and ends the run, whatever comes out. */
  pull(spec: SystemFile, streams: Record<string, FakeStream>, change?: Partial<PullOptions>): Promise<PullResult>;
  /** Without applying: nobody has looked at the file since. */
  pullApplied(spec: SystemFile, source: Source, change?: Partial<PullOptions>): Promise<PullResult>;
  /** Everything in a topic, decoded, in the order of each partition. */
  records(topic: string): Promise<RawRecord[]>;
  rejects(system: string): Promise<StoredReject[]>;
}

export async function openPullWorld(): Promise<PullWorld> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => {});
  await migrateHub(pool);
  const log = await openEmbeddedLog({ pool });
  const runs = openRunStore(pool);
  const systems = openSystemStore(pool);
  const registry = openPostgresRegistry(pool);

  async function lease(system: string): Promise<Lease & { system: string }> {
    const { runId } = await runs.request(system, 'test');
    const taken = await runs.take(runId);
    if (taken === null) throw new Error('the run has ended');
    return taken;
  }

  const world: PullWorld = {
    pool,
    log,
    runs,
    systems,
    registry,
    lease,
    async takeOver(runId) {
      for (;;) {
        await runs.recoverStale(0);
        const taken = await runs.take(runId);
        // A sign of life that came in between made it younger than now.
        if (taken !== null) return taken;
      }
    },
    async pull(spec, streams, change) {
      await systems.apply(spec);
      return await world.pullApplied(spec, fakeSource(streams), change);
    },
    async pullApplied(spec, source, change = {}) {
      const held = await lease(spec.system);
      const ctx = { signal: new AbortController().signal, log: silentLogger, now: () => new Date() };
      try {
        return await pullSystem({
          spec,
          source,
          lease: held,
          runs,
          log,
          hub: pool,
          registry,
          partitions: 2,
          ctx,
          ...change,
        });
      } finally {
        await runs.cancel(held.runId);
      }
    },
    async records(topic) {
      const reader = createRawReader(registry);
      const stop = new AbortController();
      const group = `test-${Math.random()}`;
      const found: RawRecord[] = [];
      if ((await log.lag(topic, group)) === 0) return found;
      for await (const portion of log.subscribe([topic], group, { signal: stop.signal })) {
        const values = portion.messages.map(({ value }) => value as Uint8Array);
        await reader.prepare(values);
        found.push(...values.map((value) => reader.decode(value)));
        await portion.commit();
        if ((await log.lag(topic, group)) === 0) stop.abort();
      }
      return found;
    },
    async rejects(system) {
      const sql =
        'SELECT stream, origin, code, message, raw FROM hub.quarantine WHERE system = $1 ORDER BY quarantine_id';
      return (await pool.query<StoredReject>(sql, [system])).rows;
    },
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
  return world;
}

/** A log whose append fails the n-th time, before or after it wrote. */
export function failingLog(log: EventLog, nth: number, when: 'before' | 'after', error: Error): EventLog {
  let calls = 0;
  return {
    ...log,
    async append(topic: string, messages: readonly NewMessage[], signal?: AbortSignal) {
      const fails = ++calls === nth;
      if (fails && when === 'before') throw error;
      await log.append(topic, messages, signal);
      if (fails) throw error;
    },
  };
}
