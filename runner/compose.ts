import { join } from 'node:path';
import type { Pool } from 'pg';
import { type AuditLog, openAuditLog } from '../catalog/proof/log.ts';
import { BASES } from '../pipelines/bases.ts';
import { compareKeys } from '../pipelines/engine/ingest/known-keys.ts';
import type { BaseName } from '../schemas/base.ts';
import type { Logger } from '../schemas/kernel/context.ts';
import { HubError } from '../schemas/kernel/errors.ts';
import type { Pseudonyms } from '../schemas/masking/pseudonyms.ts';
import { createRawReader } from '../schemas/raw-reader.ts';
import { openPostgresRegistry } from '../schemas/registry/postgres.ts';
import type { SchemaRegistry } from '../schemas/registry/registry.ts';
import { onConnection, PATIENCE } from '../schemas/store/pool.ts';
import type { JobQueue } from './control/jobs.ts';
import { baseMigrations, HUB_SETS, migrate, pendingMigrations } from './control/migrate.ts';
import { openPseudonyms } from './control/pseudonyms.ts';
import { openRunStore, type RunStore } from './control/runs.ts';
import { openSystemStore, type SystemStore } from './control/systems.ts';
import { openEmbeddedLog } from './log/embedded.ts';
import type { EventLog } from './log/event-log.ts';
import { type HubBase, openBase } from './open-base.ts';
import { openPools } from './pools.ts';
import { type HubInbox, openInbox } from './pull/inbox.ts';
import type { KnownKeys } from './pull/pull.ts';
import { type HubConfig, settingOfBase } from './settings/config.ts';
import type { Environment } from './settings/secrets.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from './stack/postgres.ts';

export { type HubBase, openBase };

/** Everything that commands and services work with. Opened once a process, closed in the reverse order. */
export interface Hub extends AsyncDisposable {
  readonly config: HubConfig;
  /** Where `${NAME}` of system files is looked up. */
  readonly env: Environment;
  readonly logger: Logger;
  /** Of the hub's own database, for single statements and what is as short. */
  readonly pool: Pool;
  /** Of the same database, for long work. */
  readonly workPool: Pool;
  /** What the catalog asks with: people who ask and data that comes in do not wait for each other. */
  readonly catalogPools: { readonly hub: Pool; of(base: BaseName): Pool };
  readonly events: EventLog;
  readonly registry: SchemaRegistry;
  readonly runs: RunStore;
  readonly systems: SystemStore;
  /** What rows are called in front of people who may not see their keys. */
  readonly pseudonyms: Pseudonyms;
  /** What was decided, shown and changed, for outsiders to verify. */
  readonly audit: AuditLog;
  /** By name, in the order of `BASES`. */
  readonly bases: ReadonlyMap<string, HubBase>;
  /** What systems push, until the log has it. */
  readonly inbox: HubInbox;
  /** Finds what a source no longer has; for streams that feed no base it finds nothing. */
  readonly knownKeys: KnownKeys;
  /** null when `DATABASE_URL` names a server. */
  readonly embedded: EmbeddedPostgres | null;
  /** For a reader of its own: schemas are cached in it. */
  rawReader(): ReturnType<typeof createRawReader>;
  /** Opened on first use. */
  queue(): Promise<JobQueue>;
}

export interface OpenHubOptions {
  readonly config: HubConfig;
  readonly env: Environment;
  readonly logger: Logger;
  /** `apply` brings the databases up to date; `check` refuses one that is not. */
  readonly migrations: 'apply' | 'check';
}

/** In the embedded server. */
export const DATABASE = 'hub';

/**
 * The composition root: settings in, everything wired out.
 * @throws HUB_STORE_UNAVAILABLE, HUB_STORE_UNFIT, HUB_STORE_MIGRATION, HUB_STORE_NEWER, HUB_STACK_FAILED,
 *   HUB_LOG_UNAVAILABLE
 */
