import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SaxesParser } from 'saxes';
import { createCatalog } from '../../../catalog/api/server.ts';
import { localToday } from '../../../pipelines/calendar.ts';
import { entityAsOf } from '../../../pipelines/engine/reports/as-of.ts';
import { runSearches } from '../../../pipelines/engine/reports/searches.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { SERIES_DESCRIPTION } from '../../../pipelines/macroeconomic/description.ts';
import type { BaseDefinition } from '../../../pipelines/pipeline.ts';
import { FEATURE_CLASSES } from '../../../pipelines/spatial/attributes.ts';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import type { PastMoment } from '../../../schemas/base.ts';
import { toWkb } from '../../../schemas/geometry.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openScene, type Scene } from '../../pipelines/engine/scene.ts';
import { describeWithProgram } from '../../support/programs.ts';
import type { Server } from '../fixture.ts';

const run = promisify(execFile);
let places: Scene;
let figures: Scene;
let server: Server;
let address = '';

const sales = { indicator: 'retail.sales', area: '630000', frequency: 'M', accumulation: 'C', unit: 'CNY' };
const crops = { indicator: 'crops.area', area: '630102', frequency: 'A', period: '2023', unit: 'HAR', value: '12.5' };
const square = (x: number, y: number): string =>
  toWkb({
    type: 'Polygon',
    coordinates: [
      [
        [x, y],
        [x + 0.1, y],
        [x + 0.1, y + 0.1],
        [x, y + 0.1],
        [x, y],
      ],
    ],
  }).toString('base64');

const describedAs = (base: BaseDefinition, { pool }: Scene) => ({
  ...{ name: base.name, schema: base.schema, title: base.title, entityPrefix: base.entityPrefix, pool },
  ...{ attributes: base.attributes, linkSchemes: base.linkSchemes },
  rules: base.rules,
  past: (entityId: number, moment: PastMoment) => entityAsOf(pool, base, entityId, moment),
});

beforeAll(async () => {
  [places, figures] = await Promise.all([openScene(spatial), openScene(macroeconomic)]);
  await migrateHub(places.pool);
  const lakes = Array.from({ length: 7 }, (_, i) => ({
    ...{ key: `w${i}`, featureClass: 'water-body', code: `ST${i}`, name: `湖${i}`, geometry: square(95 + i, 35) },
    ...{ computedArea: '100000000.5', region: '632801' },
  }));
  const meadow = { key: 'm', featureClass: 'grassland-contract', code: 'CY1', holderName: '才让卓玛' };
  await places.take(await places.source('gis', 'environment'), [
    ...lakes,
    { ...meadow, holderNumber: '630102199003071236', geometry: square(101, 36) },
    { key: 'none', featureClass: 'water-body', code: 'ST99', name: '无图湖' },
  ]);
  const source = await figures.source('statistics', 'statistics');
  await figures.take(source, [
    ...['2024-02', '2024-03', '2024-04'].map((period, i) => ({
      key: `s${i}`,
      ...sales,
      period,
      value: `${i + 1}00.5`,
      releaseDate: '2024-05-18',
    })),
    { key: 'old', ...sales, period: '2024-03', value: '199', releaseDate: '2024-04-18' },
    { key: 'c1', ...crops, item: '青稞' },
    { key: 'c2', ...crops, item: '油菜,"籽"', value: null },
  ]);
  server = await createCatalog({
    access: null,
    hub: places.pool,
    bases: [describedAs(spatial, places), describedAs(macroeconomic, figures)],
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
    feeds: {
      featureClasses: Object.entries(FEATURE_CLASSES).map(([code, names]) => ({ code, ...names })),
      series: SERIES_DESCRIPTION,
    },
  });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server?.close();
  await places?.[Symbol.asyncDispose]();
  await figures?.[Symbol.asyncDispose]();
});

const text = async (url: string, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await server.inject({ url, headers });
  expect([url, answer.statusCode]).toEqual([url, 200]);
  return answer.body;
};
const json = async (url: string) => JSON.parse(await text(url));
const failure = async (url: string) => {
  const answer = await server.inject(url);
  return [answer.statusCode, answer.json().code];
};

