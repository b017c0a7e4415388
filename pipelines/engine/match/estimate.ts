import type { Pool } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { connect } from '../../../schemas/store/transaction.ts';
import type { LinkModel, Matching } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { readMembersById } from '../entity/read-members.ts';
import { type MatchRecord, matchRecord } from './records.ts';
import { MOST_IN_A_BLOCK } from './store.ts';

export interface Estimate {
  readonly model: LinkModel;
  readonly records: number;
  readonly pairs: number;
  readonly iterations: number;
  /** Share of the compared pairs that are matches, by the model. */
  readonly matches: number;
}

const RANDOM_PAIRS = 200_000;
const MOST_PAIRS = 400_000;
const MOST_ITERATIONS = 200;
const CONVERGED = 1e-7;
/** No share is taken for impossible because a sample did not show it. */
const LEAST = 1e-7;
const READ_AT_ONCE = 5_000;
const PRIOR_SHARE = 0.005;
const RANDOM_SHARE = 0.02;

/**
 * Weights from the records of a base, without a person having judged any pair: u from pairs drawn at random, m by
 * expectation maximisation over the pairs that share a block (Fellegi and Sunter 1969; Winkler 1988), the shares of common
 * values by counting. Pairs that both have an identifier of their own are known: they are one subject, or are not. Different
 * subjects in one block agree more often than random ones, because the block made them; the known ones show how often.
 * Nothing is changed: the estimate is proposed as the next frozen model.
 * @param records how many records to draw, evenly over the base.
 */
export async function estimateModel(
  pool: Pool,
  base: BaseDefinition,
  version: string,
  records: number,
): Promise<Estimate> {
  const { matching } = base;
  if (matching === undefined)
    throw new HubError('HUB_CATALOG_NOT_FOUND', `no records are matched in ${base.name}`, {
      allowed: 'a base with matching',
    });
  const sample = await drawn(pool, base, matching, records);
  if (sample.length < 100)
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `${base.name} has only ${sample.length} records; weights need some hundreds`,
      {
        allowed: 'a base with at least 100 records',
      },
    );
  const u = randomShares(matching, sample);
  const patterns = blockedPatterns(matching, sample);
  const { m, share, iterations } = maximise(matching, patterns, u);
  const pairs = [...patterns.values()].reduce((sum, { count }) => sum + count, 0);
  const { common, rare } = commonValues(matching, sample, u);
  const fields = Object.fromEntries(
    matching.fields.map(({ name }, i) => [name, { m: rounded(m[i] as number[]), u: rounded(u[i] as number[]) }]),
  );
  const { link, review, margin } = matching.model;
  return {
    model: { version, fields, link, review, margin, common, rare },
    records: sample.length,
    pairs,
    iterations,
    matches: share,
  };
}

async function drawn(
  pool: Pool,
  base: BaseDefinition,
  matching: Matching,
  wanted: number,
): Promise<readonly MatchRecord[]> {
  const client = await connect(pool, `reading ${base.name}`);
  try {
    // By a hash of the id, so that the draw is the same each time and even over sources and time.
    const { rows } = await client.query<{ id: number }>(
      `SELECT record_id::float8 AS id FROM ${base.schema}.source_record WHERE NOT deleted
        ORDER BY hashint8(record_id), record_id LIMIT $1`,
      [wanted],
    );
    const found: MatchRecord[] = [];
    for (let i = 0; i < rows.length; i += READ_AT_ONCE) {
      const ids = rows.slice(i, i + READ_AT_ONCE).map(({ id }) => id);
      const members = await readMembersById(client, base.schema, ids, (source, key) => `${source} ${key}`);
      found.push(...members.map((member) => matchRecord(matching, member)));
    }
    return found.sort((a, b) => a.recordId - b.recordId);
  } catch (error) {
    throw storeFailure(error, `reading ${base.name}`);
  } finally {
    client.release();
  }
}

/** A linear congruential generator: an estimate can be made again. */
function dice(): (below: number) => number {
  let state = 0x2545f491;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const emptyCounts = (matching: Matching): number[][] => matching.fields.map(({ levels }) => levels.map(() => 0));
const shares = (counts: readonly number[]): number[] => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const raised = counts.map((count) => Math.max(total === 0 ? 1 / counts.length : count / total, LEAST));
  const sum = raised.reduce((all, one) => all + one, 0);
  return raised.map((one) => one / sum);
};

function randomShares(matching: Matching, sample: readonly MatchRecord[]): number[][] {
  const counts = emptyCounts(matching);
  const draw = dice();
  for (let i = 0; i < RANDOM_PAIRS; i++) {
    const [a, b] = [sample[draw(sample.length)] as MatchRecord, sample[draw(sample.length)] as MatchRecord];
    if (a === b) continue;
    for (const [field, level] of matching.compare(a.features, b.features).entries())
      if (level >= 0) (counts[field] as number[])[level] = ((counts[field] as number[])[level] ?? 0) + 1;
  }
  return counts.map(shares);
}

interface Pattern {
  readonly levels: readonly number[];
  /** Known by identifiers of their own; null where one has none. */
  readonly isSame: boolean | null;
  count: number;
}

