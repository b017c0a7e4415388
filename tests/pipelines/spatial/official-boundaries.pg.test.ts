import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { explainEntity } from '../../../catalog/entities/why.ts';
import { loadConversions } from '../../../pipelines/conversions.ts';
import { compileMapping } from '../../../pipelines/mapping.ts';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import { openSource } from '../../../runner/control/systems.ts';
import { administrativeUnits } from '../../../runner/demo/departments/administrative-units.ts';
import { writePolygons } from '../../../runner/demo/departments/shapefile-out.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { type SystemFile, systemFile } from '../../../schemas/system.ts';
import { openScene, type Row, type Scene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';

/* The files that a province delivers, read by the connector and the mapping that the documentation names. */

const load = (path: string): SystemFile =>
  systemFile.parse(parse(readFileSync(projectPath('connectors/systems', path), 'utf8')));
const CARTOGRAM = load('administrative-units.yaml');
const OFFICIAL = load('optional/official-boundaries.yaml');
const context = { signal: new AbortController().signal, log: silentLogger, now: () => new Date() };
const folders: string[] = [];
const folderOf = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `hub-${name}-`));
  folders.push(folder);
  return folder;
};

let scene: Scene;
beforeAll(async () => {
  await loadConversions(['geometry']);
  scene = await openScene(spatial);
  const folder = folderOf('cartogram');
  await administrativeUnits.fill({
    ...{ folder, world: { persons: 1, entities: 1, seed: 1 }, databaseUrl: '', log: silentLogger },
    signal: context.signal,
  });
  await bring(CARTOGRAM, { ADMINISTRATIVE_UNITS_FOLDER: folder });
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** From the files into the base. */
async function bring(spec: SystemFile, env: Record<string, string>): Promise<void> {
  const { units } = spec.streams;
  await using source = await openSource(spec, env, context);
  const [{ columns } = { columns: [] }] = await source.discover();
  const place = { system: spec.system, stream: 'units' };
  const names = columns.map(({ name }) => name);
  const normalize = compileMapping(spatial, units?.mapping ?? {}, names, place, () => TODAY);
  const rows: Row[] = [];
  for await (const { records } of source.read('units', null))
    for (const record of records) {
      const { attributes, issues } = normalize(record);
      rows.push({ ...attributes, key: record.key, issues: JSON.stringify(issues) });
    }
  await scene.take(await scene.source(spec.system, spec.authority), rows);
}

const unitOf = async (code: string) => {
  const rows = await scene.query<{ id: number; attributes: Record<string, unknown> }>(
    `SELECT entity_id::float8 AS id, attributes FROM spatial.golden WHERE attributes->>'code' = $1`,
    [code],
  );
  expect(rows).toHaveLength(1);
  const [{ id, attributes } = { id: 0, attributes: {} }] = rows;
  const { schema, title, entityPrefix, linkSchemes, rules } = spatial;
  const base = { name: 'spatial', schema, title, entityPrefix, linkSchemes, rules, pool: scene.pool };
  const why = await explainEntity({ ...base, attributes: spatial.attributes }, formatEntityId(entityPrefix, id));
  return { attributes, why };
};
const square = (x: number, y: number) => [
  [x, y],
  [x + 0.5, y],
  [x + 0.5, y + 0.5],
  [x, y + 0.5],
  [x, y],
];
const feature = (properties: object, x: number, y: number): object => ({
  ...{ type: 'Feature', properties },
  geometry: { type: 'Polygon', coordinates: [square(x, y)] },
});

test('GeoJSON: an old code and a name land on the unit of today, and its boundary takes the place of the cartogram', async () => {
  const folder = folderOf('official');
  const features = [
    feature({ XZQHDM: '632123', XZQHMC: '乐都县' }, 102, 36.2),
    feature({ XZQHDM: null, XZQHMC: '湟中县' }, 101.2, 36.3),
    feature({ XZQHDM: '630200', XZQHMC: '海东市' }, 102, 36),
  ].map((one, i) => ({ ...one, properties: { XZQHDM: null, ...(one as { properties: object }).properties, FID: i } }));
  writeFileSync(join(folder, 'XZQJX.geojson'), JSON.stringify({ type: 'FeatureCollection', features }));
  const { units } = OFFICIAL.streams;
  // A file whose codes are not complete is keyed by name.
  const source = { ...units?.source, key: ['XZQHMC'] };
  await bring(
    { ...OFFICIAL, streams: { units: { ...(units as NonNullable<typeof units>), source } } },
    {
      OFFICIAL_BOUNDARIES_FOLDER: folder,
    },
  );

  const { attributes, why } = await unitOf('630202');
  expect(attributes).toMatchObject({ name: '乐都区', region: '630202', geometryType: 'Polygon', accuracy: '100' });
  expect(Object.keys(attributes)).not.toEqual(expect.arrayContaining(['drawing']));
  expect(JSON.stringify(attributes)).not.toContain('示意图');
  const reason = why.reasons.find(({ attribute }) => attribute === 'geometry');
  expect(reason).toMatchObject({ rule: { code: 'authority' } });
  expect(JSON.stringify(reason)).toContain('official-boundaries');
  expect(why.conflicts).toContain('geometry');
  expect(why.records.map(({ system }) => system).sort()).toEqual(['administrative-units', 'official-boundaries']);

  expect((await unitOf('630106')).attributes).toMatchObject({ name: '湟中区', accuracy: '100' });
  // Nobody drew the prefecture before.
  expect((await unitOf('630200')).why.records).toHaveLength(1);
  // What has not been delivered is still the cartogram.
  expect((await unitOf('632221')).attributes).toMatchObject({ drawing: 'cartogram' });
});

test('Shapefile: the same mapping, and what was mended in a geometry is said by why', async () => {
  const folder = folderOf('official');
  const columns = ['XZQHDM', 'XZQHMC'].map((name) => ({ name, type: 'C(40)', title: '' }));
  // Counter-clockwise, which shapefiles take for a hole and some programs write all the same.
  const ring = square(99, 35).map(([x = 0, y = 0]) => [x, y] as const);
  await writePolygons({ folder }, 'XZQ', columns, [{ ring, cells: ['632721', '玉树县'] }]);
  const { units } = OFFICIAL.streams;
  const source = { format: 'shapefile', files: 'XZQ.shp', crs: 'EPSG:4490', key: ['XZQHDM'] };
  await bring(
    { ...OFFICIAL, system: 'official-shapes', streams: { units: { ...(units as NonNullable<typeof units>), source } } },
    { OFFICIAL_BOUNDARIES_FOLDER: folder },
  );
  const { attributes, why } = await unitOf('632701');
  expect(attributes).toMatchObject({ name: '玉树市', region: '632701' });
  const record = why.records.find(({ system }) => system === 'official-shapes');
  expect(record?.issues).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ rule: 'S06', severity: 'I', message: 'the orientation of a ring was turned' }),
      expect.objectContaining({ rule: 'C-region-recoded', severity: 'I', message: 'region 632721 is 632701 today' }),
    ]),
  );
});