describe('OGC API Features', () => {
  const items = '/feeds/spatial/collections/water-body/items';

  test('landing page, conformance and collections lead to each other', async () => {
    const landing = await json('/feeds/spatial');
    expect(landing.links.map(({ rel }: { rel: string }) => rel)).toEqual([
      'self',
      'conformance',
      'data',
      'service-desc',
    ]);
    expect((await json('/feeds/spatial/conformance')).conformsTo).toHaveLength(3);
    const { collections } = await json('/feeds/spatial/collections');
    expect(collections.map(({ id }: { id: string }) => id)).toEqual(Object.keys(FEATURE_CLASSES));
  });

  test('pages of features end, each feature once, and the next link is there while there is more', async () => {
    const seen: string[] = [];
    let url: string | undefined = `${items}?limit=3`;
    while (url !== undefined) {
      const page: { features: { id: string }[]; numberMatched: number; links: { rel: string; href: string }[] } =
        await json(url);
      expect(page.numberMatched).toBe(7);
      seen.push(...page.features.map(({ id }) => id));
      url = page.links.find(({ rel }) => rel === 'next')?.href.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(new Set(seen).size).toBe(7);
    const one = await json(`${items}/${seen[0]}`);
    expect(one).toMatchObject({
      type: 'Feature',
      id: seen[0],
      geometry: { type: 'Polygon' },
      properties: { computedArea: 100000000.5 },
    });
  });

  test('a rectangle finds what it touches', async () => {
    const found = await json(`${items}?bbox=95.95,34,97.05,36`);
    expect(found.features.map(({ properties }: { properties: { code: string } }) => properties.code)).toEqual([
      'ST1',
      'ST2',
    ]);
  });

  test('numbers and names of persons are masked', async () => {
    const body = await text('/feeds/spatial/collections/grassland-contract/items');
    expect(body).toContain('630102************');
    expect(body).not.toContain('才让卓玛');
  });

  test('a feature that contradicts others is shown as it is, and marked', async () => {
    const right = {
      key: 'k1',
      featureClass: 'mining-right',
      code: 'K1',
      mineral: '煤',
      validTo: '2030-01-01',
      geometry: square(99, 36),
    };
    const source = await places.source('gis', 'environment');
    await places.take(source, [
      right,
      { ...right, key: 'k2', code: 'K2' },
      { ...right, key: 'k3', code: 'K3', geometry: square(99.5, 36) },
    ]);
    await runSearches(places.pool, spatial, { today: '2026-06-01' });
    const { features } = await json('/feeds/spatial/collections/mining-right/items');
    expect(
      features.map(({ properties: { code, quality, findings } }: { properties: Record<string, string> }) => [
        code,
        quality,
        findings,
      ]),
    ).toEqual([
      ['K1', 'E', 'S19'],
      ['K2', 'E', 'S19'],
      ['K3', null, null],
    ]);
    const one = await json(`/feeds/spatial/collections/mining-right/items/${features[0].id}`);
    expect(one.properties).toMatchObject({ quality: 'E', findings: 'S19' });
  });

  test('a feature as it was known before it was drawn anew, and after it has gone', async () => {
    const now = async (): Promise<string> => {
      const [row] = await places.query<{ now: string }>(
        'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
      );
      return encodeURIComponent(row?.now ?? '');
    };
    const source = await places.source('gis', 'environment');
    const parcel = { key: 'p', featureClass: 'cadastral-parcel', code: '6301020010010000001' };
    await places.take(source, [{ ...parcel, geometry: square(98, 36) }]);
    const { features } = await json('/feeds/spatial/collections/cadastral-parcel/items');
    const item = `/feeds/spatial/collections/cadastral-parcel/items/${features[0].id}`;
    const first = await now();
    await places.take(source, [{ ...parcel, at: 1_700_000_000_001, geometry: square(98.5, 36) }]);
    const second = await now();
    await places.take(source, [{ ...parcel, at: 1_700_000_000_002, deleted: true }]);
    const west = async (at: string) => (await json(`${item}?asOf=${at}`)).geometry.coordinates[0][0][0];
    expect([await west(first), await west(second)]).toEqual([98, 98.5]);
    expect(await failure(item)).toEqual([404, 'HUB_CATALOG_NOT_FOUND']);
    expect(await failure(`${item}?asOf=${localToday()}`)).toEqual([404, 'HUB_CATALOG_NOT_FOUND']);
    expect(await failure(`${item}?asOf=2001-01-01`)).toEqual([404, 'HUB_CATALOG_NOT_FOUND']);
  });

  test.each([
    ['/feeds/spatial/collections/military', [404, 'HUB_CATALOG_NOT_FOUND']],
    [`${items}/S0000000018`, [404, 'HUB_CATALOG_NOT_FOUND']],
    [`${items}/nothing`, [404, 'HUB_CATALOG_NOT_FOUND']],
    [`${items}?limit=0`, [400, 'HUB_REQUEST_INVALID']],
    [`${items}?bbox=1,2,3`, [400, 'HUB_REQUEST_INVALID']],
    [`${items}?where=1`, [400, 'HUB_REQUEST_INVALID']],
  ])('%s is refused', async (url, expected) => {
    expect(await failure(url)).toEqual(expected);
  });
});

describe('SDMX', () => {
  const data = '/feeds/macroeconomic/data/MACRO';
  /** Names of the elements with their attributes; throws for what is not well-formed. */
  const elements = (body: string): { name: string; attributes: Record<string, string> }[] => {
    const found: { name: string; attributes: Record<string, string> }[] = [];
    const parser = new SaxesParser({ xmlns: true });
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ local, attributes }) => {
      const own = Object.values(attributes).map(({ local: name, value }) => [name, value]);
      found.push({ name: local, attributes: Object.fromEntries(own) });
    });
    parser.write(body).close();
    return found;
  };
  const lines = (body: string): string[] => body.trim().split('\r\n').slice(1);

  test('structures: flow, structure, codelists, each reference resolved', async () => {
    const all = elements(await text('/feeds/macroeconomic/dataflow/QHSTATS/MACRO/latest?references=all'));
    const count = (name: string): number => all.filter((one) => one.name === name).length;
    expect([
      count('Dataflow'),
      count('DataStructure'),
      count('Dimension'),
      count('TimeDimension'),
      count('Codelist'),
    ]).toEqual([1, 1, 9, 1, 10]);
    const defined = new Set(
      all
        .filter(({ name }) => ['Codelist', 'Concept', 'DataStructure'].includes(name))
        .map(({ attributes }) => attributes['id']),
    );
    const used = all
      .filter(({ name, attributes }) => name === 'Ref' && attributes['class'] !== undefined)
      .map(({ attributes }) => attributes['id']);
    expect(used.filter((id) => !defined.has(id))).toEqual([]);
    const list = elements(await text('/feeds/macroeconomic/codelist/QHSTATS/CL_FREQ/1.0'));
    expect(list.filter(({ name }) => name === 'Code').map(({ attributes }) => attributes['id'])).toEqual([
      'A',
      'S',
      'Q',
      'M',
      'W',
      'D',
    ]);
  });

  test('data as XML: series with their observations, the latest vintage', async () => {
    const found = elements(await text(`${data}/M.630000.RETAIL_SALES......`));
    expect(found.filter(({ name }) => name === 'Series')).toHaveLength(1);
    const observed = found
      .filter(({ name }) => name === 'Obs')
      .map(({ attributes }) => [attributes['TIME_PERIOD'], attributes['OBS_VALUE']]);
    expect(observed).toEqual([
      ['2024-02', '100.5'],
      ['2024-03', '200.5'],
      ['2024-04', '300.5'],
    ]);
  });

  test('data as CSV: by header or by name, wildcards and alternatives, quotes, missing values', async () => {
    const accept = { accept: 'application/vnd.sdmx.data+csv;version=1.0.0' };
    const whole = await text(`${data}/all`, accept);
    expect(whole.split('\r\n')[0]).toBe(
      'DATAFLOW,FREQ,REF_AREA,INDICATOR,ACCUM,TRANSFORM,PRICE,ADJUST,ITEM,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,RELEASE_DATE,COVERAGE,OBS_NOTE,OBS_MARK',
    );
    expect(lines(whole)).toHaveLength(5);
    const some = lines(await text(`${data}/A+M.630102+630103.CROPS_AREA+GDP......?format=csv`));
    expect(
      some.map((line) => line.split(',').slice(-7, -4)).sort((a, b) => String(b[1]).localeCompare(String(a[1]))),
    ).toEqual([
      ['2023', '12.5', 'A'],
      ['2023', '', 'O'],
    ]);
    expect(lines(await text(`${data}?format=csv&detail=serieskeysonly`))).toHaveLength(3);
  });

  test('periods of any frequency, first and last observations', async () => {
    const periods = async (query: string): Promise<string[]> =>
      lines(await text(`${data}/M........?format=csv&detail=dataonly&${query}`)).map(
        (line) => line.split(',')[10] ?? '',
      );
    expect(await periods('startPeriod=2024-03')).toEqual(['2024-03', '2024-04']);
    expect(await periods('endPeriod=2024-Q1')).toEqual(['2024-02', '2024-03']);
    expect(await periods('startPeriod=2024&endPeriod=2024-03-31')).toEqual(['2024-02', '2024-03']);
    expect(await periods('lastNObservations=1')).toEqual(['2024-04']);
    expect(await periods('firstNObservations=1')).toEqual(['2024-02']);
  });

  test('a vintage: what was known before a row was corrected', async () => {
    const source = await figures.source('statistics', 'statistics');
    const [{ now } = { now: '' }] = await figures.query<{ now: string }>(
      'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS now',
    );
    await figures.take(source, [
      { key: 's2', at: 1_700_000_000_001, ...sales, period: '2024-04', value: '999', releaseDate: '2024-06-01' },
    ]);
    const value = async (query: string) =>
      lines(await text(`${data}/M........?format=csv&detail=dataonly&startPeriod=2024-04${query}`))[0]
        ?.split(',')
        .at(-1);
    expect(await value('')).toBe('999');
    expect(await value(`&asOf=${encodeURIComponent(now)}`)).toBe('300.5');
    // A day means its end in the province: what was corrected today is part of today.
    expect(await value(`&asOf=${localToday()}`)).toBe('999');
  });

  test.each([
    [`${data}/A.630000`, [400, 'HUB_REQUEST_INVALID']],
    [`${data}/A.999999.......`, [404, 'HUB_CATALOG_NOT_FOUND']],
    [`${data}/all?startPeriod=last`, [400, 'HUB_REQUEST_INVALID']],
    [`${data}/all?asOf=yesterday`, [400, 'HUB_REQUEST_INVALID']],
    ['/feeds/macroeconomic/data/OTHER', [404, 'HUB_CATALOG_NOT_FOUND']],
    ['/feeds/macroeconomic/codelist/QHSTATS/CL_NOTHING', [404, 'HUB_CATALOG_NOT_FOUND']],
  ])('%s is refused', async (url, expected) => {
    expect(await failure(url)).toEqual(expected);
  });
});

