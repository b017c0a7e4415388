import type { Pool } from 'pg';
import { pause } from '../../schemas/kernel/pause.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { Hub, HubBase } from '../compose.ts';
import { HUB_SETS } from '../control/migrate.ts';
import { POLICIES, type Policy } from './policies.ts';

export interface Tidied {
  /** `hub`, or the base. */
  readonly of: string;
  readonly table: string;
  /** Older than so many days. */
  readonly days: number;
  /** Rows that have gone; rows that would go, where nothing is to be changed. */
  readonly rows: number;
}

export interface TidyOptions {
  /** Only counts what would go. */
  readonly dryRun?: boolean;
  /** Between two slices it ends. */
  readonly signal: AbortSignal;
}

type TidyHub = Pick<Hub, 'pool' | 'config'> & {
  readonly bases: ReadonlyMap<string, Pick<HubBase, 'pool' | 'definition'>>;
};

const HUB_SCHEMAS: ReadonlySet<string> = new Set(HUB_SETS.map(({ schema }) => schema));
/** A transaction each: short enough that nobody waits for one. */
const ROWS_A_SLICE = 5_000;
/** Running work goes first. */
const PAUSE_MS = 20;

/**
 * Takes away what is old, table by table and slice by slice, beside running work and beside another tidying. What lookups,
 * the account of a base, a rebuild and, within the days that are kept, questions about the past answer stays as it is.
 */
export async function tidy(hub: TidyHub, options: TidyOptions): Promise<readonly Tidied[]> {
  const places = [
    ...[...HUB_SCHEMAS].map((schema) => ({ of: schema, kind: schema, pool: hub.pool, schema })),
    ...[...hub.bases].map(([of, { pool, definition }]) => ({ of, kind: 'base', pool, schema: definition.schema })),
  ];
  const done: Tidied[] = [];
  for (const { of, kind, pool, schema } of places)
    for (const policy of POLICIES.filter((one) => one.of === kind)) {
      if (options.signal.aborted) return done;
      const days = hub.config.keep[policy.keep];
      try {
        const before = await momentBefore(pool, days);
        const rows = await (options.dryRun === true ? count : takeAway)(pool, schema, policy, before, options.signal);
        done.push({ of, table: policy.table, days, rows });
      } catch (error) {
        throw storeFailure(error, `tidying ${schema}.${policy.table}`);
      }
    }
  return done;
}

/** By the clock of the database, which dated the rows. */
async function momentBefore(pool: Pool, days: number): Promise<Date> {
  const { rows } = await pool.query<{ moment: Date }>("SELECT now() - $1::int * interval '1 day' AS moment", [days]);
  return rows[0]?.moment as Date;
}

async function count(pool: Pool, schema: string, { table, old }: Policy, before: Date): Promise<number> {
  const { rows } = await pool.query<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${schema}.${table} AS t WHERE ${old(schema)}`,
    [before],
  );
  return rows[0]?.rows ?? 0;
}

async function takeAway(
  pool: Pool,
  schema: string,
  { table, old, returning = '1', also }: Policy,
  before: Date,
  signal: AbortSignal,
): Promise<number> {
  const from = `${schema}.${table} AS t`;
  // Asked once more of the row as it is when its turn comes: it may have been opened again meanwhile.
  const slice = `WITH gone AS (
      DELETE FROM ${from} WHERE (${old(schema)})
        AND t.ctid = ANY (ARRAY(SELECT t.ctid FROM ${from} WHERE ${old(schema)} LIMIT ${ROWS_A_SLICE}))
      RETURNING ${returning})${also === undefined ? '' : `, ${also(schema)}`}
    SELECT count(*)::int AS rows FROM gone`;
  let all = 0;
  while (!signal.aborted) {
    const { rows } = await pool.query<{ rows: number }>(slice, [before]);
    const gone = rows[0]?.rows ?? 0;
    all += gone;
    if (gone < ROWS_A_SLICE) break;
    await pause(PAUSE_MS, signal);
  }
  return all;
}
