import { expect, test } from '@jest/globals';
import { legalEntity } from '../../pipelines/legal-entity/definition.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import { flawNotices } from '../../pipelines/notices.ts';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import { population } from '../../pipelines/population/definition.ts';
import type { NormalRecord } from '../../pipelines/record.ts';
import type { RawRecord } from '../../schemas/stream.ts';

type Mapping = Parameters<typeof compileMapping>[1];

function records(base: BaseDefinition, mapping: Mapping, rows: readonly Record<string, string>[]): NormalRecord[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const normalize = compileMapping(base, mapping, columns, { system: 's', stream: 't' }, () => '2026-06-01');
  return rows.map((value, i) =>
    normalize({ stream: 't', key: String(i), op: 'upsert', value, observedAt: 0, origin: '' } satisfies RawRecord),
  );
}

function told(base: BaseDefinition, mapping: Mapping, rows: readonly Record<string, string>[]): readonly string[] {
  const notices = flawNotices(base);
  for (const record of records(base, mapping, rows)) notices.add(record);
  return notices.end();
}

const PERSON: Mapping = {
  name: { from: 'N', as: 'person-name' },
  birthDate: { from: 'B', as: 'chinese-date' },
  citizenNumber: { from: 'C', as: 'citizen-number' },
};
const person = (more: Record<string, string> = {}) => ({ N: '张淼', B: '1990-03-07', C: '', ...more });

test('of sound rows nothing is told', () => {
  expect(told(population, PERSON, [person(), person({ B: '' })])).toEqual([]);
});

test('days that are none are told by their form, not by the value', () => {
  const days = ['07/01/1988', '1988-02-30', '2004年'].map((B) => person({ B }));
  const notices = told(population, PERSON, [...days, person()]);
  expect(notices.join()).not.toMatch(/1988|2004/);
  expect(notices).toEqual([
    '2 of 4 values of birthDate cannot be read (C-date: is no day of the calendar): "9{2}/9{2}/9{4}" (1), "9{4}-9{2}-9{2}" (1)',
    '1 of 4 values of birthDate cannot be read (C-date-imprecise: tells only the year): "9{4}汉" (1)',
  ]);
});

test('numbers that break a rule and names that are more or less than one are told', () => {
  const rows = [
    person({ C: '630102********1234' }),
    person({ C: '630102199003071230' }),
    person({ N: '张三、李四' }),
    person({ N: '张*' }),
    person({ N: '张三（曾用名：张四）' }),
  ];
  const notices = told(population, PERSON, rows).join('\n');
  expect(notices).toMatch(/1 of 5 records break P01 at citizenNumber \(the number has 18 characters/);
  expect(notices).toMatch(/1 of 5 records break P02 at citizenNumber \(the check character of the number holds\)/);
  for (const doubt of ['several', 'masked', 'former'])
    expect(notices).toContain(`1 of 5 records are in doubt by C-name-${doubt} at name`);
  expect(notices).not.toMatch(/张|1990/);
});

test('a former name in brackets becomes one, and the name is the name', () => {
  const [record] = records(population, PERSON, [person({ N: '张三（曾用名：张四）' })]);
  expect(record?.attributes).toMatchObject({ name: '张三', formerName: '张四' });
});

test('what everybody may see is shown as it is', () => {
  const mapping: Mapping = { status: { from: 'S', as: 'entity-status' }, name: { from: 'N', as: 'entity-name' } };
  expect(told(legalEntity, mapping, [{ S: '开心', N: '甲公司' }])).toEqual([
    expect.stringMatching(/^1 of 1 records break C-unknown-code at status \(.*\): "开心" \(1\)$/),
  ]);
});
