import type { Pool } from 'pg';
import {
  type BatchDay,
  batchTrend,
  type FindingCount,
  findingCounts,
  type Scorecard,
  scorecards,
} from '../../pipelines/engine/reports/scorecard.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';
import type { Hub, HubBase } from '../compose.ts';
import type { JobHandlers } from '../control/jobs.ts';
import { baseNamed } from '../normalise/rebuild.ts';
import { CROSS } from './ask-rules.ts';

/** The records of a stream as they are now. */
interface StreamScore extends Scorecard {
  readonly base: string;
  readonly department: string | null;
}
/** What rules over many records, or over several bases, have found and nobody has mended. */
interface OpenFindings extends FindingCount {
  /** A base, or `cross`. */
  readonly scope: string;
}
interface DepartmentScore {
  readonly department: string;
  readonly systems: number;
  readonly records: number;
  readonly clean: number;
  readonly errors: number;
  readonly warnings: number;
  readonly quarantined: number;
  /** Of rules over many records and over several bases. */
  readonly findings: number;
}
export interface QualityReport {
  readonly streams: readonly StreamScore[];
  readonly findings: readonly OpenFindings[];
  readonly departments: readonly DepartmentScore[];
  readonly trend: readonly (BatchDay & { readonly base: string })[];
}

const TREND_DAYS = 14;

/** Counts the records of a base and keeps the result for pages. */
async function countScorecard(hub: Pool, { definition, pool }: HubBase): Promise<readonly Scorecard[]> {
  const { name, schema, rules } = definition;
  const cards = await scorecards(pool, schema, rules);
  await inTransaction(hub, `keeping the scorecard of ${name}`, async (client) => {
    await client.query('DELETE FROM hub.scorecard WHERE base = $1', [name]);
    await client.query(
      `INSERT INTO hub.scorecard (base, system, stream, records, clean, errors, warnings, quarantined, rules)
       SELECT $1, system, stream, records, clean, errors, warnings, quarantined, rules
       FROM jsonb_to_recordset($2::jsonb) AS c (system text, stream text, records bigint, clean bigint, errors bigint,
         warnings bigint, quarantined bigint, rules jsonb)
       -- Two that count at once say the same.
       ON CONFLICT (base, system, stream) DO NOTHING`,
      [
        name,
        JSON.stringify(
          cards.map((card) => ({
            ...card,
            rules: card.rules.map(({ rule, severity, records }) => ({ rule, severity, records })),
          })),
        ),
      ],
    );
  });
  return cards;
}

async function crossFindingCounts(hub: Pool): Promise<readonly FindingCount[]> {
  try {
    const { rows } = await hub.query<FindingCount>(
      'SELECT rule, system, count(*)::int AS findings FROM hub.feed_cross_finding GROUP BY rule, system ORDER BY rule, system',
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, 'counting findings over several bases');
  }
}

/** @param scope a base, or `all`. */
export async function qualityReport(hub: Hub, scope: string): Promise<QualityReport> {
  const bases = scope === 'all' ? [...hub.bases.values()] : [baseNamed(hub, scope)];
  const owners = new Map((await hub.systems.list()).map(({ spec }) => [spec.system, spec.owner.name]));
  const streams: StreamScore[] = [];
  const findings: OpenFindings[] = [];
  const trend: (BatchDay & { readonly base: string })[] = [];
  for (const base of bases) {
    const { name, schema } = base.definition;
    for (const card of await countScorecard(hub.pool, base))
      streams.push({ ...card, base: name, department: owners.get(card.system) ?? null });
    for (const one of await findingCounts(base.pool, schema)) findings.push({ ...one, scope: name });
    for (const day of await batchTrend(base.pool, schema, TREND_DAYS)) trend.push({ ...day, base: name });
  }
  const mine = new Set(streams.map(({ system }) => system));
  for (const one of await crossFindingCounts(hub.pool))
    if (scope === 'all' || (one.system !== null && mine.has(one.system))) findings.push({ ...one, scope: CROSS });
  return { streams, findings, trend, departments: byDepartment(streams, findings, owners) };
}

function byDepartment(
  streams: readonly StreamScore[],
  findings: readonly OpenFindings[],
  owners: ReadonlyMap<string, string>,
): readonly DepartmentScore[] {
  const names = [...new Set(streams.flatMap(({ department }) => department ?? []))].sort((a, b) => (a < b ? -1 : 1));
  return names.map((department) => {
    const own = streams.filter((one) => one.department === department);
    const total = (field: 'records' | 'clean' | 'errors' | 'warnings' | 'quarantined'): number =>
      own.reduce((sum, one) => sum + one[field], 0);
    return {
      ...{ department, systems: new Set(own.map(({ system }) => system)).size },
      ...{ records: total('records'), clean: total('clean'), errors: total('errors'), warnings: total('warnings') },
      quarantined: total('quarantined'),
      findings: findings.reduce(
        (sum, one) => sum + (one.system !== null && owners.get(one.system) === department ? one.findings : 0),
        0,
      ),
    };
  });
}

export const createScorecardHandler =
  ({ bases, pool }: Pick<Hub, 'bases' | 'pool'>): JobHandlers['scorecard.count'] =>
  async ({ base: name }) => {
    const base = bases.get(name);
    if (base !== undefined) await countScorecard(pool, base);
  };
