import { expect, test } from '@jest/globals';
import { createProfiler } from '../../../pipelines/suggest/profile.ts';
import { suggestStream } from '../../../pipelines/suggest/suggest.ts';
import { openSystemFile, readSystemFile } from '../../../runner/control/system-file.ts';
import type { Discovered } from '../../../runner/onboard/discover.ts';
import { draftSystem } from '../../../runner/onboard/draft.ts';
import { toWkb } from '../../../schemas/geometry.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';

/* What `hub draft` writes where it cannot know: it is marked, promises nothing, and is not published as it stands. */

const POINT = toWkb({ type: 'Point', coordinates: [101.7, 36.6] });
const NOW = new Date('2026-11-27T00:00:00Z');

const fileOf = (title: string, connection: string, source: string): string => `system: county
title: { zh: 县, en: county }
owner: { name: 某县, uscc: '116300000150010146' }
authority: natural-resources
${connection}
streams:
  places:
    title: ${title}
    source: ${source}
`;
const CSV = fileOf(
  '区县',
  'connector: csv\nconnection: { folder: /x }',
  "{ files: '*.csv', encoding: utf-8, key: [id] }",
);
const geo = (title: string): string =>
  fileOf(
    title,
    'connector: geo-files\nconnection: { folder: /x }',
    "{ files: '*.geojson', format: geojson, crs: 'EPSG:4490', properties: [id, name], key: [id] }",
  );

function discovered(columns: readonly string[], title: string, newest: Date | null): Discovered {
  const specs = columns.map((name) => ({
    ...{
      name,
      type: name === 'geom' ? ('bytes' as const) : ('text' as const),
      sourceType: name === 'geom' ? 'geometry' : 'text',
    },
    nullable: true,
  }));
  const stream = { name: 'places', columns: specs, key: ['id'], rowEstimate: null };
  const profiler = createProfiler(specs);
  for (let i = 0; i < 20; i++) {
    const value = Object.fromEntries(columns.map((name) => [name, name === 'geom' ? POINT : `${name} ${i}`]));
    profiler.add({ stream: 'places', key: String(i), op: 'upsert', value, observedAt: 0, origin: '' });
  }
  const profiles = profiler.end();
  return { stream, profiles, suggestion: suggestStream(stream, profiles, title), sampled: 20, rejected: 0, newest };
}

test('an abstract names the columns where no Chinese name is known', () => {
  const draft = draftSystem(readSystemFile(CSV, 'x.yaml'), CSV, [discovered(['q0x', 'q1x', 'q2x'], '区县', null)], NOW);
  expect(draft).toMatch(/abstract: 区县，包括q0x、q1x、q2x。/);
});

test.each([
  ['2026-11-26', 'daily'],
  ['2026-11-15', 'weekly'],
  ['2026-10-10', 'monthly'],
  ['2026-06-10', 'quarterly'],
  ['2025-06-10', 'yearly'],
  ['2019-03-01', 'irregular'],
  [null, 'irregular'],
])('a source whose newest row is of %s is drafted as %s, for a look', (newest, cycle) => {
  const one = discovered(['id', 'name'], '区县', newest === null ? null : new Date(newest));
  const draft = draftSystem(readSystemFile(CSV, 'x.yaml'), CSV, [one], NOW);
  expect(draft).toMatch(new RegExp(`updateCycle: ${cycle} # review: .*${newest ?? 'not all rows were looked at'}`));
});

test('a code that nobody has given is said with its line, and so is a class of places that nobody has named', () => {
  const draft = draftSystem(
    readSystemFile(geo('图形'), 'x.yaml'),
    geo('图形'),
    [discovered(['id', 'name', 'geom'], '图形', null)],
    NOW,
  );
  expect(draft).toMatch(
    /featureClass: \{ is: to-be-replaced \} # replace: what the places are, one of administrative-unit/,
  );
  const { placeholders } = openSystemFile(draft, 'draft.yaml');
  expect(placeholders).toMatchObject([
    { path: 'streams.places.resource.code', given: '300000/1', problem: expect.stringContaining('307001/12') },
    { path: 'streams.places.mapping.featureClass', given: 'to-be-replaced' },
  ]);
  const lines = draft.split('\n');
  for (const { line = 0, given = '' } of placeholders) expect(lines[line - 1]).toContain(given);
  const filled = draft.replace('300000/1', '307001/12').replace('to-be-replaced', 'address');
  expect(openSystemFile(filled, 'draft.yaml').placeholders).toEqual([]);
});

test.each([
  ['宗地', 'cadastral-parcel'],
  ['全省水文测站', 'hydrology-station'],
  ['三江源保护区', 'protected-area'],
  // Of two it could be, neither is written.
  ['保护区内的矿山', 'to-be-replaced'],
])('the places of a stream called %s are drafted as %s', (title, is) => {
  const draft = draftSystem(
    readSystemFile(geo(title), 'x.yaml'),
    geo(title),
    [discovered(['id', 'name', 'geom'], title, null)],
    NOW,
  );
  expect(draft).toContain(`featureClass: { is: ${is} }`);
});

test('a mapping of places that says no class is refused, and says which attribute it needs', () => {
  const file = `${geo('宗地')}    base: spatial\n    mapping: { code: { from: id, as: text } }\n`;
  try {
    readSystemFile(file, 'x.yaml');
    expect('taken').toBe('refused');
  } catch (error) {
    expect(isHubError(error) && error.code).toBe('HUB_MAPPING_INVALID');
    expect((error as Error).message).toMatch(
      /streams\.places\.mapping: each record of spatial needs featureClass \(要素类别, feature class\).*line \d+/,
    );
  }
});