export async function openHub({ config, env, logger, migrations }: OpenHubOptions): Promise<Hub> {
  const opened = new Opened();
  try {
    return await wire(opened, { config, env, logger, migrations });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** What was opened, to be closed in the reverse order. */
class Opened {
  readonly #closers: (() => Promise<unknown> | undefined)[] = [];

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(async () => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(closer: () => Promise<unknown> | undefined): void {
    this.#closers.push(closer);
  }

  async close(): Promise<void> {
    for (let closer = this.#closers.pop(); closer !== undefined; closer = this.#closers.pop()) await closer();
  }
}

async function wire(opened: Opened, { config, env, logger, migrations }: OpenHubOptions): Promise<Hub> {
  const embedded = config.database.url === undefined ? opened.use(await openServer(config, logger)) : null;
  const url = config.database.url ?? (embedded?.url(DATABASE) as string);

  const pools = opened.use(openPools(config.database.maxConnections, logger));
  const urlOf = (base: BaseName): string => config.database[settingOfBase(base)] ?? url;
  const pool = pools.pool(url, 'short');
  await bringUpToDate(pool, HUB_SETS, migrations, logger);
  const bases = new Map<string, HubBase>();
  for (const definition of BASES) {
    const own = pools.pool(urlOf(definition.name), 'work');
    await bringUpToDate(own, baseMigrations(definition), migrations, logger);
    bases.set(definition.name, openBase(own, definition));
  }

  const { brokers, ssl, sasl, sessionTimeoutMs } = config.kafka;
  const events = opened.use(
    brokers === undefined
      ? await openEmbeddedLog({ pool, log: logger })
      : await (await import('./log/kafka.ts')).openKafkaLog({
          brokers,
          ssl,
          sessionTimeoutMs,
          log: logger,
          ...(sasl === undefined ? {} : { sasl }),
        }),
  );
  const registry = openPostgresRegistry(pool);
  const systems = openSystemStore(pool, logger);
  const inbox = opened.use(openInbox(pool, logger));
  let queue: Promise<JobQueue> | undefined;

  // One that never opened has nothing to close.
  opened.defer(async () => (await queue?.catch(() => undefined))?.[Symbol.asyncDispose]());
  return {
    ...{ config, env, logger, pool, events, registry, systems, bases, embedded, inbox },
    workPool: pools.pool(url, 'work'),
    catalogPools: { hub: pools.pool(url, 'catalog'), of: (base) => pools.pool(urlOf(base), 'catalog') },
    pseudonyms: await openPseudonyms(pool),
    audit: await openAuditLog(pool),
    runs: openRunStore(pool),
    rawReader: () => createRawReader(registry),
    queue() {
      const { url: redis } = config.redis;
      const address =
        redis === undefined ? ({ kind: 'postgres', url } as const) : ({ kind: 'redis', url: redis } as const);
      queue ??= import('./control/jobs.ts').then(({ openJobQueue }) => openJobQueue(address, { log: logger }));
      return queue;
    },
    async *knownKeys(system, stream, present) {
      const base = bases.get((await systems.get(system)).spec.streams[stream]?.base ?? '');
      if (base === undefined) return;
      await using comparison = await compareKeys(base.pool, base.definition, { system, stream }, present);
      yield* comparison.batches();
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

async function bringUpToDate(
  pool: Pool,
  sets: readonly Parameters<typeof migrate>[1][],
  how: OpenHubOptions['migrations'],
  logger: Logger,
): Promise<void> {
  for (const set of sets) {
    if (how === 'apply') {
      await migrate(pool, set, logger);
      continue;
    }
    const pending = await pendingMigrations(pool, set);
    if (pending.length > 0)
      throw new HubError(
        'HUB_STORE_MIGRATION',
        `${set.schema} lacks ${pending.join(', ')}: run \`hub migrate\` first`,
        {
          schema: set.schema,
          pending,
        },
      );
  }
}

/** The embedded server with the hub's database in it. */
export async function openServer(config: HubConfig, logger: Logger): Promise<EmbeddedPostgres> {
  const server = await openEmbeddedPostgres({ folder: join(config.dataFolder, 'postgres'), log: logger });
  try {
    await createDatabase(server.url('postgres'), DATABASE);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Creates it when it is missing; C.UTF-8, because under plain C Chinese text has no trigrams. */
export async function createDatabase(server: string, name: string): Promise<void> {
  try {
    await onConnection({ url: server, name: 'sanjiang', patience: PATIENCE.work }, async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount !== 0) return;
      await client.query(
        `CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'`,
      );
    });
  } catch (error) {
    // Another process was quicker.
    if ((error as { code?: string }).code !== '42P04') throw error;
  }
}
