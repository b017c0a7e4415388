import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listFindings, runSearches } from '../../pipelines/engine/reports/searches.ts';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import { openScene, type Row, type Scene } from './engine/scene.ts';
import { TODAY } from './rule-fixtures.ts';

/** Rows by the kind of authority of their system, which is also the system's name. */
export type SearchRows = Readonly<Record<string, readonly Row[]>>;

/**
 * Three states of a base that keep the rule, and three that break it with the subjects that are to be found. Ids of
 * entities begin with 1 in each state, in the order of the rows.
 */
export interface SearchFixtures {
  readonly good: readonly [SearchRows, SearchRows, SearchRows];
  readonly bad: readonly [SearchCase, SearchCase, SearchCase];
  /** A statement for what rows cannot say, such as when batches were stored. */
  readonly arrange?: string;
}
type SearchCase = readonly [rows: SearchRows, subjects: readonly string[]];

/** Registers one test for each rule that compares many records, and one that no such rule is without search and fixtures. */
export function describeSearches(base: BaseDefinition, fixtures: Readonly<Record<string, SearchFixtures>>): void {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(base);
  });
  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
  });

  /** Subjects that the rule finds when these rows are all there is. */
  async function found(rule: string, rows: SearchRows, arrange: string | undefined): Promise<readonly string[]> {
    const tables = await scene.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = $1 AND tablename NOT IN ('source', 'migration', 'applied_position')`,
      [base.schema],
    );
    await scene.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
    for (const [system, own] of Object.entries(rows)) await scene.take(await scene.source(system, system), own);
    if (arrange !== undefined) await scene.query(arrange);
    const search = base.searches?.[rule];
    if (search === undefined) throw new TypeError(`${base.name} has no search for ${rule}`);
    await runSearches(scene.pool, { ...base, searches: { [rule]: search } }, { today: TODAY });
    return (await listFindings(scene.pool, base.schema, rule, 100)).map(({ subject }) => subject).sort();
  }

  const decided = base.rules.filter(({ decidedBy }) => decidedBy === 'search' || decidedBy === 'linkage');
  test('every rule over many records has a search and fixtures', () => {
    const ids = decided.map(({ id }) => id);
    expect(Object.keys(fixtures).sort()).toEqual(expect.arrayContaining(ids));
    expect(Object.keys(base.searches ?? {}).sort()).toEqual(Object.keys(fixtures).sort());
  });

  for (const [rule, { good, bad, arrange }] of Object.entries(fixtures)) {
    const title = base.rules.find(({ id }) => id === rule)?.title;
    test(`${rule} ${title}`, async () => {
      for (const rows of good) expect([rows, await found(rule, rows, arrange)]).toEqual([rows, []]);
      for (const [rows, subjects] of bad)
        expect([rows, await found(rule, rows, arrange)]).toEqual([rows, [...subjects].sort()]);
    });
  }
}
