import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseCitizenNumber } from '../../../pipelines/standards/citizen-number.ts';
import { parseUscc } from '../../../pipelines/standards/uscc.ts';
import { openSource, readSystemFile } from '../../../runner/control/systems.ts';
import { DEPARTMENTS } from '../../../runner/demo/departments/index.ts';
import { fillDepartments, openDepartments } from '../../../runner/demo/departments/open-all.ts';
import { sampleSystemFiles } from '../../../runner/demo/stage.ts';
import { loadWorld } from '../../../runner/demo/world/load-world.ts';
import { type Discovered, discoverSystem } from '../../../runner/onboard/discover.ts';
import { draftSystem } from '../../../runner/onboard/draft.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { mappingsOf, type StreamEntry, type SystemFile } from '../../../schemas/system.ts';
import { openHookServer } from '../../support/hook-server.ts';
import { testDatabase } from '../../support/postgres.ts';
import { KINDS_OF_OTHER_COLUMNS } from './column-kinds.ts';

const NOW = new Date();
const WORLD = { persons: 2_000, entities: 400, seed: 7 };
const folder = mkdtempSync(join(tmpdir(), 'hub-suggest-'));
const stop = new AbortController();
const found: { spec: SystemFile; discovered: readonly Discovered[] }[] = [];

beforeAll(async () => {
  await using database = await testDatabase();
  const { url } = database;
  const targets = {
    ...{ goldenShield: url, goldenInsurance: url, goldenTax: url },
    industryCommerceFolder: join(folder, 'commerce'),
    qualityCodesFolder: join(folder, 'quality'),
    staffingOfficeFolder: join(folder, 'staffing'),
    civilAffairsFolder: join(folder, 'civil'),
  };
  await loadWorld(WORLD, targets, () => {}, stop.signal);
  const place = { world: WORLD, folder, databaseUrl: url, log: silentLogger, signal: stop.signal };
  await fillDepartments(DEPARTMENTS, place, () => {});
  await using departments = await openDepartments(DEPARTMENTS, place);
  const env = {
    ...{ GOLDEN_SHIELD_URL: url, GOLDEN_INSURANCE_URL: url, GOLDEN_TAX_URL: url },
    INDUSTRY_COMMERCE_FOLDER: targets.industryCommerceFolder,
    QUALITY_CODES_FOLDER: targets.qualityCodesFolder,
    STAFFING_OFFICE_FOLDER: targets.staffingOfficeFolder,
    CIVIL_AFFAIRS_FOLDER: targets.civilAffairsFolder,
    ...departments.env,
  };
  const context = { signal: stop.signal, log: silentLogger, now: () => new Date() };
  for (const spec of await sampleSystemFiles()) {
    // The system that pushes has nothing that could be read before it has pushed.
    await using hooks = spec.connector === 'webhook' ? await openHookServer(url, spec, departments.env) : null;
    if (hooks !== null) await departments.push(hooks.address);
    await using source = await openSource(spec, env, hooks === null ? context : { ...context, inbox: hooks.inbox });
    const bare = { ...spec, limits: { ...spec.limits, quietHours: [] } };
    found.push({ spec, discovered: await discoverSystem(bare, source, 1_000, context) });
  }
}, 180_000);
afterAll(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

interface Verdict {
  readonly column: string;
  readonly right: boolean;
  readonly confidence: number;
  readonly expected: string;
  readonly got: string;
}

/** `attribute:conversion` of each use of the column. */
const usesOf = (entry: StreamEntry, column: string): readonly string[] =>
  mappingsOf(entry).flatMap((mapping) =>
    Object.entries(mapping).flatMap(([attribute, { from, as }]) =>
      [from].flat().includes(column) ? [`${attribute}:${as}`] : [],
    ),
  );

function verdicts(): Verdict[] {
  return found.flatMap(({ spec, discovered }) =>
    discovered.flatMap(({ stream, suggestion }) =>
      suggestion.columns.map(({ column, kind, attribute, conversion, confidence }) => {
        const uses = usesOf(spec.streams[stream.name] as StreamEntry, column);
        const name = `${spec.system}/${stream.name}.${column}`;
        const got = attribute === null ? kind : `${attribute}:${conversion}`;
        const kinds = KINDS_OF_OTHER_COLUMNS[`${spec.system}/${stream.name}`]?.[column];
        // What cannot be mapped without a person, because no column says what the rows are, is judged by its kind.
        const expected = uses.length > 0 && kinds === undefined ? uses : (kinds ?? '?').split('|');
        return { column: name, right: expected.includes(got), confidence, expected: expected.join(' '), got };
      }),
    ),
  );
}

test('nine columns in ten of the sample systems are read rightly, and none wrongly with confidence above 0.9', () => {
  const all = verdicts();
  const wrong = all.filter(({ right }) => !right);
  expect(wrong.filter(({ confidence }) => confidence > 0.9)).toEqual([]);
  expect((all.length - wrong.length) / all.length).toBeGreaterThanOrEqual(0.9);
});

test('every stream is given the base that it feeds, or none', () => {
  const bases = found.flatMap(({ spec, discovered }) =>
    discovered.map(({ stream: { name }, suggestion }) => ({
      stream: `${spec.system}/${name}`,
      base: spec.streams[name]?.base ?? null,
      suggested: suggestion.base,
    })),
  );
  // Contracts have no geometry: that they are places only a person knows.
  const odd = bases.filter(({ base, suggested }) => base !== suggested);
  expect(odd.map(({ stream }) => stream)).toEqual(['grassland-contracts/contracts']);
});

test('a file that says connection and streams only becomes one that can be applied, with every item named', () => {
  for (const { spec, discovered } of found) {
    const streams = Object.fromEntries(
      Object.entries(spec.streams).map(([name, { title, source }]) => [
        name,
        { title, source, mapping: {}, detectDeletes: false },
      ]),
    );
    const draft = readSystemFile(draftSystem({ ...spec, streams }, null, discovered, NOW), spec.system);
    for (const { stream, suggestion } of discovered) {
      const { base, mapping, records, resource } = draft.streams[stream.name] as StreamEntry;
      expect([stream.name, base ?? null]).toEqual([stream.name, suggestion.base]);
      expect(base === undefined || mappingsOf({ mapping, records } as StreamEntry).length > 0).toBe(true);
      expect(Object.keys(resource?.items ?? {})).toEqual(stream.columns.map(({ name }) => name));
    }
  }
});

test('a draft keeps what the file says, word for word', () => {
  for (const { spec, discovered } of found) {
    const again = readSystemFile(draftSystem(spec, null, discovered, NOW), spec.system);
    for (const [name, { base, mapping, resource }] of Object.entries(spec.streams)) {
      expect(again.streams[name]?.resource).toEqual(resource);
      if (base !== undefined) expect(again.streams[name]?.mapping).toEqual(mapping);
    }
  }
});

test('no number of a person is in a profile or a draft', () => {
  const drafts = found.map(({ spec, discovered }) => draftSystem(spec, null, discovered, NOW));
  const text = JSON.stringify([drafts, found.map(({ discovered }) => discovered)]);
  const numbers = text.match(/\b\d{17}[\dX]\b/g) ?? [];
  expect(numbers.filter((one) => parseCitizenNumber(one, { on: '2024-01-01' }).ok && !parseUscc(one).ok)).toEqual([]);
});
