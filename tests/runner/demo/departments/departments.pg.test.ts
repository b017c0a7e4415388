import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { connectorByType } from '../../../../connectors/index.ts';
import { openSource } from '../../../../runner/control/systems.ts';
import type { OpenDepartment, Place } from '../../../../runner/demo/departments/department.ts';
import { DEPARTMENTS } from '../../../../runner/demo/departments/index.ts';
import { placeOf } from '../../../../runner/demo/departments/open-all.ts';
import { creditCode } from '../../../../runner/demo/world/check-digits.ts';
import { silentLogger } from '../../../../schemas/kernel/context.ts';
import { projectPath } from '../../../../schemas/kernel/paths.ts';
import { systemFile } from '../../../../schemas/system.ts';
import { type HookServer, openHookServer } from '../../../support/hook-server.ts';
import { testDatabase } from '../../../support/postgres.ts';

const load = (name: string) =>
  systemFile.parse(parse(readFileSync(projectPath('connectors/systems', `${name}.yaml`), 'utf8')));

// A jest without departments would find no test in the file.
test('no department is listed twice', () => {
  const names = DEPARTMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(DEPARTMENTS.map((department) => [department.name, department] as const))('%s', (name, department) => {
  const stop = new AbortController();
  const spec = load(name);
  const folder = mkdtempSync(join(tmpdir(), 'hub-department-'));
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let place: Place;
  let rows: Readonly<Record<string, number>>;
  let open: OpenDepartment;
  let hooks: HookServer | null = null;

  beforeAll(async () => {
    database = await testDatabase();
    const all = { folder, databaseUrl: database.url, log: silentLogger, signal: stop.signal };
    place = placeOf({ ...all, world: { persons: 1_000, entities: 150, seed: 7 } }, department);
    rows = await department.fill(place);
    open = await department.open(place);
    if (open.push === undefined) return;
    hooks = await openHookServer(database.url, spec, open.env);
    await open.push(hooks.address);
  });
  afterAll(async () => {
    stop.abort();
    await open?.[Symbol.asyncDispose]();
    await hooks?.[Symbol.asyncDispose]();
    await database?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const source = () => {
    const context = { signal: stop.signal, log: silentLogger, now: () => new Date() };
    return openSource(spec, open.env, hooks === null ? context : { ...context, inbox: hooks.inbox });
  };

  test('has a system file of its name, with a connector that there is', () => {
    expect(spec.system).toBe(name);
    expect(connectorByType(spec.connector).type).toBe(spec.connector);
    expect(spec.owner.uscc).toBe(creditCode(spec.owner.uscc.slice(0, 17)));
    expect(Object.keys(rows).sort()).toEqual(Object.keys(spec.streams).sort());
  });

  test('check has nothing to mend but rows that are bad on purpose', async () => {
    await using opened = await source();
    const report = await opened.check();
    expect(report.streams.filter(({ ok, isRead }) => !ok && isRead !== true)).toEqual([]);
    for (const { ok, message } of report.streams) if (!ok) expect(message).toMatch(/, [12] of them would be rejected$/);
  });

  test('each stream is in the directory with every column named', async () => {
    await using opened = await source();
    for (const { name: stream, columns } of await opened.discover()) {
      const items = Object.keys(spec.streams[stream]?.resource?.items ?? {});
      expect({ stream, items: items.sort() }).toEqual({ stream, items: columns.map((one) => one.name).sort() });
    }
  });

  test('a full read finds what was filled, rejects included', async () => {
    await using opened = await source();
    const found: Record<string, number> = {};
    for (const stream of Object.keys(spec.streams)) {
      found[stream] = 0;
      for await (const batch of opened.read(stream, null)) found[stream] += batch.records.length + batch.rejects.length;
    }
    expect(found).toEqual(rows);
  });

  test('the same world gives the same counts again', async () => {
    await open[Symbol.asyncDispose]();
    expect(await department.fill(place)).toEqual(rows);
    open = await department.open(place);
  });
});
