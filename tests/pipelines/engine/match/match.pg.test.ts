import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../../pipelines/engine/match/decide.ts';
import { blockNumber } from '../../../../pipelines/engine/match/records.ts';
import { weigher } from '../../../../pipelines/matching.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { populationMatching } from '../../../../pipelines/population/matching.ts';
import { propertySeed } from '../../../contracts/source.contract.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
const reset = () =>
  scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total, population.block_open,
    population.block_anchored, population.choice, population.decision`);

const NUMBER = '630102199003071236';
const OTHER = '630103198501024321';
const PERSON = {
  ...{ name: '才让卓玛', birthDate: '1990-03-07', sex: '2', ethnicity: '04' },
  ...{ residenceRegion: '630102', residenceAddress: '青海省西宁市城东区八一路12号3号楼' },
};
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);

describe('a record without a number', () => {
  beforeEach(reset);

  test('joins the one whom name, birth, region and address name, whichever came first', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
    expect(await scene.partition()).toEqual(['clinic/a shield/1']);
    await reset();
    await take('clinic', { key: 'a', ...PERSON });
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    expect(await scene.partition()).toEqual(['clinic/a shield/1']);
    const rules = await scene.query<{ link_rule: string }>(
      "SELECT link_rule FROM population.source_record WHERE source_key = 'a'",
    );
    expect(rules).toEqual([{ link_rule: 'match' }]);
  });

  test('leaves when it is corrected, and its old id goes with the larger part', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
    await take('clinic', { key: 'a', at: 1_700_000_000_001, ...PERSON, name: '李娜', birthDate: '1961-05-05' });
    expect(await scene.partition()).toEqual(['clinic/a', 'shield/1']);
    expect(await scene.query('SELECT kind, reason FROM population.entity_event ORDER BY event_id')).toEqual([
      { kind: 'split', reason: 'alone' },
    ]);
    expect(await scene.query('SELECT record_id FROM population.choice')).toEqual([]);
  });

  test('leaves when its partner goes, and finds the next', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
    await take('shield', { key: '1', at: 1_700_000_000_001, deleted: true });
    expect(await scene.partition()).toEqual(['clinic/a']);
    await take('clinic', { key: 'b', ...PERSON, name: '才让卓馬' });
    expect(await scene.partition()).toEqual(['clinic/a clinic/b']);
  });

  test('between two who could both be meant, a person is asked', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON }, { key: '2', citizenNumber: OTHER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
    expect(await scene.partition()).toEqual(['clinic/a', 'shield/1', 'shield/2']);
    const waiting = await scene.query('SELECT state, count(*)::int AS n FROM population.choice GROUP BY state');
    expect(waiting).toEqual([{ state: 'review', n: 2 }]);
    // One of the two is corrected: now it is clear.
    await take('shield', { key: '2', at: 1_700_000_000_001, citizenNumber: OTHER, ...PERSON, name: '王海' });
    expect(await scene.partition()).toEqual(['clinic/a shield/1', 'shield/2']);
  });

  test('never joins two numbers', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON }, { key: '2', citizenNumber: OTHER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON }, { key: 'b', ...PERSON }, { key: 'c', ...PERSON });
    const together = (await scene.partition()).filter((row) => row.includes('shield/1') && row.includes('shield/2'));
    expect(together).toEqual([]);
  });

  test('a block with too many records is passed by and counted', async () => {
    const rows = Array.from({ length: 230 }, (_, i) => ({
      key: `k${i}`,
      name: '马英',
      birthDate: '1980-01-01',
      sex: '1',
    }));
    await take('clinic', ...rows);
    const [batch] = await scene.query<{ n: number }>('SELECT sum(blocks_skipped)::int AS n FROM population.batch');
    expect(batch?.n).toBeGreaterThan(0);
    expect(await scene.partition()).toHaveLength(230);
  });
});

test('the same rows in any order, in any batches, with versions and deletions between, give the same partition and choices', async () => {
  const seed = propertySeed('match order');
  const people = [
    {
      name: '才让卓玛',
      birthDate: '1990-03-07',
      sex: '2',
      residenceRegion: '630102',
      residenceAddress: '青海省西宁市城东区八一路12号',
    },
    {
      name: '才让卓马',
      birthDate: '1990-03-07',
      sex: '2',
      residenceRegion: '630102',
      residenceAddress: '青海省西宁市城东区八一路12号',
    },
    {
      name: '才让卓玛',
      birthDate: '1990-03-09',
      sex: '2',
      residenceRegion: '630102',
      residenceAddress: '青海省西宁市城东区建国大街7号',
    },
    {
      name: '马英',
      birthDate: '1990-03-07',
      sex: '2',
      residenceRegion: '632121',
      residenceAddress: '青海省海东市平安区平安镇',
    },
    { name: '才让卓玛', birthDate: '1990-01-01', sex: '2', residenceRegion: '630102' },
  ];
  const row = fc.record({
    system: fc.constantFrom('clinic', 'insurance', 'shield'),
    key: fc.constantFrom('1', '2', '3', '4', '5'),
    person: fc.constantFrom(...people),
    number: fc.option(fc.constantFrom(NUMBER, OTHER), { freq: 2 }),
    deleted: fc.nat({ max: 5 }).map((value) => value === 0),
  });
  type Entry = { system: string; row: Row };
  const state = () =>
    scene.query(`SELECT (SELECT string_agg(s.system || '/' || r.source_key, ' ' ORDER BY s.system, r.source_key)
        FROM population.source_record r JOIN population.source s USING (source_id) WHERE NOT r.deleted AND r.entity_id = e.entity_id) AS members,
        (SELECT string_agg(a.source_id || '/' || a.source_key || '>' || b.source_id || '/' || b.source_key || ' ' || c.weight || c.state, ' ' ORDER BY a.source_id, a.source_key, b.source_id, b.source_key)
          FROM population.choice c JOIN population.source_record a USING (record_id) JOIN population.source_record b ON b.record_id = c.other_id
          WHERE a.entity_id = e.entity_id) AS choices
      FROM population.entity e
      WHERE EXISTS (SELECT 1 FROM population.source_record r WHERE r.entity_id = e.entity_id AND NOT r.deleted) ORDER BY 1`);
  let offset = 10_000;
  let matched = 0;
  const load = async (entries: readonly Entry[], size: number): Promise<unknown> => {
    await reset();
    for (let i = 0; i < entries.length; ) {
      const { system } = entries[i] as Entry;
      const part: Row[] = [];
      while (i < entries.length && entries[i]?.system === system && part.length < size)
        part.push((entries[i++] as Entry).row);
      await scene.take(await scene.source(system), part, offset);
      offset += part.length;
    }
    const [found] = await scene.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM population.choice WHERE state = 'auto'",
    );
    matched += found?.n ?? 0;
    return await state();
  };
  for (const system of ['clinic', 'insurance', 'shield']) await scene.source(system);
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 2, maxLength: 16 }),
      fc.integer({ min: 1, max: 5 }),
      async (rows, size) => {
        const history = rows.map(({ system, key, person, number, deleted }, i): Entry => {
          const value = { key, at: 1_700_000_000_000 + i, deleted, ...person };
          return { system, row: number === null ? value : { ...value, citizenNumber: number } };
        });
        const finals = new Map<string, Entry>();
        for (const entry of history) {
          const place = `${entry.system} ${entry.row.key}`;
          const content = ({ at: _, ...rest }: Row): string => JSON.stringify(rest);
          const known = finals.get(place);
          if (known === undefined || content(known.row) !== content(entry.row)) finals.set(place, entry);
        }
        const living = [...finals.values()].filter((entry) => entry.row.deleted !== true);
        const incremental = await load(history, size);
        expect(await load([...living].reverse(), 16)).toEqual(incremental);
        expect(
          await load(
            [...living].sort((a, b) => ((a.row.at ?? 0) % 3) - ((b.row.at ?? 0) % 3)),
            1,
          ),
        ).toEqual(incremental);
      },
    ),
    { seed, numRuns: Number(process.env['PROPERTY_RUNS'] ?? 40) },
  );
  expect(matched).toBeGreaterThan(0);
}, 300_000);

describe('a decision', () => {
  const thresholds = { link: 16, review: 10, margin: 3 };
  const candidates = (...weights: number[]) =>
    weights.map((weight, i) => ({ recordId: i + 1, order: `k${i}`, weight }));
  const nobody = (): boolean => false;
  test.each<[string, number[], string[]]>([
    ['nothing near', [9.9, 2], []],
    ['sure', [20, 5], ['1 auto']],
    ['not sure enough', [15.9], ['1 review']],
    ['sure, but another is near', [20, 17.5], ['1 review', '2 review']],
    ['sure, and another is far enough', [20, 16.9], ['1 auto']],
  ])('%s', (_, weights, expected) => {
    const found = decide(candidates(...weights), thresholds, nobody);
    expect(found.map(({ otherId, state }) => `${otherId} ${state}`)).toEqual(expected);
  });
  test('two candidates that are one subject are no rivals', () => {
    const found = decide(candidates(20, 19, 12), thresholds, (a, b) => a + b === 3);
    expect(found.map(({ otherId, state }) => `${otherId} ${state}`)).toEqual(['1 auto', '2 auto']);
  });
});

describe('weights', () => {
  const { weight, explain } = weigher(populationMatching);
  const features = (change: object = {}) => populationMatching.features({ ...PERSON, ...change });
  test('add up, are the same both ways, and say what they rest on', () => {
    const [a, b] = [features(), features({ name: '才让卓马', residenceAddress: null })];
    expect(weight(a, b)).toBeCloseTo(weight(b, a), 9);
    const parts = explain(a, b);
    expect(parts.reduce((sum, { bits }) => sum + bits, 0)).toBeCloseTo(weight(a, b), 9);
    expect(Object.fromEntries(parts.map(({ field, level }) => [field, level]))).toMatchObject({
      ...{ name: 1, birth: 0, sex: 0, ethnicity: 0, region: 0, address: -1, phone: -1, number: -1 },
    });
  });
  test.each<[string, object, string, number]>([
    ['another spelling of a syllable', { name: '才让桌玛' }, 'name', 1],
    ['the same sound', { name: '才让拙玛' }, 'name', 2],
    ['the surname of the husband', { name: '马才让卓玛' }, 'name', 4],
    ['one character more', { name: '才让卓玛措' }, 'name', 5],
    ['another name', { name: '王海' }, 'name', 9],
    ['the same day by the lunar calendar', { birthDate: '1990-02-11' }, 'birth', 2],
    ['one digit of the date', { birthDate: '1990-03-09' }, 'birth', 1],
    ['day and month exchanged', { birthDate: '1990-07-03' }, 'birth', 1],
    ['the year only', { birthDate: '1990-01-01' }, 'birth', 3],
    ['a date that systems fill in', { birthDate: '1900-01-01' }, 'birth', -1],
    ['a year earlier', { birthDate: '1989-11-20' }, 'birth', 5],
    ['the county under its old code', { residenceRegion: '630102' }, 'region', 0],
    ['another county of the prefecture', { residenceRegion: '630121' }, 'region', 1],
  ])('%s', (_, change, field, level) => {
    expect(explain(features(), features(change)).find((part) => part.field === field)?.level).toBe(level);
  });
  test('numbers compare by what is before the check character, those of 15 digits too', () => {
    const level = (citizenNumber: string): number | undefined =>
      explain(features({ citizenNumber: '630102199003071236' }), features({ citizenNumber })).at(-1)?.level;
    const numbers = [
      '630102199003071234',
      '630102900307123',
      '630102900307128',
      '630102199003074239',
      '630102850203123',
    ];
    expect(numbers.map(level)).toEqual([0, 0, 1, 1, 2]);
  });
  const twin = { name: '马国伟', birthDate: '1990-03-07', phone: '13912345678' };
  test.each<[string, object, object, boolean]>([
    ['who may be twins', twin, { ...twin, name: '马国强' }, true],
    ['whose names only sound alike', twin, { ...twin, name: '马国卫' }, false],
    ['whose name cannot be read behind the surname', { ...twin, name: '马䶮' }, { ...twin, name: '马?' }, false],
    ['the same, of no common home', { name: '马䶮' }, { name: '马?', residenceAddress: null }, true],
    ['by the surname alone', { name: '张桂花' }, { name: '杨张氏' }, false],
    ['with the reading of a character', { name: '马䶮' }, { name: '马YAN' }, false],
    ['born on the day that the other means by the lunar calendar', {}, { birthDate: '1990-02-11' }, false],
  ])('two of one day, county and house %s', (_, a, b, asked) => {
    const bits = weight(features(a), features(b));
    expect(bits < populationMatching.model.link).toBe(asked);
    expect(bits).toBeGreaterThan(populationMatching.model.review);
  });
  test('each level of the model is a share, and shares of a field add up to one', () => {
    for (const { name, levels } of populationMatching.fields) {
      const { m, u } = populationMatching.model.fields[name] ?? { m: [], u: [] };
      expect([name, m.length, u.length]).toEqual([name, levels.length, levels.length]);
      for (const shares of [m, u]) expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
    }
  });
  test('block numbers are whole, exact and the same each time', () => {
    expect(blockNumber('a')).toBe(blockNumber('a'));
    expect(Number.isSafeInteger(blockNumber('甲'))).toBe(true);
  });
});
