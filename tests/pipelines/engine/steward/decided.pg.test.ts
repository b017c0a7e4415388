import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listReview } from '../../../../pipelines/engine/match/review.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { propertySeed } from '../../../contracts/source.contract.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

/* A decision that is taken back leaves no trace, and no id answers for somebody who never held it. */

let scene: Scene;
/** The same rows, and nobody ever decides anything. */
let twin: Scene;
beforeAll(async () => {
  [scene, twin] = [await openScene(population), await openScene(population)];
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await twin[Symbol.asyncDispose]();
});
const reset = async (): Promise<void> => {
  for (const one of [scene, twin])
    await one.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
      population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total,
      population.block_open, population.block_anchored, population.choice, population.decision, population.membership_left,
      population.kept_apart`);
};
beforeEach(reset);

const WHO = { by: '马主任', reason: '核对原件' };
const row = (key: string): string => `s/rows ${key}`;
const decide = async (left: string, right: string, kind: 'confirmed' | 'forbidden' = 'confirmed'): Promise<number> =>
  (await scene.stewardship.decide({ left: row(left), right: row(right), kind, ...WHO, tearApart: true })).decisionId;

interface Held {
  readonly key: string;
  readonly id: number;
  readonly natural: number;
}
const held = (one: Scene): Promise<readonly Held[]> =>
  one.query<Held>(`SELECT source_key AS key, entity_id::float8 AS id, coalesce(natural_id, entity_id)::float8 AS natural
    FROM population.source_record WHERE NOT deleted ORDER BY source_key`);
interface Path {
  readonly id: number;
  readonly into: number | null;
  readonly natural: number | null;
}
const paths = (one: Scene): Promise<readonly Path[]> =>
  one.query<Path>(`SELECT entity_id::float8 AS id, merged_into::float8 AS into, natural_into::float8 AS natural
    FROM population.entity ORDER BY entity_id`);
const idOf = async (key: string): Promise<number> => (await held(scene)).find((one) => one.key === key)?.id as number;

describe('ids of three rows, two of which a person joins', () => {
  const NUMBER = '630102196607161233';
  const person = { birthDate: '1966-07-16', sex: '2', householdRegion: '630203' };
  const take = (...rows: Row[]) => scene.source('s').then((source) => scene.take(source, rows));
  beforeEach(() =>
    take(
      { ...person, key: 'h', name: '萧萌全', householdAddress: '青海省海东市平安区平安镇新安路12号' },
      {
        ...person,
        key: 's',
        name: '萧萌全',
        citizenNumber: NUMBER,
        householdAddress: '青海省海东市平安区平安镇新安路12号',
      },
      { ...person, key: 'r', name: '陈秀英', citizenNumber: NUMBER },
    ),
  );

  test('are after the decision is taken back what they were before', async () => {
    const [before, ways] = [await held(scene), await paths(scene)];
    expect(await scene.partition()).toEqual(['s/h s/s', 's/r']);
    const decision = await decide('s', 'r');
    expect(await idOf('s')).toBe(await idOf('r'));
    await scene.stewardship.withdraw(decision, '马主任');
    expect(await held(scene)).toEqual(before);
    expect((await paths(scene)).filter(({ id }) => ways.some((way) => way.id === id))).toEqual(ways);
    expect((await paths(scene)).filter(({ into }) => into !== null)).toEqual([]);
  });

  test('answer again for who held them, also when the rows have changed meanwhile', async () => {
    const own = await idOf('r');
    const decision = await decide('h', 'r');
    expect((await paths(scene)).find(({ id }) => id === own)?.into).toBe(await idOf('h'));
    await take({
      ...person,
      key: 'r',
      at: 1_700_000_000_001,
      name: '陈秀英',
      citizenNumber: NUMBER,
      phone: '13900000000',
    });
    await scene.stewardship.withdraw(decision, '马主任');
    expect(await idOf('r')).toBe(own);
    expect((await paths(scene)).find(({ id }) => id === own)?.into).toBeNull();
  });

  test('a row that comes under a decision and stays alone afterwards never held the id of the others', async () => {
    const decision = await decide('h', 'n').catch((error: { code: string }) => error.code);
    expect(decision).toBe('HUB_CATALOG_NOT_FOUND');
    await take({ ...person, key: 'n', name: '冶福海', birthDate: '1950-02-03' });
    const confirmed = await decide('h', 'n');
    const together = await idOf('n');
    expect(together).toBe(await idOf('h'));
    await scene.stewardship.withdraw(confirmed, '马主任');
    expect(await idOf('n')).not.toBe(together);
    expect(await idOf('h')).toBe(together);
  });
});

describe('what a decision tears apart', () => {
  const NUMBER = '630102196607161233';
  const person = { birthDate: '1966-07-16', sex: '2', householdRegion: '630203' };
  const ADDRESS = { householdAddress: '青海省海东市平安区平安镇新安路12号' };
  const confirm = { left: row('s'), right: row('r'), kind: 'confirmed' as const };
  beforeEach(async () => {
    await scene.take(await scene.source('s'), [
      { ...person, ...ADDRESS, key: 'h', name: '萧萌全' },
      { ...person, ...ADDRESS, key: 's', name: '萧萌全', citizenNumber: NUMBER },
      { ...person, key: 'r', name: '陈秀英', citizenNumber: NUMBER },
    ]);
  });

  test('is shown before it is taken, and nothing is kept of the look', async () => {
    const before = [await held(scene), await paths(scene)];
    expect(await scene.stewardship.foresee(confirm)).toEqual({
      joined: [[[row('r')], [row('s')]]],
      torn: [[[row('h')], [row('s')]]],
    });
    expect([await held(scene), await paths(scene)]).toEqual(before);
    expect(await scene.query('SELECT * FROM population.decision')).toEqual([]);
  });
  test('is refused, naming who, unless whoever decides has seen it', async () => {
    const refused = scene.stewardship.decide({ ...confirm, ...WHO });
    await expect(refused).rejects.toMatchObject({ code: 'HUB_REVIEW_TEARS' });
    await expect(refused).rejects.toThrow(`${row('h')} | ${row('s')}`);
    expect(await scene.query('SELECT * FROM population.decision')).toEqual([]);
    const { decisionId, effect } = await scene.stewardship.decide({ ...confirm, ...WHO, tearApart: true });
    expect(effect.torn).toEqual([[[row('h')], [row('s')]]]);
    expect(await scene.stewardship.foreseeWithdrawal(decisionId)).toEqual({
      joined: [[[row('h')], [row('s')]]],
      torn: [[[row('r')], [row('s')]]],
    });
  });
  test('is what was asked for where two rows of one entity are kept apart', async () => {
    const { effect } = await scene.stewardship.decide({ left: row('h'), right: row('s'), kind: 'forbidden', ...WHO });
    expect(effect).toEqual({ joined: [], torn: [[[row('h')], [row('s')]]] });
  });
  test('two whom a veto keeps apart under one number wait for a person, with the reason, until one has decided', async () => {
    const waiting = () => listReview(scene.pool, population, { kind: 'apart', limit: 10 });
    expect(await waiting()).toMatchObject([
      {
        ...{ kind: 'apart', row: row('s'), candidates: [{ row: row('r') }] },
        reasons: [{ en: 'the two names are no variants of each other (P21)' }],
      },
    ]);
    await scene.stewardship.decide({ left: row('r'), right: row('s'), kind: 'forbidden', ...WHO });
    expect(await waiting()).toEqual([]);
    await scene.take(await scene.source('s'), [
      { ...person, key: 'r', at: 1_700_000_000_001, name: '陈秀英', citizenNumber: '630103198501024321' },
    ]);
    expect(await scene.query('SELECT link_key FROM population.kept_apart')).toEqual([]);
  });
});

test('whatever is decided, changed, deleted and taken back: what is without decisions is what was never decided, and no id leads to a stranger', async () => {
  const seed = propertySeed('decided');
  const NUMBERS = ['630102199003071236', '630103198501024321', null];
  const people = [
    {
      name: '才让卓玛',
      birthDate: '1990-03-07',
      sex: '2',
      residenceRegion: '630102',
      residenceAddress: '八一路12号3号楼',
    },
    {
      name: '王建国',
      birthDate: '1985-01-02',
      sex: '1',
      residenceRegion: '630103',
      residenceAddress: '长江路5号2单元',
    },
    {
      name: '李秀英',
      birthDate: '1961-05-05',
      sex: '2',
      residenceRegion: '630103',
      residenceAddress: '长江路5号2单元',
    },
  ];
  const key = fc.constantFrom('1', '2', '3', '4', '5', '6');
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('row' as const),
        rows: fc.array(
          fc.record({
            key,
            person: fc.constantFrom(...people),
            number: fc.constantFrom(...NUMBERS),
            deleted: fc.nat({ max: 4 }).map((value) => value === 0),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constantFrom('confirmed' as const, 'confirmed' as const, 'forbidden' as const),
        left: key,
        right: key,
      }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('withdraw' as const), which: fc.nat({ max: 20 }) }) },
  );
  const A_ROW = {
    person: people[0] as (typeof people)[number],
    number: NUMBERS[0] as (typeof NUMBERS)[number],
    deleted: false,
  };
  let withdrawn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      await reset();
      const standing: number[] = [];
      const same = new Map<number, number>();
      const ever = new Map<number, Set<string>>();
      let at = 1_700_000_000_000;
      let offset = Number(process.hrtime.bigint() / 1_000n);
      const hold = (id: number, row: string): void => void (ever.get(id) ?? ever.set(id, new Set()).get(id))?.add(row);
      const look = async (): Promise<void> => {
        const [now, other] = [await held(scene), await held(twin)];
        expect(now.map(({ key }) => key)).toEqual(other.map(({ key }) => key));
        for (const [i, one] of now.entries()) {
          const natural = other[i]?.id as number;
          same.set(one.natural, same.get(one.natural) ?? natural);
          expect([one.key, same.get(one.natural)]).toEqual([one.key, natural]);
          hold(one.id, one.key);
          hold(one.natural, one.key);
        }
        expect(new Set(same.values()).size).toBe(same.size);
        const where = new Map(now.map(({ key, id }) => [key, id]));
        const ways = await paths(scene);
        const twins = new Map((await paths(twin)).map((way) => [way.id, way.into]));
        for (const { id, into, natural } of ways) {
          if (same.has(id))
            expect([id, natural === null ? null : same.get(natural)]).toEqual([id, twins.get(same.get(id) as number)]);
          // A stranger is who never bore the id, while somebody lives who did.
          if (into !== null)
            expect([id, [...(ever.get(id) ?? [])].every((row) => !where.has(row) || where.get(row) !== into)]).toEqual([
              id,
              [...(ever.get(id) ?? [])].every((row) => !where.has(row)),
            ]);
        }
      };
      for (const one of steps) {
        if (one.what === 'row')
          for (const { key, person, number, deleted } of one.rows) {
            at += 1;
            const changed = { key, at, deleted, ...(deleted ? {} : { ...person, citizenNumber: number }) };
            for (const base of [scene, twin]) await base.take(await base.source('s'), [changed], offset);
            offset += 1;
            await look();
          }
        else if (one.what === 'withdraw') {
          const [decision] = standing.splice(one.which % Math.max(1, standing.length), 1);
          if (decision === undefined) continue;
          await scene.stewardship.withdraw(decision, '马主任').catch((error: { code: string }) => {
            expect(error.code).toBe('HUB_CATALOG_NOT_FOUND');
          });
          withdrawn += 1;
        } else if (one.left !== one.right)
          await decide(one.left, one.right, one.what).then(
            (id) => standing.push(id),
            (error: { code: string }) => expect(error.code).toBe('HUB_CATALOG_NOT_FOUND'),
          );
        await look();
      }
      for (const decision of standing)
        await scene.stewardship.withdraw(decision, '马主任').catch((error: { code: string }) => {
          expect(error.code).toBe('HUB_CATALOG_NOT_FOUND');
        });
      await look();
      expect(await scene.partition()).toEqual(await twin.partition());
      for (const { id, natural } of await held(scene)) expect(id).toBe(natural);
      for (const { id, into, natural } of await paths(scene)) expect([id, into]).toEqual([id, natural]);
    }),
    {
      ...{ seed, numRuns: Number(process.env['PROPERTY_RUNS'] ?? 12) },
      // Whatever chance brings: once, something that was decided is taken back.
      examples: [
        [
          [
            { what: 'row' as const, rows: (['1', '2'] as const).map((one) => ({ ...A_ROW, key: one })) },
            { what: 'confirmed' as const, left: '1', right: '2' },
            { what: 'withdraw' as const, which: 0 },
          ],
        ],
      ],
    },
  );
  expect(withdrawn).toBeGreaterThan(0);
}, 300_000);
