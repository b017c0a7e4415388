import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCatalog } from '../../../catalog/api/server.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { SERIES_DESCRIPTION } from '../../../pipelines/macroeconomic/description.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openScene, type Row, type Scene } from '../../pipelines/engine/scene.ts';
import { describeWithProgram } from '../../support/programs.ts';
import type { Server } from '../fixture.ts';

const run = promisify(execFile);
let figures: Scene;
let server: Server;
let address = '';
/** Before anything was revised. */
let before = '';

const sales = { indicator: 'retail.sales', area: '630000', frequency: 'M', accumulation: 'C', unit: 'CNY' };
const monthly = (period: string, value: string, released: string): Row => ({
  ...{ key: `${period} ${released}`, ...sales, period, value, releaseDate: released },
});
const yearly = (area: string, year: string, value: string | null, more: object = {}): Row => ({
  ...{ key: `${area} ${year}`, indicator: 'budget.revenue', area, frequency: 'A', accumulation: 'S', unit: 'CNY' },
  ...{ period: year, value, releaseDate: '2024-05-01', ...more },
});
const XINING = ['630102', '630103', '630104', '630105', '630121'];
const HAIDONG = ['630202', '630203', '630222', '630223', '630224', '630225'];
const MOVED = ['630106', '630123'];

beforeAll(async () => {
  figures = await openScene(macroeconomic);
  await migrateHub(figures.pool);
  const source = await figures.source('statistics', 'statistics');
  await figures.take(source, [
    ...['2023-02', '2023-03'].map((period, i) => monthly(period, `${(i + 1) * 100}`, `2023-0${i + 3}-18`)),
    ...['2024-02', '2024-03', '2024-04'].map((period, i) => monthly(period, `${(i + 1) * 110}`, `2024-0${i + 3}-18`)),
    { ...monthly('2024-03', '8.1', '2024-04-18'), key: 'g', transformation: 'G1Y', unit: 'PT' },
    // A year before and after the move of two counties, and one in which a county is suppressed.
    ...[...XINING, ...HAIDONG, ...MOVED].flatMap((area) => [
      yearly(area, '1998', '10'),
      yearly(area, '2020', '20'),
      yearly(area, '2021', '30', area === '630121' ? { units: 2 } : {}),
    ]),
    // As the engine would leave a record that M30 speaks of.
    {
      ...yearly('632221', '2021', '987654', { units: 1 }),
      issues: JSON.stringify([{ rule: 'M30', severity: 'E', attribute: 'value', message: 'of 1 units' }]),
    },
    yearly('630100', '1998', '77'),
    yearly('630100', '2020', '141'),
  ]);
  const [{ now } = { now: '' }] = await figures.query<{ now: string }>(
    'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
  );
  before = encodeURIComponent(now);
  await figures.take(source, [monthly('2024-02', '121', '2025-03-01'), monthly('2024-03', '231', '2025-03-01')]);
  server = await createCatalog({
    access: null,
    hub: figures.pool,
    bases: [
      {
        ...{
          name: 'macroeconomic',
          schema: 'macro',
          title: macroeconomic.title,
          entityPrefix: 'M',
          pool: figures.pool,
        },
        ...{ attributes: macroeconomic.attributes, linkSchemes: ['cell'], rules: macroeconomic.rules },
      },
    ],
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
    feeds: { featureClasses: [], series: SERIES_DESCRIPTION },
  });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server?.close();
  await figures?.[Symbol.asyncDispose]();
});

/** The wanted columns of a CSV answer, with blanks between. */
async function read(path: string, columns: readonly string[]): Promise<readonly string[]> {
  const url = `/feeds/macroeconomic/data/${path}${path.includes('?') ? '&' : '?'}format=csv`;
  const answer = await server.inject(url);
  expect([url, answer.statusCode]).toEqual([url, 200]);
  const [head = '', ...lines] = answer.body.trim().split('\r\n');
  const names = head.split(',');
  return lines.map((line) => columns.map((name) => line.split(',')[names.indexOf(name)]).join(' '));
}
const failure = async (path: string) => {
  const answer = await server.inject(`/feeds/macroeconomic/data/${path}`);
  return [answer.statusCode, answer.json().code];
};

