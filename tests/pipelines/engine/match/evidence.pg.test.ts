import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { population } from '../../../../pipelines/population/definition.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

/* Who is joined, asked about and kept apart where a record says less than it seems to. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
beforeEach(() =>
  scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total, population.block_open,
    population.block_anchored, population.choice, population.decision`),
);

const NUMBER = '630102198503121237';
const wrong = (attribute: string, rule: string): string =>
  JSON.stringify([{ rule, severity: 'E', attribute, message: 'marked' }]);
const partition = async (...rows: Row[]): Promise<readonly string[]> => {
  await scene.take(await scene.source('s'), rows);
  return scene.partition();
};
const asked = async (): Promise<number> =>
  (await scene.query<{ n: number }>("SELECT count(*)::int AS n FROM population.choice WHERE state = 'review'"))[0]?.n ??
  0;

describe('what keeps two records under one valid number apart', () => {
  const base = { citizenNumber: NUMBER, name: '王建国', birthDate: '1985-03-12' };

  test('is not a birth that the number itself says is wrong', async () => {
    const b = { ...base, key: 'b', birthDate: '1955-03-12', issues: wrong('birthDate', 'P11') };
    expect(await partition({ ...base, key: 'a' }, b)).toEqual(['s/a s/b']);
  });
  test.each([
    '0001-01-01',
    '1753-01-01',
    '1899-12-30',
    '1899-12-31',
    '1970-01-01',
    '1900-01-01',
    '9999-12-31',
    '1111-11-11',
  ])('is not the filler %s', async (birthDate) =>
    expect(await partition({ ...base, key: 'a' }, { ...base, key: 'b', birthDate })).toEqual(['s/a s/b']),
  );
  test('is not a name that is marked wrong', async () => {
    const b = { ...base, key: 'b', name: '王建YAO', issues: wrong('name', 'P17') };
    expect(await partition({ ...base, key: 'a' }, b)).toEqual(['s/a s/b']);
  });
  test.each([
    ['萧萌全', '萌全萧'],
    ['先巴·尕藏', '尕藏·先巴'],
    ['先巴尕藏', '尕藏先巴'],
    ['军曌马', '马军曌'],
    ['阿依古丽·买买提', '买买提·阿依古丽'],
    ['王建?', '王建曌'],
    ['王建', '王建曌'],
    ['王建□', '王建曌'],
  ])('is not the order or the loss of characters: %s and %s', async (left, right) =>
    expect(await partition({ ...base, key: 'a', name: left }, { ...base, key: 'b', name: right })).toEqual(['s/a s/b']),
  );
  test.each([
    ['马林', '马强'],
    ['马林', '李林'],
    ['王建国', '李秀英'],
  ])('is another name: %s and %s', async (left, right) =>
    expect(await partition({ ...base, key: 'a', name: left }, { ...base, key: 'b', name: right })).toEqual([
      's/a',
      's/b',
    ]),
  );
});

describe('without a number', () => {
  const known = { birthDate: '1990-05-06', sex: '1', residenceRegion: '630121' };

  test('two characters with a common surname are asked about', async () => {
    const same = { ...known, residenceAddress: '青海省西宁市大通县桥头镇人民路1号' };
    expect(
      await partition({ ...same, key: 'a', citizenNumber: NUMBER, name: '马林' }, { ...same, key: 'b', name: '马强' }),
    ).toEqual(['s/a', 's/b']);
    expect(await asked()).toBe(1);
  });
  test.each([[null], ['无名氏'], ['不详'], ['新生儿'], ['某男'], ['王某某'], ['马国强之子']])(
    'a record with the name %s joins nobody by itself',
    async (name) => {
      const phone = '13900000001';
      const unnamed = { ...known, name, phone };
      expect(
        await partition(
          { ...known, key: 'a', citizenNumber: NUMBER, name: '马国强', phone },
          { ...unnamed, key: 'b' },
          { ...unnamed, key: 'c' },
        ),
      ).toEqual(['s/a', 's/b', 's/c']);
      expect(await asked()).toBeGreaterThan(0);
    },
  );
  test.each(['1990-01-01', '1970-01-01', '1900-01-01', '9999-12-31'])(
    'a common birth of %s agrees on no day',
    async (birthDate) => {
      const one = { name: '张伟', birthDate, sex: '1', residenceRegion: '630121' };
      expect(await partition({ ...one, key: 'a' }, { ...one, key: 'b' }, { ...one, key: 'c' })).toHaveLength(3);
    },
  );
  test.each([
    ['先巴·尕藏', '尕藏·先巴'],
    ['军曌马', '马军曌'],
    ['王建曌', '王建ZHAO'],
  ])('%s and %s of one birth and address meet and join', async (left, right) => {
    const one = { ...known, residenceAddress: '青海省海东市平安区平安镇新安路12号' };
    expect(
      await partition({ ...one, key: 'a', citizenNumber: NUMBER, name: left }, { ...one, key: 'b', name: right }),
    ).toEqual(['s/a s/b']);
  });
  test('a number that fails its check meets the sound one by its parts, whatever birth and county say', async () => {
    const broken = {
      ...{
        key: 'b',
        citizenNumber: '630102198503121238',
        name: '马国强',
        sex: '1',
        issues: wrong('citizenNumber', 'P04'),
      },
    };
    expect(await partition({ key: 'a', citizenNumber: NUMBER, name: '马国强', sex: '1' }, broken)).toEqual(['s/a s/b']);
  });
  test('another sex does not hide a common birth', async () => {
    const one = { ...known, residenceAddress: '青海省西宁市大通县桥头镇人民路1号', phone: '13900000001' };
    expect(
      await partition(
        { ...one, key: 'a', citizenNumber: NUMBER, name: '才让卓玛' },
        { ...one, key: 'b', name: '才让卓?', sex: '2' },
      ),
    ).toEqual(['s/a s/b']);
  });
});
