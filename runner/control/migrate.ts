import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import { type Logger, silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';
import { requireFitDatabase } from '../doctor/postgres.ts';

/** One numbered sequence of SQL files. Several components may share a schema; each counts from 1. */
export interface MigrationSet {
  /** PostgreSQL schema, put in place of `{schema}`; created when missing. */
  readonly schema: string;
  /** Absolute folder of `NNNN-what.sql`, numbered from 0001 without a gap. */
  readonly folder: string;
  /** Name of the sequence in `<schema>.migration`. */
  readonly component: string;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** Programs that do not know it may not go on. */
  readonly breaking: boolean;
}

type Applied = Omit<Migration, 'sql'>;

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** The first line of a file with which programs of the version before go on working: a new table, index, nullable column. */
const ADDITIVE = '-- additive\n';
/** Of a row `m` of `<schema>.migration`; a table of the first versions has no such column. */
export const IS_BREAKING = `coalesce((to_jsonb(m) ->> 'breaking')::boolean, true)`;
const READ_APPLIED = (schema: string): string =>
  `SELECT version, name, encode(sha256, 'hex') AS sha256, ${IS_BREAKING} AS breaking
   FROM ${schema}.migration m WHERE component = $1 ORDER BY version`;

/**
 * Brings one component up to date and answers with the names it applied. Each file is one transaction together with its
 * row in `<schema>.migration`, so a crash leaves whole migrations only; processes that start at once wait for each other.
 * @throws HUB_STORE_UNFIT, HUB_STORE_MIGRATION (changed, missing or failed: `details.migration`), HUB_STORE_NEWER,
 *   HUB_STORE_UNAVAILABLE
 */
export async function migrate(pool: Pool, set: MigrationSet, log: Logger = silentLogger): Promise<readonly string[]> {
  const files = readMigrations(set);
  await fit(pool);
  const done: string[] = [];
  for (;;) {
    const next = await migrating(pool, set, (client) => applyNext(client, set, files));
    if (next === null) return done;
    log.info({ component: set.component, schema: set.schema, migration: next }, 'migration applied');
    done.push(next);
  }
}

/** What `migrate` would apply, after the same checks; nothing is written. */
export async function pendingMigrations(pool: Pool, set: MigrationSet): Promise<readonly string[]> {
  const files = readMigrations(set);
  await fit(pool);
  try {
    const { rows } = await pool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
      `${set.schema}.migration`,
    ]);
    const applied =
      rows[0]?.there === true ? (await pool.query<Applied>(READ_APPLIED(set.schema), [set.component])).rows : [];
    requireKnown(set, files, applied);
    return files.slice(applied.length).map(({ name }) => name);
  } catch (error) {
    throw storeFailure(error, `looking for migrations of ${set.component}`);
  }
}

export const hubMigrations: MigrationSet = {
  schema: 'hub',
  folder: projectPath('runner', 'control', 'migrations'),
  component: 'hub',
};

/** People, sessions, and what else the catalog writes: in the database of the hub, in a schema of its own. */
export const accessMigrations: MigrationSet = {
  schema: 'exchange',
  folder: projectPath('catalog', 'access', 'migrations'),
  component: 'access',
};

/** The audit log, in the schema of the hub's database that the catalog writes. */
const proofMigrations: MigrationSet = {
  schema: 'exchange',
  folder: projectPath('catalog', 'proof', 'migrations'),
  component: 'proof',
};

/** Everything in the hub's own database, in this order. */
export const HUB_SETS: readonly MigrationSet[] = [hubMigrations, accessMigrations, proofMigrations];

/** The kernel that all bases share, then the base's own folder if it has one. */
export function baseMigrations(base: Pick<BaseDefinition, 'name' | 'schema'>): readonly MigrationSet[] {
  const own = projectPath('pipelines', base.name, 'migrations');
  const kernel = { schema: base.schema, folder: projectPath('pipelines', 'migrations'), component: 'kernel' };
  return existsSync(own) ? [kernel, { schema: base.schema, folder: own, component: base.name }] : [kernel];
}

export async function migrateHub(pool: Pool, log?: Logger): Promise<readonly string[]> {
  const done: string[] = [];
  for (const set of HUB_SETS) done.push(...(await migrate(pool, set, log)));
  return done;
}

export async function migrateBase(
  pool: Pool,
  base: Pick<BaseDefinition, 'name' | 'schema'>,
  log?: Logger,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const set of baseMigrations(base)) done.push(...(await migrate(pool, set, log)));
  return done;
}

