import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEPARTMENTS } from '../../runner/demo/departments/index.ts';
import { SYSTEM_NAMES } from '../../runner/demo/world/sample-system.ts';
import { bench, hub } from './program.ts';

/* The demo and the bench as a newcomer starts them, small: with an embedded server of their own. */

let folder: string;
const env = (): Record<string, string> => ({ HUB_DATA_FOLDER: folder, HUB_LOG_LEVEL: 'error' });
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-demo-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
const COUNTS = {
  ...{ entities: expect.any(Number), sourceRecords: expect.any(Number), inserted: expect.any(Number) },
  ...{ updated: 0, unchanged: expect.any(Number), stale: 0, rejected: expect.any(Number) },
};

test('demo --exit --json ends with status 0 and one JSON object, and a second start finds everything there', async () => {
  const args = ['demo', '--exit', '--json', '--port', '0', '--persons', '400', '--seed', '7'];
  const first = await hub(args, env(), folder);
  expect({ code: first.code, lines: first.stdout.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 1 });
  const result = lastLine(first.stdout) as {
    systems: { system: string; read: number; appended: number }[];
    bases: Record<string, { inserted: number }>;
  };
  expect(result).toEqual({
    seconds: expect.any(Number),
    maxRssMb: expect.any(Number),
    systems: [...SYSTEM_NAMES, ...DEPARTMENTS.map(({ name }) => name)].sort().map((system) => ({
      ...{ system, streams: expect.any(Number), read: expect.any(Number), appended: expect.any(Number) },
    })),
    bases: { population: COUNTS, 'legal-entity': COUNTS, spatial: COUNTS, macroeconomic: COUNTS },
    catalog: { resources: expect.any(Number) },
    balanced: true,
  });
  const names: readonly string[] = SYSTEM_NAMES;
  const world = result.systems.filter(({ system }) => names.includes(system));
  const read = world.reduce((sum, system) => sum + system.read, 0);
  expect(result.systems.filter((system) => system.read === 0)).toEqual([]);
  const inserted = ['population', 'legal-entity'].reduce((sum, base) => sum + (result.bases[base]?.inserted ?? 0), 0);
  expect(inserted).toBe(read);

  const second = lastLine((await hub(args, env(), folder)).stdout) as typeof result;
  expect(second).toMatchObject({
    balanced: true,
    bases: { population: { inserted: result.bases['population']?.inserted } },
  });
}, 300_000);

test('a world of a wrong size is refused with what is allowed', async () => {
  const refused = await hub(['demo', '--persons', '0'], env(), folder);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('allowed: 1 and more') });
});

test('bench gives its figures as ratios to references of the same run', async () => {
  const run = (name: string) => bench([name, '--rows', '3000', '--log', 'embedded', '--json'], env(), folder);
  const positive = expect.any(Number);
  expect(lastLine((await run('pull')).stdout)).toMatchObject({
    bench: 'pull',
    results: [{ log: 'embedded', rowsPerSecond: positive, copyRowsPerSecond: positive, ratioToCopy: positive }],
    maxRssMb: positive,
  });
  expect(lastLine((await run('normalise')).stdout)).toMatchObject({
    bench: 'normalise',
    results: [{ log: 'embedded', recordsPerSecond: positive, ratioToCopy: positive, balanced: true }],
  });
}, 300_000);
