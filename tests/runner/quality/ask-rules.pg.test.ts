import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { BASES } from '../../../pipelines/bases.ts';
import type { BaseDefinition } from '../../../pipelines/pipeline.ts';
import { citizenCheck } from '../../../pipelines/standards/citizen-number.ts';
import type { Hub } from '../../../runner/compose.ts';
import { askRule, askRules, createRuleHandler, enqueueRules, rulesOfScope } from '../../../runner/quality/ask-rules.ts';
import { listCrossFindings } from '../../../runner/quality/cross-findings.ts';
import { lastRuleRuns } from '../../../runner/quality/rule-runs.ts';
import { createScorecardHandler, qualityReport } from '../../../runner/quality/scorecards.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { policeSpec } from '../../catalog/entries.ts';
import { type CrossWorld, openCrossWorld } from '../../pipelines/cross/cross-rule-fixtures.ts';

const body = '63010219900307001';
const NUMBER = body + citizenCheck(body);
const STATE = {
  population: {
    'golden-shield': [
      { key: 'p1', name: '才让', householdRegion: '639999' },
      {
        key: 'p2',
        name: '卓玛',
        issues: JSON.stringify([{ rule: 'P13', severity: 'E', attribute: 'sex', message: 'm' }]),
      },
    ],
  },
  'legal-entity': { registry: [{ key: 'f', status: '1', legalRepresentativeNumber: NUMBER }] },
};

let world: CrossWorld;
/** What asking needs of a hub; its bases live in four databases. */
let hub: Hub;
const never = new AbortController().signal;
/** Two rules of a base: one holds, the other cannot be asked. */
const broken: BaseDefinition['searches'] = {
  S20: (schema) => `SELECT 'a', 'b', NULL::bigint, NULL::text FROM ${schema}.nowhere`,
  S27: () => `SELECT 'a', 'b', NULL::bigint, NULL::text`,
};

beforeAll(async () => {
  world = await openCrossWorld();
  const bases = new Map(
    BASES.map((base) => {
      const searches = base.name === 'spatial' ? broken : {};
      return [base.name as string, { ...world.scenes[base.name], definition: { ...base, searches } }] as const;
    }),
  );
  const systems = { list: async () => [{ spec: policeSpec, enabled: true, appliedAt: new Date(), streams: [] }] };
  const partial: Pick<Hub, 'bases' | 'pool' | 'workPool' | 'logger'> & { systems: unknown; events: unknown } = {
    ...{ bases, systems, pool: world.hub, workPool: world.hub, logger: silentLogger },
    events: { kept: async () => ({ life: 'first', partitions: [{ first: 0, next: 1_000 }] }) },
  };
  hub = partial as Hub;
}, 60_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.set(STATE);
  await world.hub.query('TRUNCATE hub.rule_run, hub.scorecard');
});

test('a rule that fails keeps no other from being asked, and every asking is written down', async () => {
  const outcomes = await askRules(hub, rulesOfScope(hub, 'all'), 'test', never);
  expect(outcomes.map(({ rule, found, error }) => [rule, found, error?.code ?? null])).toEqual([
    ['S20', 0, 'HUB_INTERNAL'],
    ['S27', 1, null],
    ['X01', 1, null],
    ['X02', 0, null],
    ['X03', 0, null],
    ['X04', 0, null],
    ['X05', 1, null],
    ['X06', 0, null],
    ['X07', 0, null],
    ['X08', 0, null],
  ]);
  const runs = await lastRuleRuns(world.hub);
  expect(runs).toHaveLength(10);
  expect(runs.find(({ rule }) => rule === 'S20')).toMatchObject({
    ...{ scope: 'spatial', by: 'test', endedAt: expect.any(Date), found: null },
    error: { code: 'HUB_INTERNAL', message: expect.stringContaining('nowhere') },
  });
  expect(runs.find(({ rule }) => rule === 'X01')).toMatchObject({ found: 1, isNew: 1, gone: 0, error: null });
});