describe('what is computed', () => {
  const DERIVED = ['TIME_PERIOD', 'OBS_VALUE', 'OBS_STATUS', 'REASON', 'PUBLISHED_VALUE'];
  const key = (how: string): string => `MACRO_DERIVED/M.630000.RETAIL_SALES.......${how}`;

  test('single months with the reason where there is none', async () => {
    expect(await read(key('SINGLE'), DERIVED)).toEqual([
      '2023-02  O JANUARY ',
      '2023-03 100 E  ',
      '2024-02  O JANUARY ',
      '2024-03 110 E  ',
      // March was revised after April was released.
      '2024-04  O VINTAGE ',
    ]);
  });
  test('as it would have been computed on an earlier day', async () => {
    expect((await read(`${key('SINGLE')}?asOf=${before}`, DERIVED)).at(-1)).toBe('2024-04 110 E  ');
  });
  test('growth beside what was published, the implied base beside the published one', async () => {
    expect(
      await read(`MACRO_DERIVED/M.630000.RETAIL_SALES.C......YOY?startPeriod=2024-03&endPeriod=2024-Q1`, DERIVED),
    ).toEqual(['2024-03 15.5 E  8.1']);
    expect(await read(key('BASE'), DERIVED)).toEqual(['2023-03 213.691 E  200']);
  });
  test('what was said first, and the mean revision', async () => {
    expect(
      await read('MACRO_DERIVED/M.630000.RETAIL_SALES.C.N.....FIRST?startPeriod=2024-02&endPeriod=2024-03', DERIVED),
    ).toEqual(['2024-02 110 E  121', '2024-03 220 E  231']);
    expect(await read(`MACRO_DERIVED/M.630000.RETAIL_SALES.C.N.....REVISION?lastNObservations=1`, DERIVED)).toEqual([
      '2024-04 3 E  ',
    ]);
  });
  test('the calendar is there for whoever adjusts', async () => {
    const days = await read('MACRO_DERIVED/..CALENDAR_DAYS.......?startPeriod=2024-02&endPeriod=2024-02', DERIVED);
    expect(days).toEqual(['2024-02 29 E  ']);
    const all = await read(
      'MACRO_DERIVED/..CALENDAR_FESTIVAL.......CALENDAR?startPeriod=2024&endPeriod=2024-03',
      DERIVED,
    );
    expect(all.map((line) => line.split(' ')[1])).toEqual(['0', '96.15', '3.85']);
  });
  test('a suppressed figure is not told by what is computed of it', async () => {
    expect(await read('MACRO_DERIVED/A.630121........YOY?startPeriod=2021', DERIVED)).toEqual([
      '2021  C CONFIDENTIAL ',
    ]);
    expect((await read('MACRO_DERIVED/A.630121........FIRST', DERIVED)).length).toBe(2);
  });
  test('keys of series, in XML too', async () => {
    const answer = await server.inject('/feeds/macroeconomic/data/MACRO_DERIVED/all?detail=serieskeysonly');
    expect(answer.body).toContain('DERIVATION="SINGLE"');
    expect(answer.body).not.toContain('<Obs');
  });
});

describe('confidential cells (M30)', () => {
  test('leave the base without their value, and stay in it', async () => {
    expect(await read('MACRO/A.630121.BUDGET_REVENUE......?startPeriod=2021', ['OBS_VALUE', 'OBS_STATUS'])).toEqual([
      ' C',
    ]);
    const asOf = `MACRO/A.630121.BUDGET_REVENUE......?startPeriod=2021&asOf=${before}`;
    expect(await read(asOf, ['OBS_VALUE', 'OBS_STATUS'])).toEqual([' C']);
    expect(await figures.query('SELECT value::text FROM macro.observation WHERE units = 2')).toEqual([{ value: '30' }]);
  });
  test('are told by no page of the entity either', async () => {
    const [{ id } = { id: 0 }] = await figures.query<{ id: number }>(
      "SELECT entity_id::int AS id FROM macro.source_record WHERE source_key = '632221 2021'",
    );
    for (const path of ['', '/why']) {
      const { statusCode, body } = await server.inject(
        `/api/bases/macroeconomic/entities/${formatEntityId('M', id)}${path}`,
      );
      expect([path, statusCode, body.includes('987654')]).toEqual([path, 200, false]);
    }
  });
});

