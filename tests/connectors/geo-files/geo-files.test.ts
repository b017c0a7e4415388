import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { geoFiles } from '../../../connectors/geo-files/connector.ts';
import { CRS, prjDisagrees } from '../../../connectors/geo-files/crs.ts';
import type { Place } from '../../../runner/demo/departments/department.ts';
import { type Ring, writePolygons } from '../../../runner/demo/departments/shapefile-out.ts';
import { type Geometry, toEwkb } from '../../../schemas/geometry.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import type { BrokenFiles, OpenedFolder } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { dbfFile } from '../dbf/dbf-file.ts';
import { readStream, testContext, testFolder } from '../files/folder.ts';

const square = (x: number, y: number): Ring => [
  [x, y],
  [x, y + 1],
  [x + 1, y + 1],
  [x + 1, y],
  [x, y],
];
const placeOf = (folder: string): Place => ({
  folder,
  world: { persons: 1, entities: 0, seed: 1 },
  databaseUrl: '',
  log: silentLogger,
  signal: new AbortController().signal,
});
const columns = [
  { name: 'BH', type: 'C(10)', title: '' },
  { name: 'MC', type: 'C(20)', title: '' },
];
const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString('hex');

const shapeStream = { format: 'shapefile', files: '*.shp', crs: 'EPSG:4490', key: ['BH'] };
const jsonStream = { format: 'geojson', files: '*.geojson', crs: 'EPSG:4490', key: ['BH'], properties: ['BH', 'MC'] };
const open = (folder: string, stream: object, signal?: AbortSignal) =>
  geoFiles.open(
    geoFiles.config.parse({ connection: { folder, batchRows: 7, chunkBytes: 64 }, streams: { s: stream } }),
    testContext(signal),
  );

const whole = async (folder: string, stream: object): Promise<OpenedFolder> => ({
  source: await open(folder, stream),
  stream: 's',
});

const brokenShapefiles: BrokenFiles = {
  ending: '.shp',
  write: (folder, name, keys) =>
    writePolygons(
      placeOf(folder),
      name,
      columns,
      keys.map((key) => ({ ring: square(95, 35), cells: [key, '湖'] })),
    ),
  open: (folder) => whole(folder, shapeStream),
  faults: {
    'shapes cut off': (bytes) => bytes.subarray(0, 200),
    'fewer shapes than rows': (bytes) => {
      const shorter = bytes.subarray(0, 100 + (bytes.length - 100) / 3);
      shorter.writeInt32BE(shorter.length / 2, 24);
      return shorter;
    },
    'no shapefile': () => Buffer.alloc(300, 'x'),
    'fewer rows than shapes': {
      ending: '.dbf',
      edit: (bytes) => {
        const shorter = Buffer.from(bytes.subarray(0, bytes.readUInt16LE(8) + bytes.readUInt16LE(10)));
        shorter.writeUInt32LE(1, 4);
        return Buffer.concat([shorter, Buffer.from([0x1a])]);
      },
    },
    'its table is cut off': { ending: '.dbf', edit: (bytes) => bytes.subarray(0, -20) },
    'its table is missing': { ending: '.dbf', edit: () => null },
    'its table is another format': { ending: '.dbf', edit: () => Buffer.from('BH,MC\n') },
    'coordinates of another system': { ending: '.prj', edit: () => Buffer.from('PROJCS["x",GEOGCS["CGCS2000"]]') },
  },
};

sourceContract(
  'geo-files, shapefile',
  async () => {
    const folder = await testFolder();
    await folder.write('none/x', '');
    const expected = [];
    for (const file of [1, 2]) {
      const rows = Array.from({ length: 22 }, (_, i) => ({
        ring: square(95 + i / 10, 35),
        cells: [`${file}-${i}`, `湖${i}`],
      }));
      await writePolygons(placeOf(folder.path), `a${file}`, columns, rows);
      for (const { ring, cells } of rows) {
        // Outer rings are clockwise in a shapefile and counter-clockwise in WKB.
        const turned = [...ring].reverse();
        const GEOM = Uint8Array.from(toEwkb({ type: 'MultiPolygon', coordinates: [[turned]] }, 4490));
        expected.push({
          key: cells[0] as string,
          value: { BH: cells[0] as string, MC: cells[1] as string, GEOM: Buffer.from(GEOM) },
        });
      }
    }
    await folder.write('bad/x', '');
    const [a, b] = square(95, 35);
    await writePolygons(placeOf(`${folder.path}/bad`), 'a', columns, [
      { ring: square(95, 35), cells: ['1', '__proto__'] },
      { ring: square(950, 35), cells: ['2', 'far'] },
      { ring: [a, b] as Ring, cells: ['3', 'no ring'] },
      { ring: square(95, 35), cells: [null, 'no key'] },
      { ring: [], cells: ['5', 'empty'] },
      { ring: square(96, 35), cells: ["6';--", 'x'] },
    ]);
    return {
      ...{ stream: 's', expected },
      openHostile: async (signal) => ({
        ...{ source: await open(`${folder.path}/bad`, shapeStream, signal), stream: 's' },
        ...{ good: ['1', "6';--"], rejects: 4 },
      }),
      open: (signal) => open(folder.path, shapeStream, signal),
      openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, shapeStream, signal), stream: 's' }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
  { brokenFiles: brokenShapefiles },
);

