import { describe, expect, test } from '@jest/globals';
import { changesBetween } from '../../../runner/pull/drift.ts';
import type { ColumnSpec } from '../../../schemas/stream.ts';
import { systemOf } from './fake-source.ts';

const column = (name: string, sourceType: string, type: ColumnSpec['type'] = 'text', comment?: string): ColumnSpec => ({
  ...{ name, type, sourceType, nullable: true },
  ...(comment === undefined ? {} : { comment }),
});
const resource = {
  ...{ code: '307001/1', title: 't', abstract: 'a', sharing: 'unconditional', updateCycle: 'daily' },
  items: { ID: '编号', OFFERED: '项' },
};
const spec = systemOf('drift', {
  one: { base: 'legal-entity', mapping: { name: { from: 'MAPPED', as: 'entity-name' } }, resource },
  bare: {},
});
const changes = (before: ColumnSpec[], after: ColumnSpec[], stream = 'one') =>
  changesBetween(before, { name: stream, columns: after, key: ['ID'], rowEstimate: null }, spec.streams[stream]).map(
    ({ kind, column: name, decision }) => `${name} ${kind} ${decision}`,
  );
const id = column('ID', 'varchar(20)');

describe('a change and what is decided', () => {
  const text = (name: string): ColumnSpec => column(name, 'varchar(20)');
  test.each<[string, ColumnSpec[], ColumnSpec[], string[]]>([
    ['nothing', [id, text('A')], [id, text('A')], []],
    ['another order', [id, text('A')], [text('A'), id], []],
    ['a comment', [id, text('A')], [id, { ...text('A'), comment: '名' }], []],
    ['a new column', [id], [id, text('A')], ['A added notice']],
    ['a mapped column gone', [id, text('MAPPED')], [id], ['MAPPED dropped pause']],
    ['an offered column gone', [id, text('OFFERED')], [id], ['OFFERED dropped pause']],
    ['a key column gone', [id, text('A')], [text('A')], ['ID dropped pause']],
    ['a column gone that nobody needs', [id, text('A')], [id], ['A dropped notice']],
    ['a mapped column under a new name', [id, text('MAPPED')], [id, text('B')], ['MAPPED renamed pause']],
    ['another one under a new name', [id, text('A')], [id, text('B')], ['A renamed notice']],
    [
      'one gone here and another new there',
      [id, text('A'), text('MAPPED')],
      [id, text('MAPPED'), text('B')],
      ['A dropped notice', 'B added notice'],
    ],
    [
      'the same comment elsewhere',
      [id, column('A', 'text', 'text', '备注'), text('MAPPED')],
      [id, text('MAPPED'), column('B', 'text', 'text', '备注')],
      ['A renamed notice'],
    ],
    ['longer', [column('A', 'varchar(20)')], [column('A', 'varchar(60)')], ['A widened continue']],
    ['without length', [column('A', 'varchar(20)')], [column('A', 'text')], ['A widened continue']],
    ['shorter', [column('A', 'varchar(20)')], [column('A', 'varchar(6)')], ['A narrowed notice']],
    ['with length', [column('A', 'text')], [column('A', 'character varying(6)')], ['A narrowed notice']],
    [
      'more digits',
      [column('A', 'numeric(12,2)', 'decimal')],
      [column('A', 'numeric(18,2)', 'decimal')],
      ['A widened continue'],
    ],
    [
      'more decimals at the cost of digits',
      [column('A', 'numeric(12,2)', 'decimal')],
      [column('A', 'numeric(12,4)', 'decimal')],
      ['A narrowed notice'],
    ],
    [
      'a small integer grown',
      [column('A', 'smallint', 'integer')],
      [column('A', 'int(11)', 'integer')],
      ['A widened continue'],
    ],
    [
      'an integer outgrown',
      [column('A', 'integer', 'integer')],
      [column('A', 'bigint', 'bigint')],
      ['A widened notice'],
    ],
    [
      'a decimal made whole',
      [column('A', 'numeric(12,2)', 'decimal')],
      [column('A', 'integer', 'integer')],
      ['A narrowed notice'],
    ],
    ['a date as text', [column('MAPPED', 'date', 'date')], [column('MAPPED', 'varchar(10)')], ['MAPPED retyped pause']],
    ['the same, unneeded', [column('A', 'date', 'date')], [column('A', 'varchar(10)')], ['A retyped notice']],
    [
      'a time that lost its zone',
      [column('OFFERED', 'timestamp with time zone', 'timestamp')],
      [column('OFFERED', 'timestamp without time zone', 'timestamp')],
      ['OFFERED retyped pause'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  test('without a directory entry nobody has said that a column may go', () => {
    expect(changes([id, text('A')], [id], 'bare')).toEqual(['A dropped pause']);
  });
});