async function fit(pool: Pool): Promise<void> {
  try {
    await requireFitDatabase(pool);
  } catch (error) {
    throw storeFailure(error, 'looking at the settings of the database');
  }
}

async function applyNext(client: PoolClient, set: MigrationSet, files: readonly Migration[]): Promise<string | null> {
  const { rows: applied } = await client.query<Applied>(READ_APPLIED(set.schema), [set.component]);
  requireKnown(set, files, applied);
  const next = files[applied.length];
  if (next === undefined) return null;
  await client.query(
    `INSERT INTO ${set.schema}.migration (component, version, name, sha256, breaking)
     VALUES ($1, $2, $3, decode($4, 'hex'), $5)`,
    [set.component, next.version, next.name, next.sha256, next.breaking],
  );
  try {
    await client.query(next.sql);
  } catch (error) {
    const failure = storeFailure(error, `migration ${set.component}/${next.name}`);
    if (failure.recovery === 'retry') throw failure;
    throw new HubError(
      'HUB_STORE_MIGRATION',
      `Migration ${set.component}/${next.name} failed: ${(error as Error).message}`,
      { migration: next.name, component: set.component },
      { cause: error },
    );
  }
  return next.name;
}

/** One at a time for the whole database: components may create the same extension. */
const MIGRATING = {
  alone: 'hub.migrate',
  settings: { statement_timeout: '0', idle_in_transaction_session_timeout: '0' },
};

const migrating = <T>(pool: Pool, set: MigrationSet, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(
    pool,
    `migrating ${set.component} in schema ${set.schema}`,
    async (client) => {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${set.schema};
        CREATE TABLE IF NOT EXISTS ${set.schema}.migration (
          component text NOT NULL,
          version integer NOT NULL,
          name text NOT NULL,
          sha256 bytea NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now(),
          breaking boolean NOT NULL DEFAULT true,
          PRIMARY KEY (component, version));
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_attribute
                         WHERE attrelid = '${set.schema}.migration'::regclass AND attname = 'breaking') THEN
            ALTER TABLE ${set.schema}.migration ADD COLUMN breaking boolean NOT NULL DEFAULT true;
          END IF;
        END $$`);
      return await work(client);
    },
    MIGRATING,
  );

function readMigrations({ schema, folder, component }: MigrationSet): readonly Migration[] {
  if (!IDENTIFIER.test(schema) || schema.startsWith('pg_'))
    throw new HubError('HUB_CONFIG_INVALID', `"${schema}" cannot be the name of a schema of ${component}`, {
      allowed: String(IDENTIFIER),
    });
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name, index) => {
    const version = Number(FILE_NAME.exec(name)?.[1] ?? Number.NaN);
    if (version !== index + 1)
      throw failure(component, name, `is not number ${index + 1} of ${folder}: the sequence has a gap or a wrong name`);
    // A checkout on Windows may have other line ends; that changes no migration.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { version, name, sql: text.replaceAll('{schema}', schema), sha256, breaking: !text.startsWith(ADDITIVE) };
  });
}

/** The last version of each component that this program has. */
export const newestKnown = (set: MigrationSet): number => readMigrations(set).length;

/** What the database has must be the beginning of what the program has, but for what a newer one has added. */
function requireKnown({ component }: MigrationSet, files: readonly Migration[], applied: readonly Applied[]): void {
  applied.forEach((row, index) => {
    const file = files[index];
    const label = `of version ${row.version}`;
    if (row.version !== index + 1)
      throw failure(component, row.name, `was applied but version ${index + 1} was not: the sequence has a gap`);
    if (file === undefined) {
      if (row.breaking) throw newerThanProgram(component, row.name, files.length);
      return;
    }
    if (file.sha256 !== row.sha256)
      throw failure(component, file.name, `${label} has been changed since it was applied as ${row.name}`);
  });
}

/** One sentence for the start and for a program that was running. @param known the newest version this program has */
export const newerThanProgram = (component: string, name: string, known: number): HubError =>
  new HubError(
    'HUB_STORE_NEWER',
    `The database belongs to a newer version of the program: it has ${component}/${name}, and this one knows ${component} up to ${known}`,
    { migration: name, component, known },
  );

const failure = (component: string, name: string, what: string): HubError =>
  new HubError('HUB_STORE_MIGRATION', `Migration ${component}/${name} ${what}`, { migration: name, component });