describeWithProgram('GDAL (Debian package gdal-bin)', 'ogrinfo', ['--version'], () => {
  test('ogrinfo reads the spatial feed', async () => {
    const { stdout } = await run('ogrinfo', ['-ro', '-so', `OAPIF:${address}/feeds/spatial`, 'water-body']);
    expect(stdout).toContain('Feature Count: 7');
    expect(stdout).toContain('computedArea: Real');
    const { stdout: all } = await run('ogrinfo', [
      '-ro',
      '-q',
      '-spat',
      '95.95',
      '34',
      '97.05',
      '36',
      `OAPIF:${address}/feeds/spatial`,
      'water-body',
    ]);
    expect(all.match(/code \(String\) = ST\d/g)).toEqual(['code (String) = ST1', 'code (String) = ST2']);
  });
});

const CLIENT = `
import sys, sdmx
sdmx.add_source({"id": "QHSTATS", "name": "Qinghai", "url": sys.argv[1] + "/feeds/macroeconomic"})
client = sdmx.Client("QHSTATS")
flow = client.dataflow("MACRO", params={"references": "all"})
dsd = flow.structure["MACRO"]
print(",".join(one.id for one in dsd.dimensions.components))
print(flow.codelist["CL_FREQ"]["M"].name.localizations["zh"])
message = client.data("MACRO", key={"FREQ": "M", "INDICATOR": "RETAIL_SALES"}, dsd=dsd, params={"endPeriod": "2024-03"})
series = sdmx.to_pandas(message)
print(",".join(str(one) for one in series.tolist()))
`;