/** Two records that both have an identifier that decides alone. */
function labelled(a: MatchRecord, b: MatchRecord): boolean | null {
  if (a.anchors.length === 0 || b.anchors.length === 0) return null;
  return a.anchors.some((key) => b.anchors.includes(key));
}

/** Pairs that share a block, counted by their levels: there are far fewer patterns than pairs. */
function blockedPatterns(matching: Matching, sample: readonly MatchRecord[]): ReadonlyMap<string, Pattern> {
  const blocks = new Map<number, MatchRecord[]>();
  for (const record of sample)
    for (const block of record.blocks) {
      const known = blocks.get(block);
      if (known === undefined) blocks.set(block, [record]);
      else known.push(record);
    }
  const patterns = new Map<string, Pattern>();
  const seen = new Set<string>();
  for (const members of blocks.values()) {
    if (members.length > MOST_IN_A_BLOCK) continue;
    for (let i = 0; i < members.length; i++)
      for (let j = i + 1; j < members.length && seen.size < MOST_PAIRS; j++) {
        const [a, b] = [members[i] as MatchRecord, members[j] as MatchRecord];
        const pair = `${a.recordId} ${b.recordId}`;
        if (seen.has(pair)) continue;
        seen.add(pair);
        const levels = matching.compare(a.features, b.features);
        const isSame = labelled(a, b);
        const key = `${isSame} ${levels.join()}`;
        const known = patterns.get(key);
        if (known === undefined) patterns.set(key, { levels, isSame, count: 1 });
        else known.count += 1;
      }
  }
  return patterns;
}

function maximise(
  matching: Matching,
  patterns: ReadonlyMap<string, Pattern>,
  u: readonly (readonly number[])[],
): { m: number[][]; share: number; iterations: number } {
  // To begin with, agreement is likely among matches and each worse level less so.
  let m = matching.fields.map(({ levels }) => shares(levels.map((_, level) => 0.9 * 0.1 ** level)));
  const other = othersIn(matching, patterns, u);
  let share = 0.3;
  /** As if so many pairs had been judged under the model of today: a level that the sample lacks is not impossible. */
  const prior = (field: number, level: number, pairs: number): number =>
    Math.max(20, pairs * PRIOR_SHARE) * (matching.model.fields[matching.fields[field]?.name ?? '']?.m[level] ?? 0);
  let before = Number.NEGATIVE_INFINITY;
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS; iterations++) {
    const counts = emptyCounts(matching);
    let matches = 0;
    let pairs = 0;
    let likelihood = 0;
    for (const { levels, isSame, count } of patterns.values()) {
      let [same, different] = [share, 1 - share];
      for (const [field, level] of levels.entries()) {
        if (level < 0) continue;
        same *= (m[field] as number[])[level] as number;
        different *= (other[field] as number[])[level] as number;
      }
      const posterior = isSame === null ? same / (same + different) : Number(isSame);
      likelihood += count * Math.log(same + different);
      matches += posterior * count;
      pairs += count;
      for (const [field, level] of levels.entries())
        if (level >= 0) {
          const own = counts[field] as number[];
          own[level] = (own[level] as number) + posterior * count;
        }
    }
    m = counts.map((own, field) => shares(own.map((count, level) => count + prior(field, level, pairs))));
    share = Math.min(Math.max(matches / Math.max(pairs, 1), 1e-6), 1 - 1e-6);
    if (Math.abs(likelihood - before) < CONVERGED * Math.abs(likelihood)) break;
    before = likelihood;
  }
  return { m, share, iterations };
}

/** How different subjects of one block agree: those that are known, and random pairs where few are. */
function othersIn(
  matching: Matching,
  patterns: ReadonlyMap<string, Pattern>,
  u: readonly (readonly number[])[],
): number[][] {
  const counts = emptyCounts(matching);
  let pairs = 0;
  for (const { levels, isSame, count } of patterns.values()) {
    pairs += count;
    if (isSame !== false) continue;
    for (const [field, level] of levels.entries())
      if (level >= 0) (counts[field] as number[])[level] = ((counts[field] as number[])[level] as number) + count;
  }
  const random = Math.max(50, pairs * RANDOM_SHARE);
  return counts.map((own, field) =>
    shares(own.map((count, level) => count + random * ((u[field] as readonly number[])[level] ?? 0))),
  );
}

/** Values that come more often than two random records agree. */
function commonValues(
  { commonness, fields }: Matching,
  sample: readonly MatchRecord[],
  u: readonly (readonly number[])[],
): { common: Record<string, number>; rare: number } {
  const exact = u[fields.findIndex(({ name }) => name === commonness.field)]?.[0] ?? 1;
  const counts = new Map<string, number>();
  for (const { features } of sample) {
    const value = commonness.of(features);
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const common = [...counts].filter(([, count]) => count / sample.length > exact).sort((a, b) => b[1] - a[1]);
  return {
    common: Object.fromEntries(common.map(([value, count]) => [value, round(count / sample.length)])),
    rare: round(exact),
  };
}

/** Four figures: more would say more than a sample knows. */
const round = (share: number): number => Number(share.toPrecision(4));
const rounded = (all: readonly number[]): number[] => all.map(round);
