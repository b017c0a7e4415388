import { expect, test } from '@jest/globals';
import { listFindings, runSearches } from '../../../pipelines/engine/reports/searches.ts';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import { toWkb } from '../../../schemas/geometry.ts';
import { openScene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';

test('spatial: one station with two names, two features of one name in one place', async () => {
  await using places = await openScene(spatial);
  const at = (x: number, y: number): string => toWkb({ type: 'Point', coordinates: [x, y] }).toString('base64');
  const station = { featureClass: 'hydrology-station', name: '西宁', geometry: at(101.7, 36.6) };
  await places.take(await places.source('water'), [
    { key: '1', ...station, code: 'A' },
    { key: '2', ...station, code: 'B', geometry: at(101.7005, 36.6) },
    { key: '3', ...station, code: 'C', geometry: at(101.8, 36.6) },
    { key: '4', ...station, name: '湟源', code: 'D' },
    { key: '5', ...station, name: '湟源', code: 'E', geometry: at(101.7005, 36.6) },
  ]);
  await places.take(await places.source('gis'), [{ key: 'x', ...station, code: 'A', name: '西宁水文站' }]);
  await runSearches(places.pool, spatial, { today: TODAY });
  const findings = await listFindings(places.pool, 'spatial', null, 10);
  // The fuller name of A has survived, so that only D and E still share one.
  expect(findings.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([
    'S20 feature:hydrology-station:A',
    'S27 D E',
  ]);
});
