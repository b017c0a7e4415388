import { expect, test } from '@jest/globals';
import { scored, type TruthRow } from './score.ts';

const row = (name: string, subject: number, kind: string, undecidable = false): TruthRow => ({
  ...{ row: name, subject, kinds: [kind], undecidable },
});

test('a pair is of the kinds of both its rows, a wrong one too; who is asked about is missed, unless nobody could decide', () => {
  const truth = [
    ...[row('a', 1, 'plain'), row('b', 1, 'typo'), row('c', 1, 'plain')],
    ...[row('d', 2, 'plain'), row('e', 2, 'no-birth', true), row('f', 2, 'typo')],
  ];
  const entities = new Map(Object.entries({ a: '1', b: '1', c: '2', d: '2', e: '3', f: '4' }));
  const isAsked = (one: string, other: string): boolean => [one, other].includes('2');
  const lines = scored(truth, { entities, isAsked });
  const counts = lines.map(({ precision, recall, f1, ...own }) => own);
  expect(counts).toEqual([
    { kind: 'all', rows: 6, pairs: 6, found: 1, asked: 4, undecidable: 1, wrong: 1 },
    { kind: 'no-birth', rows: 1, pairs: 2, found: 0, asked: 1, undecidable: 1, wrong: 0 },
    { kind: 'plain', rows: 3, pairs: 5, found: 1, asked: 4, undecidable: 1, wrong: 1 },
    { kind: 'typo', rows: 2, pairs: 4, found: 1, asked: 2, undecidable: 0, wrong: 0 },
  ]);
  const [all, noBirth] = lines;
  expect(all).toMatchObject({ precision: 0.5, recall: 0.2, f1: 0.28571 });
  expect(noBirth).toMatchObject({ precision: 1, recall: 0, f1: 0 });
});
