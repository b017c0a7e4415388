import { describe, expect, test } from '@jest/globals';
import type { SqlColumn } from '../../../connectors/sql/database.ts';
import { mssqlColumn } from '../../../connectors/sql/mssql.ts';
import { oracleColumn } from '../../../connectors/sql/oracle.ts';
import { timeOf } from '../../../connectors/sql/records.ts';
import { parseDate } from '../../../pipelines/standards/dates.ts';

/* No SQL Server and no Oracle can be had: the texts are those that their manuals give for the styles that are asked for. */

const size = { length: null, precision: null, scale: '7', collation: null };
const MSSQL = mssqlColumn('at', 'datetimeoffset', size, true, '');
const ZONED = oracleColumn('AT', 'TIMESTAMP(6) WITH TIME ZONE', size, true, '');
const LOCAL = oracleColumn('AT', 'TIMESTAMP(6) WITH LOCAL TIME ZONE', size, true, '');

/** Half past three in the afternoon in Greenwich: half past eleven at night in Beijing, and half past midnight in summer. */
const printed = (day: string, hour: number, zone: string, digits: number): string =>
  `${day} ${String(hour).padStart(2, '0')}:30:00.${'0'.repeat(digits)} ${zone}`;
const texts = (day: string): readonly (readonly [string, SqlColumn, string])[] => [
  ['SQL Server, in Greenwich', MSSQL, printed(day, 15, '+00:00', 7)],
  ['SQL Server, in Beijing', MSSQL, printed(day, 23, '+08:00', 7)],
  ['Oracle, in Greenwich', ZONED, printed(day, 15, '+00:00', 6)],
  ['Oracle, in the zone of the session', LOCAL, printed(day, 23, '+08:00', 6)],
];
const next = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

test('the servers are asked for a text with its offset', () => {
  expect(MSSQL.select).toBe('CONVERT(varchar(34), ??, 121)');
  expect([ZONED.select, LOCAL.select]).toEqual(Array(2).fill("TO_CHAR(??, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')"));
});

/** First and last whole days of summer time by the tz database, Asia/Shanghai. */
const SUMMERS = [
  ['1940-06-02', '1940-10-11'],
  ['1941-03-16', '1941-10-31'],
  ['1942-02-01', '1945-08-31'],
  ['1946-05-16', '1946-09-29'],
  ['1947-04-16', '1947-10-30'],
  ['1948-05-02', '1948-09-29'],
  ['1949-05-02', '1949-05-26'],
  ['1986-05-05', '1986-09-13'],
  ['1987-04-13', '1987-09-12'],
  ['1988-04-18', '1988-09-10'],
  ['1989-04-17', '1989-09-16'],
  ['1990-04-16', '1990-09-15'],
  ['1991-04-15', '1991-09-14'],
] as const;
const PLAIN = [
  '1939-12-31',
  '1940-05-30',
  '1945-09-05',
  '1949-06-01',
  '1970-07-01',
  '1986-05-01',
  '1991-09-17',
  '1992-07-01',
];

describe('an instant becomes the day that calendars of the province showed', () => {
  test.each(
    SUMMERS.flatMap(([from, to]) =>
      [from, to].flatMap((day) => texts(day).map(([who, column, text]) => [who, text, column, next(day)] as const)),
    ),
  )('%s: %s, in summer', (_, text, column, day) => {
    expect(column.read === null ? text : column.read(text)).toBe(text);
    expect(parseDate(text)).toMatchObject({ value: day });
  });
  test.each(PLAIN.flatMap((day) => texts(day).map(([who, , text]) => [who, text, day] as const)))(
    '%s: %s',
    (_, text, day) => {
      expect(parseDate(text)).toMatchObject({ value: day });
      expect(timeOf(text)).toBe(Date.parse(`${day}T15:30:00Z`));
    },
  );
});
