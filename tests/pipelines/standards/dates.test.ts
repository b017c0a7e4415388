import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DateOptions, parseDate } from '../../../pipelines/standards/dates.ts';
import { dateOfDay } from '../../../pipelines/standards/gregorian.ts';
import { parseNumeral } from '../../../pipelines/standards/numerals.ts';
import { holds } from './seed.ts';

test.each([
  ['二〇〇四', 2004],
  ['二○○四', 2004],
  ['二零零四', 2004],
  ['贰零零肆', 2004],
  ['三十五', 35],
  ['廿三', 23],
  ['卅一', 31],
  ['十', 10],
  ['二十', 20],
  ['一百零五', 105],
  ['两千零四', 2004],
  ['壹拾贰万', 120_000],
  ['一亿二千万', 120_000_000],
  ['壹佰贰拾叁万肆仟伍佰陆拾柒', 1_234_567],
  ['２００4', 2004],
  ['十万', 100_000],
])('%s is %d', (text, value) => expect(parseNumeral(text)).toBe(value));
test.each(['', '二百三千', '万', '十十', '年', '一二十', 'abc'])('"%s" is no numeral', (text) =>
  expect(parseNumeral(text)).toBeNull(),
);

describe('days', () => {
  test.each([
    ['20040131', 'YYYYMMDD'],
    ['2004-01-31', 'Y-M-D'],
    ['2004/1/31', 'Y/M/D'],
    ['2004.1.31', 'Y.M.D'],
    ['2004年1月31日', 'Y年M月D日'],
    ['2004年01月31号', 'Y年M月D日'],
    ['二〇〇四年一月三十一日', 'Y年M月D日'],
    ['二○○四年一月卅一日', 'Y年M月D日'],
    ['贰零零肆年壹月叁拾壹日', 'Y年M月D日'],
    ['２００４年１月３１日', 'Y年M月D日'],
    ['2004 年 1 月 31 日', 'Y年M月D日'],
    ['20040131083000', 'YYYYMMDDhhmmss'],
    ['2004-01-31 00:00:00', 'moment'],
    ['2004-01-31T08:00:00.123456', 'moment'],
    ['2004/1/31 8:30:00', 'Y/M/D'],
  ])('%s', (text, pattern) => {
    expect(parseDate(text)).toEqual({
      value: '2004-01-31',
      precision: 'day',
      pattern,
      assumed: false,
      placeholder: false,
      openEnded: false,
    });
  });
  test.each<[string, string, DateOptions]>([
    ['04.1.31', '2004-01-31', {}],
    ['85.1.31', '1985-01-31', {}],
    ['04年1月31日', '2004-01-31', {}],
    ['850131', '1985-01-31', {}],
    ['55.1.31', '2055-01-31', { pivot: 60 }],
    ['民国九十三年一月三十一日', '2004-01-31', {}],
    ['93.1.31', '2004-01-31', { minguo: true }],
  ])('%s is %s, by assumption', (text, value, options) => {
    expect(parseDate(text, options)).toMatchObject({ value, precision: 'day', assumed: true });
  });
  test('the spreadsheet of 1900 has a day that never was', () => {
    expect(parseDate('38017', { excel: '1900' })?.value).toBe('2004-01-31');
    expect(parseDate('36555', { excel: '1904' })?.value).toBe('2004-01-31');
    expect(parseDate('59', { excel: '1900' })?.value).toBe('1900-02-28');
    expect(parseDate('60', { excel: '1900' })).toBeNull();
    expect(parseDate('61', { excel: '1900' })?.value).toBe('1900-03-01');
    expect(parseDate('38017')).toBeNull();
  });
  test('an instant with a zone is the day in the province', () => {
    expect(parseDate('2004-12-31T00:00:00.000Z')?.value).toBe('2004-12-31');
    expect(parseDate('2004-12-30T16:00:00.000Z')?.value).toBe('2004-12-31');
    expect(parseDate('2004-12-30 15:59:59Z')?.value).toBe('2004-12-30');
    expect(parseDate('2013-02-08 00:00:00+08')?.value).toBe('2013-02-08');
    expect(parseDate('2013-02-07 16:00:00+00')?.value).toBe('2013-02-08');
    expect(parseDate('2013-02-07 11:00:00-0500')?.value).toBe('2013-02-08');
  });
});