describeWithProgram('sdmx1 (pip install sdmx1)', 'python3', ['-c', 'import sdmx'], () => {
  test('reads structures and data, knowing nothing but the address', async () => {
    const { stdout } = await run('python3', ['-c', CLIENT, address]);
    expect(stdout.trim().split('\n')).toEqual([
      'FREQ,REF_AREA,INDICATOR,ACCUM,TRANSFORM,PRICE,ADJUST,ITEM,UNIT_MEASURE,TIME_PERIOD',
      '月',
      '100.5,200.5',
    ]);
  });
});

test('an old id of a feature is answered by its survivor, and says so', async () => {
  const ids = async (): Promise<string[]> =>
    (await json('/feeds/spatial/collections/water-body/items?limit=100')).features.map(({ id }: { id: string }) => id);
  const before = await ids();
  const rows = { left: 'gis/rows w5', right: 'gis/rows w6', by: '马主任', reason: '同一湖泊' };
  const { decisionId } = await places.stewardship.decide({ ...rows, kind: 'confirmed' });
  const after = await ids();
  const [gone = ''] = before.filter((id) => !after.includes(id));
  const merged = await json(`/feeds/spatial/collections/water-body/items/${gone}`);
  expect(merged).toMatchObject({ type: 'Feature', requested: gone, mergedInto: merged.id });
  expect(after).toContain(merged.id);
  await places.stewardship.withdraw(decisionId, '马主任');
  expect(await ids()).toEqual(before);
  const again = await json(`/feeds/spatial/collections/water-body/items/${gone}`);
  expect([again.id, again.mergedInto]).toEqual([gone, undefined]);
});
