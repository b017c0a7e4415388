import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from '../../connectors/pattern.ts';
import { readSystemFile } from '../../runner/control/system-file.ts';
import { propertySeed } from '../contracts/source.contract.ts';

const refused = (why: RegExp) =>
  expect.objectContaining({ code: 'HUB_CONFIG_INVALID', message: expect.stringMatching(why) });

describe('what patterns find', () => {
  test.each<[string, string, string | null, Record<string, string | null>]>([
    ['^(?<NF>\\d{4})年(?<YF>\\d{1,2})月', '2024年12月', '2024', { NF: '2024', YF: '12' }],
    ['\\((?<年份>\\d{4})年\\)', '全省(2024年)', '2024', { 年份: '2024' }],
    ['^本年累计/(.+)$', '本年累计/1月', '1月', {}],
    ['^\\d+月$', '12月', null, {}],
    ['(?<a>x)|(?<b>y)', 'y', null, { a: null, b: 'y' }],
    ['\\u4e00[\\u4e09-\\u4e8c]', '一二', null, {}],
    ['^\\s(年)\\S[\\s]$', '\u3000年x\u00a0', '年', {}],
    ['\\p{Script=Han}+', '青海', null, {}],
    ['[(?<x>)]', '<', null, {}],
    ['\\(?<x>', '<x>', null, {}],
    ['𠮷.', '𠮷青', null, {}],
    ['(?<constructor>a)', 'a', 'a', { constructor: 'a' }],
  ])('%s in %s', (source, text, first, named) => {
    expect(compilePattern(source).find(text)).toEqual({ first, named });
    expect(compilePattern(source).names).toEqual(Object.keys(named));
  });

  test('what JavaScript finds, for every pattern of the common kind', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '年',
      '.',
      '\\d',
      '\\s',
      '[ab]',
      '[^a]',
      '(a)',
      '(?:ab)',
      '(?<n>b)',
      'a|b',
      '\\S',
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}', '*?'))
      .map(([one, times]) => one + (one === 'a|b' ? '' : times));
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    const text = fc
      .array(fc.constantFrom('a', 'b', '年', '1', ' ', '\u3000', '\n'), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(pattern, text, (source, given) => {
        fc.pre(source.split('(?<n>').length <= 2);
        const wanted = new RegExp(source, 'u').exec(given);
        const found = compilePattern(source).find(given);
        expect(found === null).toBe(wanted === null);
        if (!source.includes('*?')) expect(found?.named['n'] ?? null).toBe(wanted?.groups?.['n'] ?? null);
      }),
      { seed: propertySeed('patterns'), numRuns: 500 },
    );
  });
});

test.each([
  ['^(\\w+\\s?)*$', `${'a'.repeat(27)}!`],
  ['(a+)+$', `${'a'.repeat(499)}!`],
  ['(x+x+)+y', 'x'.repeat(500)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(500)],
  ['(.*)*(.*)*(.*)*[yz]', 'x'.repeat(500)],
  ['(.{1,20}){1,10}[yz]', 'x'.repeat(500)],
])('nested quantifiers do not block the process: %s', (source, text) => {
  // The engine of JavaScript does not come back from these.
  expect(compilePattern(source).find(text)).toBeNull();
});

test('a text that is too long to be a head or a title does not fit', () => {
  expect(compilePattern('a').find('a'.repeat(500))).not.toBeNull();
  expect(compilePattern('a').find('a'.repeat(501))).toBeNull();
});

describe('what a pattern may not hold', () => {
  const yaml = (pattern: string) => `system: statistics
title: { zh: 统计, en: Statistics }
owner: { name: 统计局, uscc: 11630000015000097G }
authority: statistics
connector: xlsx
connection: { folder: /data }
streams:
  monthly:
    title: 月报
    source:
      files: '*.xlsx'
      key: [YF]
      head: { rows: [1] }
      title:
        cell: A1
        pattern: '${pattern}'
`;

  test('a good one is taken', () => {
    expect(() => readSystemFile(yaml('^(?<NF>\\d{4})年'), 's.yaml')).not.toThrow();
  });

  test.each([
    ['a{1001}', /the repetition \{1001\}, times those around and inside it, is over 1000/],
    ['(a{100}){100}', /the repetition \{100\}, times those around and inside it, is over 1000/],
    ['.{400}.{400}', /it is too large: it has 802 steps/],
    ['a{2,1}', /the repetition \{2,1\} ends before it begins/],
  ])('%s is refused with how large it may be, and nothing about syntax', (pattern, why) => {
    expect(() => readSystemFile(yaml(pattern), 's.yaml')).toThrow(refused(why));
    expect(() => readSystemFile(yaml(pattern), 's.yaml')).toThrow(refused(/at most 500 steps.*line 16/s));
    expect(() => readSystemFile(yaml(pattern), 's.yaml')).not.toThrow(refused(/look-around/));
  });

  test.each([
    ['^(?=a)b', /\(\?=/],
    ['(?!a)b', /\(\?!/],
    ['(?<=a)b', /\(\?<=/],
    ['(?<!a)b', /\(\?<!/],
    ['(a)\\1', /\\1/],
    ['(?<n>a)\\k<n>', /\\k/],
    ['(', /missing closing/],
    ['[', /missing closing/],
    ['[^]', /missing closing/],
    ['*a', /missing argument|repetition/],
    ['(?<n>a)(?<n>b)', /comes twice/],
    ['(?<>a)', /group without name/],
    ['(?<__proto__>a)', /__proto__/],
    ['[\\S]', /\\S inside/],
  ])('%s is refused with its line, what is wrong, and what is allowed', (pattern, why) => {
    const thrown = refused(why);
    expect(() => readSystemFile(yaml(pattern), 's.yaml')).toThrow(thrown);
    expect(() => readSystemFile(yaml(pattern), 's.yaml')).toThrow(
      refused(/streams\.monthly\.source\.title\.pattern.*RE2 syntax.*line 16/s),
    );
    expect(() => compilePattern(pattern)).toThrow(thrown);
  });
});
