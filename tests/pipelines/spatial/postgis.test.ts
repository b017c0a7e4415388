import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import { toWkb } from '../../../schemas/geometry.ts';
import { openPostgisServer, POSTGIS_CHECK, type PostgisServer } from '../../support/postgis.ts';
import { describeWithProgram } from '../../support/programs.ts';
import { openScene } from '../engine/scene.ts';

const run = promisify(execFile);
const at = (x: number, y: number): string => toWkb({ type: 'Point', coordinates: [x, y] }).toString('base64');
const lake = { featureClass: 'water-body', code: 'ST1', name: '青海湖' };

describeWithProgram(
  'PostGIS (Debian package postgresql-15-postgis-3)',
  'sh',
  POSTGIS_CHECK,
  () => {
    let server: PostgisServer;
    beforeAll(async () => {
      server = await openPostgisServer();
    }, 60_000);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
    });

    test('golden geometries are a column with an index, which follows every change', async () => {
      await using scene = await openScene(spatial, await server.database('places'));
      const source = await scene.source('gis', 'environment');
      await scene.take(source, [
        { key: '1', ...lake, geometry: at(100, 37) },
        { key: '2', ...lake, code: 'ST2', geometry: Buffer.from('no geometry').toString('base64') },
      ]);
      const where = () =>
        scene.query<{ code: string; place: string; srid: number }>(
          'SELECT code, ST_AsText(geom) AS place, ST_SRID(geom) AS srid FROM spatial.feed_feature_geometry ORDER BY code',
        );
      expect(await where()).toEqual([{ code: 'ST1', place: 'POINT(100 37)', srid: 4490 }]);
      await scene.take(source, [{ key: '1', at: 1_700_000_000_001, ...lake, geometry: at(100.5, 37) }]);
      expect(await where()).toEqual([{ code: 'ST1', place: 'POINT(100.5 37)', srid: 4490 }]);
      const { stdout } = await run('ogrinfo', [
        ...['-ro', '-so', `PG:host=127.0.0.1 port=${server.port} user=postgres dbname=places schemas=spatial`],
        'feed_feature_geometry',
      ]);
      expect(stdout).toContain('Feature Count: 1');
      expect(stdout).toContain('China Geodetic Coordinate System 2000');
    });

    test('an ordinary role gets its base without it, and the column once an administrator has been there', async () => {
      await using scene = await openScene(spatial, await server.database('county', 'clerk'));
      await scene.take(await scene.source('gis', 'environment'), [{ key: '1', ...lake, geometry: at(100, 37) }]);
      const columns = () =>
        scene.query(`SELECT 1 FROM information_schema.columns WHERE table_name = 'golden' AND column_name = 'geom'`);
      expect(await columns()).toEqual([]);
      await server.query('county', 'CREATE EXTENSION postgis');
      expect(await scene.query('SELECT spatial.enable_postgis() AS done')).toEqual([{ done: true }]);
      expect(await scene.query('SELECT ST_X(geom) AS x FROM spatial.feed_feature_geometry')).toEqual([{ x: 100 }]);
      expect(await scene.query('SELECT spatial.enable_postgis() AS done')).toEqual([{ done: true }]);
    });
  },
  'postgis',
);