describe('history', () => {
  const march = 'MACRO/M.630000.RETAIL_SALES.C.N....?startPeriod=2024-03&endPeriod=2024-03&includeHistory=true';
  test('every vintage of an observation', async () => {
    expect(await read(march, ['RELEASE_DATE', 'OBS_VALUE'])).toEqual(['2024-04-18 220', '2025-03-01 231']);
    expect(await read(`${march}&asOf=${before}`, ['OBS_VALUE'])).toEqual(['220']);
  });
  test('a data set for each day of release in XML', async () => {
    const { body } = await server.inject(`/feeds/macroeconomic/data/${march}`);
    expect(body.match(/validFromDate="[^"]*"/g)).toEqual(['validFromDate="2024-04-18"', 'validFromDate="2025-03-01"']);
    expect(body.match(/<\/mes:DataSet>/g)).toHaveLength(2);
  });
});

describe('boundaries', () => {
  const budget = (area: string, query: string) =>
    read(`MACRO/A.${area}.BUDGET_REVENUE......?${query}`, ['REF_AREA', 'TIME_PERIOD', 'OBS_VALUE', 'OBS_STATUS']);

  test('without them only what was published', async () => {
    expect(await budget('630100+630200', '')).toEqual(['630100 1998 77 A', '630100 2020 141 A']);
  });
  test('of the period: 海东 had 湟中 and 湟源 in 1998; published figures stay', async () => {
    expect(await budget('630100+630200', 'boundaries=published')).toEqual([
      '630100 1998 77 A',
      '630100 2020 141 A',
      '630100 2021  O',
      '630200 1998 80 E',
      '630200 2020 120 E',
      '630200 2021 180 E',
    ]);
  });
  test('of today: 西宁 has them in 1998 too, so that what was published then does not stand', async () => {
    expect(await budget('630100+630200', 'boundaries=constant')).toEqual([
      '630100 1998 70 E',
      '630100 2020 141 A',
      '630100 2021  O',
      '630200 1998 60 E',
      '630200 2020 120 E',
      '630200 2021 180 E',
    ]);
  });
  test('a sum says of how many counties it is, and which are not enough', async () => {
    const notes = await read('MACRO/A.630200+630100.BUDGET_REVENUE......?boundaries=constant&startPeriod=2021', [
      'OBS_NOTE',
    ]);
    expect(notes).toEqual(['"县级数不全 6/7 counties only', '"由6个县级数汇总 sum of 6 counties']);
  });
});

test.each([
  ['MACRO_DERIVED/all?boundaries=constant', [400, 'HUB_REQUEST_INVALID']],
  ['MACRO_DERIVED/all?includeHistory=true', [400, 'HUB_REQUEST_INVALID']],
  ['MACRO/all?includeHistory=true&boundaries=published', [400, 'HUB_REQUEST_INVALID']],
  ['MACRO/all?boundaries=2020', [400, 'HUB_REQUEST_INVALID']],
  ['MACRO_DERIVED/M.630000', [400, 'HUB_REQUEST_INVALID']],
  ['MACRO_DERIVED/A.999999........', [404, 'HUB_CATALOG_NOT_FOUND']],
])('%s is refused', async (path, expected) => {
  expect(await failure(path)).toEqual(expected);
});

const CLIENT = `
import sys, sdmx
sdmx.add_source({"id": "QHSTATS", "name": "Qinghai", "url": sys.argv[1] + "/feeds/macroeconomic"})
client = sdmx.Client("QHSTATS")
flow = client.dataflow("MACRO_DERIVED", params={"references": "all"})
dsd = flow.structure["MACRO_DERIVED"]
print(",".join(one.id for one in dsd.dimensions.components))
print(flow.codelist["CL_REASON"]["JANUARY"].name.localizations["zh"])
message = client.data("MACRO_DERIVED", key={"INDICATOR": "RETAIL_SALES", "DERIVATION": "SINGLE"}, dsd=dsd)
print(",".join(str(one) for one in sdmx.to_pandas(message).tolist()))
flow = client.dataflow("MACRO", params={"references": "all"})
message = client.data("MACRO", key={"FREQ": "M", "INDICATOR": "RETAIL_SALES", "TRANSFORM": "N"}, dsd=flow.structure["MACRO"], params={"includeHistory": True, "startPeriod": "2024-03", "endPeriod": "2024-03"})
print(len(message.data), ",".join(str(sdmx.to_pandas(one).tolist()) for one in message.data))
print(",".join(sorted(one.id for one in client.dataflow().dataflow.values())))
`;

describeWithProgram('sdmx1 (pip install sdmx1)', 'python3', ['-c', 'import sdmx'], () => {
  test('reads both flows and all vintages, knowing nothing but the address', async () => {
    const { stdout } = await run('python3', ['-c', CLIENT, address]);
    expect(stdout.trim().split('\n')).toEqual([
      'FREQ,REF_AREA,INDICATOR,ACCUM,TRANSFORM,PRICE,ADJUST,ITEM,UNIT_MEASURE,DERIVATION,TIME_PERIOD',
      '一月与二月合并公布',
      'nan,100.0,nan,110.0,nan',
      '2 [220.0],[231.0]',
      'MACRO,MACRO_DERIVED',
    ]);
  });
});