describe('periods', () => {
  test.each([
    ['2004年', '2004', 'year'],
    ['2004年度', '2004', 'year'],
    ['2004', '2004', 'year'],
    ['二〇〇四', '2004', 'year'],
    ['民国九十三年', '2004', 'year'],
    ['2004年1-2月', '2004-02', 'month'],
    ['2004年一至三月', '2004-03', 'month'],
    ['2004年1月', '2004-01', 'month'],
    ['200401', '2004-01', 'month'],
    ['2004-01', '2004-01', 'month'],
    ['2004年上半年', '2004-H1', 'half'],
    ['2004年下半年', '2004-H2', 'half'],
    ['2004年一季度', '2004-Q1', 'quarter'],
    ['2004年3季度末', '2004-Q3', 'quarter'],
  ])('%s is %s', (text, value, precision) => expect(parseDate(text)).toMatchObject({ value, precision }));
  test.each([
    ['一季度', 'quarter'],
    ['1季度末', 'quarter'],
    ['上半年', 'half'],
    ['本年累计', 'year'],
    ['去年同期', 'year'],
    ['农历正月初一', 'day'],
  ])('%s is recognised and tells no day', (text, precision) =>
    expect(parseDate(text)).toMatchObject({ value: null, precision }),
  );
});

test('placeholders are real days that say nothing', () => {
  expect(parseDate('00000000')).toMatchObject({ value: null, placeholder: true });
  expect(parseDate('0000-00-00')).toMatchObject({ value: null, placeholder: true });
  expect(parseDate('19000101')).toMatchObject({ value: '1900-01-01', placeholder: true });
  expect(parseDate('1949-10-01')).toMatchObject({ value: '1949-10-01', placeholder: true });
  expect(parseDate('1950-01-01')).toMatchObject({ placeholder: false });
  for (const text of ['长期', '99991231', '9999-12-31', '永久']) {
    expect(parseDate(text)).toMatchObject({ value: '9999-12-31', openEnded: true });
  }
});

test.each([
  '',
  '2004-02-30',
  '20040230',
  '1900-02-29',
  '2004-13-01',
  '2004年2月30日',
  '31/12/2004',
  '2004-1',
  'x',
  '2004-01-31 25:00',
  '1234567',
  '2004-00-00',
])('"%s" is no day', (text) => {
  const parsed = parseDate(text);
  expect(parsed === null || parsed.precision !== 'day').toBe(true);
});

describe('properties', () => {
  const day = fc.integer({ min: -40_000, max: 40_000 }).map(dateOfDay);
  const DIGITS = '〇一二三四五六七八九';
  const small = (value: number): string =>
    `${value >= 20 ? DIGITS[Math.floor(value / 10)] : ''}${value >= 10 ? '十' : ''}${value % 10 > 0 ? DIGITS[value % 10] : ''}`;
  test('each way of writing a day gives the day', () => {
    holds(
      fc.property(day, (date) => {
        const [year, month, dom] = date.split('-').map(Number) as [number, number, number];
        const han = `${[...String(year)].map((digit) => DIGITS[Number(digit)]).join('')}年${small(month)}月${small(dom)}日`;
        for (const text of [
          date,
          date.replaceAll('-', ''),
          `${year}/${month}/${dom}`,
          `${year}年${month}月${dom}日`,
          han,
        ]) {
          expect([text, parseDate(text)?.value]).toEqual([text, date]);
        }
      }),
    );
  });
  test('what passes is a day that the calendar has, and no text makes it throw', () => {
    holds(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.stringMatching(/^[0-9年月日季度\-/.一二三十〇 ]{0,16}$/),
        ),
        (text) => {
          const parsed = parseDate(text);
          if (parsed?.precision !== 'day' || parsed.value === null) return;
          expect(new Date(`${parsed.value}T00:00:00Z`).toISOString().slice(0, 10)).toBe(parsed.value);
        },
      ),
      1000,
    );
  });
});

test.each([
  ['1988-07-01 00:00:00+09', '1988-07-01'],
  ['1988-06-30T15:00:00Z', '1988-07-01'],
  ['1988-06-30T23:30:00+08:00', '1988-07-01'],
  ['1986-05-04 00:00:00+08', '1986-05-04'],
  ['1991-09-15T15:30:00Z', '1991-09-15'],
  ['1948-06-30T15:30:00Z', '1948-07-01'],
  ['1985-06-30T15:30:00Z', '1985-06-30'],
  ['2024-06-30T16:00:00Z', '2024-07-01'],
])('the instant %s was on the day %s by the clocks of the province', (text, day) => {
  expect(parseDate(text)?.value).toBe(day);
});