const feature = (bh: unknown, geometry: unknown, more = ''): string =>
  `{"type":"Feature",${more}"properties":{"BH":${JSON.stringify(bh)},"MC":"甲{[\\"","x":{"y":[1]}},"geometry":${JSON.stringify(geometry)}}`;
const collection = (...features: readonly string[]): string =>
  `{"name":"features","crs":{"a":[1,2]},"features" : [${features.join(' , ')}],"after":[]}`;

const brokenGeoJson: BrokenFiles = {
  ending: '.geojson',
  write: (folder, name, keys) =>
    writeFile(
      join(folder, `${name}.geojson`),
      collection(...keys.map((key) => feature(key, { type: 'Point', coordinates: [96, 35] }))),
    ),
  open: (folder) => whole(folder, jsonStream),
  faults: {
    'cut in a feature': (bytes) => bytes.subarray(0, -80),
    'no features': () => Buffer.from('{"type":"FeatureCollection"}'),
    'a single geometry': () => Buffer.from('{"type":"Point","coordinates":[1,2]}'),
    'no JSON': () => Buffer.from('BH,MC\n1,2\n'),
    'UTF-16': (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le'),
  },
};

sourceContract(
  'geo-files, geojson',
  async () => {
    const folder = await testFolder();
    await folder.write('none/x', '');
    const expected = [];
    for (const file of [1, 2]) {
      const ids = Array.from({ length: 20 }, (_, i) => `${file}-${i}`);
      await folder.write(
        `${file}.geojson`,
        collection(...ids.map((id, i) => feature(id, { type: 'Point', coordinates: [96 + i / 10, 35.5, 3000] }))),
      );
      for (const [i, BH] of ids.entries())
        expected.push({
          key: BH,
          value: { BH, MC: '甲{["', GEOM: toEwkb({ type: 'Point', coordinates: [96 + i / 10, 35.5] }, 4490) },
        });
    }
    const point = { type: 'Point', coordinates: [96, 35] };
    const bad = [
      feature('1', point, '"__proto__":{"polluted":1},'),
      feature('2', { type: 'Point', coordinates: [96, 135] }),
      feature('3', { type: 'Polygon', coordinates: [[[1, 1]]] }),
      feature(null, point),
      feature('5', { type: 'Nothing' }),
      feature('6', point).replace('96,', '1e999,'),
      '{"type":"Other"}',
      feature('8', null),
    ];
    await folder.write('bad/a.geojson', `${collection(...bad).slice(0, -30)}`);
    return {
      ...{ stream: 's', expected },
      openHostile: async (signal) => ({
        ...{ source: await open(`${folder.path}/bad`, jsonStream, signal), stream: 's' },
        ...{ good: ['1'], rejects: 7 },
      }),
      open: (signal) => open(folder.path, jsonStream, signal),
      openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, jsonStream, signal), stream: 's' }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
  { brokenFiles: brokenGeoJson },
);

describe('GeoJSON', () => {
  const read = async (text: string | Uint8Array, more: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.geojson', text);
    await using source = await open(folder.path, { ...jsonStream, ...more });
    return await readStream(source, 's');
  };

  test('numbers inside of a property that is an object keep their digits', async () => {
    const text = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"BH":"1","MC":{"n": 0.10,"b":[123456789012345678]}},"geometry":null}]}`;
    const { records } = await read(text);
    expect(records[0]?.value?.['MC']).toBe('{"n":0.10,"b":[123456789012345678]}');
  });

  test.each([
    ['another order of axes', { type: 'Point', coordinates: [36, 101] }, 'longitude'],
    [
      'an open ring',
      {
        type: 'Polygon',
        coordinates: [
          [
            [95, 35],
            [95, 36],
            [96, 36],
            [96, 35],
          ],
        ],
      },
      'not closed',
    ],
    [
      'a ring of three',
      {
        type: 'Polygon',
        coordinates: [
          [
            [95, 35],
            [95, 36],
            [95, 35],
          ],
        ],
      },
      '3 points',
    ],
    ['a line of one point', { type: 'LineString', coordinates: [[95, 35]] }, 'one point'],
    ['a collection', { type: 'GeometryCollection', geometries: [] }, 'RFC 7946'],
    ['text for numbers that are none', { type: 'Point', coordinates: ['a', 'b'] }, 'no number'],
    ['a depth too many', { type: 'Point', coordinates: [[95, 35]] }, 'RFC 7946'],
    ['nothing', { type: 'MultiPoint', coordinates: [] }, 'empty'],
  ])('%s is a reject, the next feature is read', async (_, geometry, why) => {
    const { records, rejects } = await read(collection(feature('1', geometry), feature('2', null)));
    expect(records.map(({ key, value }) => [key, value?.['GEOM']])).toEqual([['2', null]]);
    expect(rejects[0]?.message).toContain(why);
  });

  test('NaN, a feature that is too large, names that mean something, the id of the feature', async () => {
    const nan = feature('1', null).replace('"geometry":null', '"geometry":{"type":"Point","coordinates":[NaN,1]}');
    const large = feature('2', {
      type: 'MultiPoint',
      coordinates: Array.from({ length: 99 }, () => [95.123456, 35.123456]),
    });
    const odd = feature('3', null, '"__proto__":{"BH":"x"},"id":7,');
    const { records, rejects } = await read(collection(nan, large, odd), {
      maxFeatureBytes: 600,
      properties: ['BH', 'MC', 'id'],
    });
    expect(records.map(({ key, value }) => [key, value?.['id']])).toEqual([['3', '7']]);
    expect(rejects.length).toBe(2);
  });

  test.each([
    ['half a file', collection(feature('1', null), feature('2', null)).slice(0, -30)],
    ['no features', '{"type":"FeatureCollection"}'],
    ['a single geometry', '{"type":"Point","coordinates":[1,2]}'],
  ])('%s is reported', async (_, text) => {
    expect(await read(text)).toMatchObject({
      error: null,
      rejects: [{ code: 'HUB_FILE_UNREADABLE', message: expect.stringContaining('HUB_FILE_TRUNCATED') }],
    });
  });
});

describe('shapefiles', () => {
  const read = async (change: (path: (ending: string) => string) => Promise<void>, more: object = {}) => {
    await using folder = await testFolder();
    await writePolygons(
      placeOf(folder.path),
      'a',
      columns,
      [1, 2, 3].map((i) => ({ ring: square(95, 35), cells: [String(i), '青海湖'] })),
    );
    await change((ending) => join(folder.path, `a${ending}`));
    await using source = await open(folder.path, { ...shapeStream, ...more });
    return await readStream(source, 's');
  };
  const patch =
    (ending: string, edit: (bytes: Buffer) => Buffer | undefined) => async (path: (ending: string) => string) => {
      const bytes = await readFile(path(ending));
      await writeFile(path(ending), edit(bytes) ?? bytes);
    };

  test.each([
    ['cut off', patch('.shp', (bytes) => bytes.subarray(0, 200)), 'HUB_FILE_TRUNCATED'],
    [
      'no shapefile',
      async (path: (e: string) => string) => writeFile(path('.shp'), 'x'.repeat(300)),
      'HUB_FILE_FORMAT',
    ],
    ['no table beside it', async (path: (e: string) => string) => writeFile(path('.dbf'), ''), 'HUB_FILE_TRUNCATED'],
    [
      'a .prj of another datum',
      async (path: (e: string) => string) => writeFile(path('.prj'), 'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980"]]'),
      'HUB_FILE_CONTRADICTION',
    ],
    [
      'a .prj that is projected',
      async (path: (e: string) => string) => writeFile(path('.prj'), 'PROJCS["x",GEOGCS["CGCS2000"]]'),
      'HUB_FILE_CONTRADICTION',
    ],
    [
      'a .cpg of an encoding that is not read',
      async (path: (e: string) => string) => writeFile(path('.cpg'), 'OEM 437'),
      'HUB_FILE_CONTRADICTION',
    ],
  ])('%s is refused', async (_, change, code) => {
    expect((await read(change)).error).toMatchObject({ code });
  });

  test('a record that claims gigabytes breaks its file, and no memory is taken for it', async () => {
    expect(await read(patch('.shp', (bytes) => void bytes.writeInt32BE(0x3fff_ffff, 104)))).toMatchObject({
      ...{ records: [], error: null },
      rejects: [{ code: 'HUB_FILE_UNREADABLE', message: expect.stringContaining('HUB_FILE_TRUNCATED') }],
    });
  });

  test('points that are no numbers, parts that lead out of the record: rejects, the others are read', async () => {
    const nan = await read(patch('.shp', (bytes) => void bytes.writeDoubleLE(Number.NaN, 108 + 48)));
    expect([nan.records.length, nan.rejects.length]).toEqual([2, 1]);
    const parts = await read(patch('.shp', (bytes) => void bytes.writeInt32LE(9_999, 108 + 40)));
    expect(parts.rejects[0]?.message).toContain('do not fit');
    const nothing = await read(patch('.shp', (bytes) => void bytes.writeInt32LE(0, 108)));
    expect(nothing.records.map(({ value }) => value?.['GEOM'] === null)).toEqual([true, false, false]);
  });
});

test('EWKB is that of PostGIS', () => {
  const ewkb = (geometry: Geometry): string => hex(toEwkb(geometry, 4490));
  expect(ewkb({ type: 'Point', coordinates: [1, 2] })).toBe('01010000208a110000000000000000f03f0000000000000040');
  expect(
    ewkb({
      type: 'LineString',
      coordinates: [
        [0, 0],
        [1, 1],
      ],
    }),
  ).toBe(`01020000208a11000002000000${'00'.repeat(16)}000000000000f03f000000000000f03f`);
  expect(ewkb({ type: 'MultiPoint', coordinates: [[0, 0]] })).toBe(
    `01040000208a110000010000000101000000${'00'.repeat(16)}`,
  );
});

test('coordinate systems and their .prj', () => {
  expect([
    CRS['EPSG:4513']?.centralMeridian,
    CRS['EPSG:4513']?.falseEasting,
    CRS['EPSG:4543']?.centralMeridian,
    CRS['EPSG:4543']?.falseEasting,
  ]).toEqual([75, 25_500_000, 102, 500_000]);
  expect(
    ['EPSG:4491', 'EPSG:4502', 'EPSG:4512'].map((name) => [CRS[name]?.centralMeridian, CRS[name]?.falseEasting]),
  ).toEqual([
    [75, 13_500_000],
    [75, 500_000],
    [135, 500_000],
  ]);
  const wkt =
    'PROJCS["CGCS2000_3_Degree_GK_CM_102E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000"]],PARAMETER["False_Easting",500000.0],PARAMETER["Central_Meridian",102.0]]';
  const wrong = ['EPSG:4543', 'EPSG:4522', 'EPSG:4542', 'EPSG:4490'].map((name) =>
    prjDisagrees(wkt, CRS[name] as never),
  );
  expect(wrong).toEqual([null, 'its false easting is 500000', 'its central meridian is 102', 'it is projected']);
  expect(CRS['EPSG:3857']).toBeUndefined();
});

describe('what contradicts itself in GeoJSON', () => {
  const read = async (text: string, more: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.geojson', text);
    await using source = await open(folder.path, { ...jsonStream, ...more });
    return await readStream(source, 's');
  };
  const point = '{"type":"Point","coordinates":[101,36]}';
  const feature = (properties: string, geometry = point): string =>
    `{"type":"Feature","properties":${properties},"geometry":${geometry}}`;
  const collection = (features: readonly string[], front = '', back = ''): string =>
    `{"type":"FeatureCollection",${front}"features":[${features.join(',')}]${back}}`;
  const good = feature('{"BH":"1","MC":"a"}');
  const crs = (name: string): string => `"crs":{"type":"name","properties":{"name":"${name}"}}`;

  test('a crs that is another one than declared refuses the file, in front and behind', async () => {
    const xian = crs('urn:ogc:def:crs:EPSG::4610');
    for (const text of [collection([good], `${xian},`), collection([good], '', `,${xian}`)])
      expect((await read(text)).error).toMatchObject({
        ...{ code: 'HUB_FILE_CONTRADICTION', message: expect.stringMatching(/says urn.*4610.*says EPSG:4490/) },
      });
    for (const name of ['urn:ogc:def:crs:EPSG::4490', 'EPSG:4490'])
      expect((await read(collection([good], `${crs(name)},`))).records).toHaveLength(1);
    const wgs = collection([good], `${crs('urn:ogc:def:crs:OGC:1.3:CRS84')},`);
    expect((await read(wgs)).error?.code).toBe('HUB_FILE_CONTRADICTION');
    for (const declared of ['EPSG:4326', 'gcj02']) expect((await read(wgs, { crs: declared })).records).toHaveLength(1);
  });

  test('coordinates as texts and a member that comes twice are rejected', async () => {
    const result = await read(
      collection([
        feature('{"BH":1,"MC":"a"}', '{"type":"Point","coordinates":["101","36"]}'),
        feature('{"BH":"2","MC":"a","MC":"b"}'),
        feature('{"BH":"3","MC":":not a member"}'),
        feature('{"BH":"4","MC":"a"},"properties":{"BH":"5","MC":"b"}'),
        feature('{"BH":"6","MC":"a","MC":"a"}'),
      ]),
    );
    expect(result.records.map(({ key }) => key)).toEqual(['3', '6']);
    expect(result.rejects.map(({ origin, message }) => [origin, message.includes('twice')])).toEqual([
      ['a.geojson#1', false],
      ['a.geojson#2', true],
      ['a.geojson#4', true],
    ]);
  });

  test('a property that no feature has is a missing column', async () => {
    const { error } = await read(collection([good, good]), { properties: ['BH', 'mc', 'XX'] });
    expect(error).toMatchObject({ code: 'HUB_FILE_HEADER', details: { missing: ['mc', 'XX'] } });
    expect(error?.message).toContain('mc (did you mean "MC"?)');
    // One that only the last feature has is there.
    const rare = await read(collection([good, feature('{"BH":"2","RARE":"x"}')]), { properties: ['BH', 'RARE'] });
    expect(rare.records.map(({ value }) => value?.['RARE'])).toEqual([null, 'x']);
  });
});

describe('the table of a shapefile', () => {
  const fields = [
    { name: 'BH', type: 'C', length: 4 },
    { name: 'MC', type: 'C', length: 12 },
    { name: 'MJ', type: 'N', length: 8 },
  ];
  const read = async (rows: readonly (readonly (string | Uint8Array)[])[], more: object = {}, cpg?: string) => {
    await using folder = await testFolder();
    await writePolygons(
      placeOf(folder.path),
      'a',
      columns,
      rows.map(() => ({ ring: square(95, 35), cells: ['x', 'x'] })),
    );
    await writeFile(join(folder.path, 'a.dbf'), dbfFile({ fields, rows: rows.map((cells) => ({ cells })) }));
    if (cpg === undefined) await rm(join(folder.path, 'a.cpg'), { force: true });
    else await writeFile(join(folder.path, 'a.cpg'), cpg);
    await using source = await open(folder.path, { ...shapeStream, ...more });
    return await readStream(source, 's');
  };

  test('a number of asterisks is null, as GDAL writes none', async () => {
    const { records, rejects } = await read([
      ['1', 'a', '********'],
      ['2', 'b', '12'],
    ]);
    expect(rejects).toEqual([]);
    expect(records.map(({ value }) => value?.['MJ'])).toEqual([null, '12']);
  });

  test('a rejected row keeps the bytes of its record', async () => {
    const { records, rejects } = await read([
      ['1', 'a\0b', '1'],
      ['2', 'b', '12'],
    ]);
    expect(records.map(({ key }) => key)).toEqual(['2']);
    expect(rejects).toMatchObject([
      { code: 'HUB_FILE_RECORD', origin: 'a.shp#1', message: expect.stringContaining('NUL') },
    ]);
    expect(Buffer.from(rejects[0]?.raw ?? []).toString('latin1')).toBe(' 1   a\0b                1');
  });

  test('its .cpg wins over the default, and a statement that differs is refused', async () => {
    const name = Buffer.from('Ürümqi');
    expect((await read([['1', name, '1']], {}, 'UTF-8')).records[0]?.value?.['MC']).toBe('Ürümqi');
    expect((await read([['1', name, '1']], { encoding: 'gbk' }, 'UTF-8')).error?.code).toBe('HUB_FILE_CONTRADICTION');
  });
});
