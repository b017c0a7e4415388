import { expect, test } from '@jest/globals';
import { legalEntityAttributes } from '../../../pipelines/legal-entity/attributes.ts';
import { populationAttributes } from '../../../pipelines/population/attributes.ts';
import { KINDS } from '../../../pipelines/suggest/kinds.ts';
import { createProfiler, DISTINCT_CAP, shapeOf } from '../../../pipelines/suggest/profile.ts';
import { suggestStream } from '../../../pipelines/suggest/suggest.ts';
import { readName, TERMS, wordsOf } from '../../../pipelines/suggest/vocabulary.ts';
import { citizenNumber, creditCode, organisationCode } from '../../../runner/demo/world/check-digits.ts';
import type { ColumnSpec, RawValue } from '../../../schemas/stream.ts';

type Rows = readonly Readonly<Record<string, RawValue>>[];
const column = (name: string, comment?: string): ColumnSpec => ({
  ...{ name, type: 'text', sourceType: 'text', nullable: true },
  ...(comment === undefined ? {} : { comment }),
});

function suggest(columns: readonly ColumnSpec[], rows: Rows, key: readonly string[] = []) {
  const profiler = createProfiler(columns);
  for (const [i, value] of rows.entries())
    profiler.add({ stream: 's', key: String(i), op: 'upsert', value, observedAt: 0, origin: '' });
  return suggestStream({ name: 's', columns, key, rowEstimate: null }, profiler.end());
}
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const number = (i: number): string =>
  citizenNumber(`63010319${String(60 + (i % 40))}0${1 + (i % 9)}1${i % 10}${String(100 + i)}`);

test('shapes: digits, letters and Chinese characters as runs', () => {
  expect(shapeOf('11630000MB1')).toBe('9{8}A{2}9');
  expect(shapeOf('青海省2024年')).toBe('汉{3}9{4}汉');
  expect(shapeOf('')).toBe('');
});

test('each term names a kind that there is and attributes that there are', () => {
  const kinds = KINDS.map(({ name }) => name);
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const { kind, population, legalEntity } of TERMS) {
    expect(kinds).toContain(kind);
    if (population !== null) expect(Object.keys(populationAttributes)).toContain(population);
    if (legalEntity !== null) expect(Object.keys(legalEntityAttributes)).toContain(legalEntity);
  }
});

test('a column of numbers is not one of regions because some begin like a code', () => {
  const numbers = suggest(
    [column('F1')],
    times(60, (i) => ({
      F1: String([129726, 139999, 654399, 443499, 119999, 371999][i % 6]! + Math.floor(i / 6) * 7),
    })),
  );
  expect(numbers.columns[0]?.kind).not.toBe('region');
  const codes = suggest(
    [column('F1')],
    times(60, (i) => ({ F1: ['630102', '110105', '654321', '632801', '510104', '440306'][i % 6] as string })),
  );
  expect(codes.columns[0]).toMatchObject({ kind: 'region', confidence: 0.78 });
});

test('numbers that prove themselves are known under any name; the same digits with a wrong check are not', () => {
  const sound = suggest(
    [column('F7')],
    times(60, (i) => ({ F7: number(i) })),
  );
  expect(sound.columns[0]).toMatchObject({ kind: 'citizen-number', confidence: 0.95 });
  const spoilt = suggest(
    [column('F7')],
    times(60, (i) => ({ F7: number(i).replace(/.$/, (last) => (last === '0' ? '1' : '0')) })),
  );
  expect(spoilt.columns[0]?.kind).not.toBe('citizen-number');
});

test('a name that the values contradict is not believed', () => {
  const { columns } = suggest(
    [column('XB')],
    times(50, (i) => ({ XB: `红色${i}` })),
  );
  expect(columns[0]?.kind).not.toBe('sex');
});

test('a register of legal entities is told from a table that refers to them', () => {
  const columns = [column('TYSHXYDM'), column('QYMC')];
  const code = (i: number): string => creditCode(`91630000${organisationCode(String(10_000_000 + i))}`);
  const row = (i: number) => ({ TYSHXYDM: code(i), QYMC: `青海第${i}贸易有限公司` });
  expect(suggest(columns, times(40, row)).base).toBe('legal-entity');
  const repeated = suggest(
    columns,
    times(40, (i) => row(i % 4)),
  );
  expect(repeated.base).toBeNull();
  expect(repeated.baseEvidence).toContain('TYSHXYDM');
});

test('a comment at the source speaks before the column name, and its bracket is the unit', () => {
  expect(wordsOf('F3', '注册资本(万元)')).toEqual({ chinese: '注册资本', code: 'F3', unit: '万元' });
  expect(wordsOf('注册资本(万元)', undefined)).toEqual({ chinese: '注册资本', code: null, unit: '万元' });
  expect(wordsOf('SJJE_WY', undefined)).toEqual({ chinese: null, code: 'SJJE', unit: '万元' });
  expect(readName(wordsOf('F3', '注册资本(万元)'), new Set())[0]?.term?.legalEntity).toBe('registeredCapital');
});

test('the day of registration is the day of tax registration only beside a tax number', () => {
  const names = (kinds: string[]) => readName(wordsOf('DJRQ', undefined), new Set(kinds))[0]?.term?.legalEntity;
  expect(names(['tax-number'])).toBe('taxRegisteredDate');
  expect(names([])).toBe('establishedDate');
});

test('a table of statistics becomes one record for each value', () => {
  const columns = [column('地区编码'), column('报表期'), column('各项存款余额(亿元)'), column('各项贷款余额(亿元)')];
  const rows = times(40, (i) => ({
    地区编码: ['630100', '630200', '632200', '632300'][i % 4] ?? null,
    报表期: `2024-${String(1 + (i % 12)).padStart(2, '0')}`,
    '各项存款余额(亿元)': `${i}.5`,
    '各项贷款余额(亿元)': `${i}.25`,
  }));
  const { base, mapping, records } = suggest(columns, rows);
  expect(base).toBe('macroeconomic');
  expect(mapping['area']?.from).toBe('地区编码');
  const values = Object.values(records ?? {});
  expect(values.map(({ indicator }) => indicator?.as)).toEqual([
    'constant(deposits.balance)',
    'constant(loans.balance)',
  ]);
  expect(values.map(({ value }) => value?.as)).toEqual(['value(亿元)', 'value(亿元)']);
});

test('a profile is bounded and shows nothing of persons', () => {
  const rows = times(DISTINCT_CAP + 500, (i) => ({ A: number(i), B: `值${i}`, C: i % 3 === 0 ? null : '甲' }));
  const profiler = createProfiler([column('A'), column('B'), column('C')]);
  for (const value of rows) profiler.add({ stream: 's', key: '', op: 'upsert', value, observedAt: 0, origin: '' });
  const [a, b, c] = profiler.end();
  expect(a).toMatchObject({ min: null, max: null, values: [] });
  expect(b).toMatchObject({ distinct: DISTINCT_CAP, values: [] });
  expect(c).toMatchObject({ distinct: 1, values: [{ value: '甲', share: 1 }] });
  expect(c?.nulls).toBe(Math.ceil(rows.length / 3));
});
