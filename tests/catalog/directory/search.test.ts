import { describe, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { directoryEntries } from '../../../catalog/directory/entry.ts';
import { readingOf, soundsIn, words } from '../../../catalog/directory/fold.ts';
import { createSearchIndex } from '../../../catalog/directory/search.ts';
import { commerceSpec, feedSystem, personBase, policeSpec } from '../entries.ts';

const columns = new Map([
  [
    'golden-shield/residents',
    [
      { name: 'GMSFHM', type: 'text', sourceType: 'char(18)', nullable: false },
      { name: 'XM', type: 'text', sourceType: 'varchar(50)', nullable: true },
    ] as const,
  ],
]);
const entries = directoryEntries([feedSystem(policeSpec), feedSystem(commerceSpec)], columns, [personBase({} as Pool)]);
const index = createSearchIndex(entries);
const find = (query: string): readonly string[] => index.find(query).map(({ id }) => id);

describe('search', () => {
  test('an empty query lists everything, bases first', () => {
    expect(find('  ')).toEqual(['base-population', '307001-1', 'golden-shield.vehicles', '307003-1']);
  });

  test.each([
    ['Chinese substring', '住人', '307001-1'],
    ['full pinyin', 'jidongche', 'golden-shield.vehicles'],
    ['pinyin that ends inside a syllable', 'jidongch', 'golden-shield.vehicles'],
    ['initials', 'czrkjb', '307001-1'],
    ['initials inside', 'rkjb', '307001-1'],
    ['the reading of the word and not of the character', 'yinhang', '307003-1'],
    ['English name of the system', 'enterprises', '307003-1'],
    ['code', '307003/1', '307003-1'],
    ['full-width code', '３０７００３／１', '307003-1'],
    ['column', 'qymc', '307003-1'],
    ['upper case', 'CZRKJB', '307001-1'],
    ['department', '市场监督', '307003-1'],
  ])('%s', (_what, query, id) => {
    expect(find(query)[0]).toBe(id);
  });

  test('all words must occur', () => {
    expect(find('户籍 姓名')).toEqual(['307001-1']);
    expect(find('户籍，姓名')).toEqual(['307001-1']);
    expect(find('户籍 企业')).toEqual([]);
  });

  test('title before keyword before abstract before item', () => {
    expect(find('常住')).toEqual(['307001-1', '307003-1']);
    expect(find('姓名')).toEqual(['base-population', '307001-1', '307003-1']);
    expect(find('户籍')).toEqual(['307001-1']);
  });

  test('a single Latin letter does not match by sound', () => {
    expect(find('y')).not.toContain('golden-shield.vehicles');
  });

  test('nothing of the query is a pattern', () => {
    expect(find('.*')).toEqual([]);
    expect(find('%')).toEqual([]);
    expect(find('(')).toEqual([]);
  });
});

describe('readings', () => {
  test('begin where syllables begin', () => {
    const reading = readingOf('西安馆');
    expect(soundsIn(reading, 'anguan')).toBe(true);
    expect(soundsIn(readingOf('馆'), 'an')).toBe(false);
  });

  test('do not run over a sign, and ü is v', () => {
    expect(soundsIn(readingOf('人口，企业'), 'kouqi')).toBe(false);
    expect(soundsIn(readingOf('女'), 'nv')).toBe(true);
    expect(readingOf('12345热线').full).toBe('12345rexian');
  });

  test('words are folded', () => {
    expect(words(' Ａb　人口、x ')).toEqual(['ab', '人口', 'x']);
  });
});

describe('entries', () => {
  test('items come in the order of the columns, with the letter of the guide', () => {
    expect(index.byId.get('307001-1')?.items.map(({ column, type }) => [column, type])).toEqual([
      ['GMSFHM', 'C'],
      ['XM', 'C'],
    ]);
  });

  test('a stream without a resource is listed by its title', () => {
    expect(index.byId.get('golden-shield.vehicles')).toMatchObject({
      title: '机动车登记',
      code: null,
      sharing: null,
      base: null,
    });
  });

  test('of two streams with one code the second gets another id', () => {
    const twin = { ...commerceSpec, system: 'twin' };
    const ids = directoryEntries([feedSystem(commerceSpec), feedSystem(twin)], columns, []).map(({ id }) => id);
    expect(ids).toEqual(['307003-1', 'twin.enterprises']);
  });
});