test('a finding keeps its first day while it is there, tells whose it is, and goes when it is mended', async () => {
  await askRule(hub, 'cross', 'X01', 'test', never);
  const [first] = await listCrossFindings(world.hub, 'X01', 10);
  expect(first).toMatchObject({ base: 'legal-entity', entityId: expect.any(Number), system: 'registry' });
  expect(JSON.stringify(first)).not.toContain(NUMBER);
  expect(await askRule(hub, 'cross', 'X01', 'test', never)).toMatchObject({ found: 1, isNew: 0, gone: 0 });
  expect((await listCrossFindings(world.hub, 'X01', 10))[0]?.firstFoundAt).toEqual(first?.firstFoundAt);
  const { scenes } = world;
  await scenes.population.take(await scenes.population.source('golden-shield', 'golden-shield'), [
    { key: 'p3', citizenNumber: NUMBER },
  ]);
  expect(await askRule(hub, 'cross', 'X01', 'test', never)).toMatchObject({ found: 0, isNew: 0, gone: 1 });
});

test('a rule that fails in the middle leaves what it found before', async () => {
  await askRule(hub, 'cross', 'X05', 'test', never);
  await world.scenes.macroeconomic.query('ALTER TABLE macro.golden RENAME TO elsewhere');
  try {
    await expect(askRule(hub, 'cross', 'X05', 'test', never)).rejects.toMatchObject({ code: 'HUB_INTERNAL' });
  } finally {
    await world.scenes.macroeconomic.query('ALTER TABLE macro.elsewhere RENAME TO golden');
  }
  expect(await listCrossFindings(world.hub, 'X05', 10)).toHaveLength(1);
});

test('an asking that is interrupted says so', async () => {
  const stop = new AbortController();
  stop.abort();
  await expect(askRule(hub, 'cross', 'X01', 'test', stop.signal)).rejects.toThrow();
  expect((await lastRuleRuns(world.hub))[0]?.error).toMatchObject({ code: 'HUB_RUN_INTERRUPTED' });
});

test('the clock wakes one job a rule, and the handlers do the work', async () => {
  const jobs: unknown[] = [];
  const queue = {
    enqueue: async (name: string, payload: unknown) => {
      jobs.push([name, payload]);
      return 'queued';
    },
  };
  await enqueueRules({ bases: hub.bases, queue: async () => queue as never }, 'spatial');
  expect(jobs).toEqual([
    ['rule.ask', { scope: 'spatial', rule: 'S20' }],
    ['rule.ask', { scope: 'spatial', rule: 'S27' }],
  ]);
  const context = { signal: never, attempt: 1, lastAttempt: true };
  await createRuleHandler(hub)({ scope: 'cross', rule: 'X01' }, context);
  await expect(createRuleHandler(hub)({ scope: 'cross', rule: 'X99' }, context)).rejects.toMatchObject({
    code: 'HUB_CATALOG_NOT_FOUND',
    details: { allowed: expect.arrayContaining(['X01']) },
  });
  await createScorecardHandler(hub)({ base: 'population' }, context);
  const { rows } = await world.hub.query('SELECT base, system, records::int, errors::int FROM hub.feed_scorecard');
  expect(rows).toEqual([{ base: 'population', system: 'golden-shield', records: 2, errors: 1 }]);
});

test('an unknown scope names the known ones', () => {
  expect(() => rulesOfScope(hub, 'nothing')).toThrow(
    expect.objectContaining({
      code: 'HUB_CATALOG_NOT_FOUND',
      details: { allowed: expect.arrayContaining(['cross', 'all']) },
    }),
  );
});

test('the report joins records, findings and days, by system and by department', async () => {
  await askRules(hub, rulesOfScope(hub, 'all'), 'test', never);
  const report = await qualityReport(hub, 'all');
  expect(report.streams.map(({ base, system, records, clean }) => [base, system, records, clean])).toEqual([
    ['population', 'golden-shield', 2, 1],
    ['legal-entity', 'registry', 1, 1],
  ]);
  expect(report.findings).toEqual([
    { scope: 'spatial', rule: 'S27', system: null, findings: 1 },
    { scope: 'cross', rule: 'X01', system: 'registry', findings: 1 },
    { scope: 'cross', rule: 'X05', system: 'golden-shield', findings: 1 },
  ]);
  // the owner is in the system file; nobody owns the registry of this test
  expect(report.departments).toEqual([
    {
      ...{
        department: policeSpec.owner.name,
        systems: 1,
        records: 2,
        clean: 1,
        errors: 1,
        warnings: 0,
        quarantined: 0,
      },
      findings: 1,
    },
  ]);
  expect(report.trend.map(({ base, read, errors }) => [base, read, errors])).toEqual([
    ['population', 2, 1],
    ['legal-entity', 1, 0],
  ]);
  const one = await qualityReport(hub, 'legal-entity');
  expect(one.findings).toEqual([{ scope: 'cross', rule: 'X01', system: 'registry', findings: 1 }]);
});
