import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../support/postgres.ts';
import { hub } from './program.ts';

/* A table of statistics whose mapping is not right yet: what will not be published is said at check, preview and run. */

const QUARTERS = Array.from({ length: 12 }, (_, i) => `${1959 + Math.floor(i / 4)},${1 + (i % 4)},${2710 + i}.3`);
const SYSTEM = `system: macro-data
title: { zh: 宏观数据, en: Macro data }
owner: { name: 某省统计局, uscc: '116300000150010146' }
authority: statistics
connector: csv
connection: { folder: '\${TABLE_FOLDER}' }
streams:
  gdp:
    title: 季度生产总值
    source: { files: '*.csv', key: [year, quarter], encoding: utf-8 }
    base: macroeconomic
    mapping:
      indicator: { is: 地区生产总值 }
      area: { is: 青海省 }
      period: { from: [year, quarter], as: PERIOD }
      value: { from: gdp, as: value(亿元) }
`;
const with_ = (period: string, from = '地区生产总值'): string =>
  SYSTEM.replace('PERIOD', period).replace('indicator: { is: 地区生产总值 }', `indicator: { is: ${from} }`);

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let env: Record<string, string>;
const run = (...args: string[]) => hub(args, env, folder);
const write = (text: string): void => writeFileSync(join(folder, 'macro.yaml'), text);

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-macro-'));
  writeFileSync(join(folder, 'macro.csv'), `${['year,quarter,gdp', ...QUARTERS].join('\n')}\n`);
  env = { DATABASE_URL: database.url, TABLE_FOLDER: folder, HUB_LOG_LEVEL: 'error' };
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

test('a year beside a number is refused until its frequency is named, and then it is what was meant', async () => {
  write(with_('period'));
  const check = await run('check', 'macro.yaml');
  expect(check).toMatchObject({ code: 3, stderr: '' });
  expect(check.stdout).toContain('! gdp: 12 of 12 records will not be published: no period "1959 1" (1)');
  expect(check.stdout).toContain('see the lines marked !');
  const preview = await run('preview', 'macro.yaml', '-n', '1');
  expect(preview.stdout).toContain('may be a half-year (S), a quarter (Q), a month (M), a week (W)');
  expect(preview.stdout).toContain('12 of 12 records will not be published');

  write(with_('period(M)'));
  const months = await run('check', 'macro.yaml');
  expect(months.stdout).toContain('no month after 4 in 3 years: if the numbers are quarters, write period(Q)');

  write(with_('period(Q)'));
  expect(await run('check', 'macro.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Nothing to mend'),
  });
  expect(await run('migrate')).toMatchObject({ code: 0 });
  expect(await run('apply', '-f', 'macro.yaml')).toMatchObject({ code: 0 });
  expect(await run('run', 'macro-data')).toMatchObject({ code: 0, stderr: '' });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT s.indicator, s.area, s.frequency, o.period, o.value::text AS value
     FROM macro.feed_latest o JOIN macro.feed_series s USING (series_id) ORDER BY o.period`,
  );
  await client.end();
  expect(rows).toHaveLength(12);
  expect(rows[1]).toEqual({
    indicator: 'gdp',
    area: '630000',
    frequency: 'Q',
    period: '1959-Q2',
    value: '271130000000',
  });
});

test('an indicator that nobody knows is refused with the file, or told at the end of the run', async () => {
  write(with_('period(Q)', '国民幸福指数'));
  const refused = await run('apply', '-f', 'macro.yaml');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/HUB_MAPPING_INVALID.*is: 国民幸福指数.*none of the \d+ indicators/s);

  write(with_('period(Q)', 'gnp, as: text'));
  expect(await run('apply', '-f', 'macro.yaml')).toMatchObject({ code: 0 });
  writeFileSync(join(folder, 'later.csv'), 'year,quarter,gdp\n1962,1,3000\n');
  expect(await run('run', 'macro-data')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(
      '! macro-data/gdp: 1 of 13 records will not be published: no indicator that the hub knows "gnp" (1)',
    ),
  });
});
