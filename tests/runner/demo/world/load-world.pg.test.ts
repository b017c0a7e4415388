import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { csv } from '../../../../connectors/csv/connector.ts';
import { dbf } from '../../../../connectors/dbf/connector.ts';
import { applyDelta } from '../../../../runner/demo/world/apply-delta.ts';
import { changeAt, deletedKeys } from '../../../../runner/demo/world/delta.ts';
import { loadWorld, type WorldTargets } from '../../../../runner/demo/world/load-world.ts';
import type { WorldOptions } from '../../../../runner/demo/world/person.ts';
import { rowsOf, type SystemName } from '../../../../runner/demo/world/sample-system.ts';
import { SAMPLE_SYSTEMS } from '../../../../runner/demo/world/systems.ts';
import { qualified, TABLES, type TableSystem } from '../../../../runner/demo/world/tables.ts';
import { summaryOf } from '../../../../runner/demo/world/truth.ts';
import type { RawRecord } from '../../../../schemas/stream.ts';
import { testContext } from '../../../connectors/files/folder.ts';
import { testDatabase } from '../../../support/postgres.ts';

const WORLD: WorldOptions = { persons: 500, entities: 400, seed: 11 };
const TABLE_SYSTEMS: readonly TableSystem[] = ['golden-shield', 'golden-insurance', 'golden-tax'];

interface Place extends AsyncDisposable {
  readonly targets: WorldTargets;
  readonly rows: <T extends pg.QueryResultRow>(sql: string) => Promise<T[]>;
}

async function place(): Promise<Place> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'world-'));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    targets: {
      goldenShield: database.url,
      goldenInsurance: database.url,
      goldenTax: database.url,
      industryCommerceFolder: join(folder, 'commerce'),
      qualityCodesFolder: join(folder, 'quality'),
      staffingOfficeFolder: join(folder, 'staffing'),
      civilAffairsFolder: join(folder, 'civil'),
    },
    rows: async <T extends pg.QueryResultRow>(sql: string) => (await client.query<T>(sql)).rows,
    async [Symbol.asyncDispose]() {
      await client.end();
      await rm(folder, { recursive: true });
      await database[Symbol.asyncDispose]();
    },
  };
}

const signal = new AbortController().signal;
const cells = (name: TableSystem): string =>
  SAMPLE_SYSTEMS[name].columns
    .map(({ name: column, type }) =>
      type.startsWith('timestamp')
        ? `to_char("${column}" AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') AS "${column}"`
        : `"${column}"::text`,
    )
    .join(', ');

describe('loading', () => {
  test('fills all systems with exactly the rows of the world, again over an older one', async () => {
    await using here = await place();
    const steps: [SystemName, number, number][] = [];
    await loadWorld({ ...WORLD, seed: 12 }, here.targets, () => {}, signal);
    const summary = await loadWorld(WORLD, here.targets, (...step) => steps.push(step), signal);
    expect(summary).toEqual(summaryOf(WORLD));
    expect(steps).toEqual(Object.entries(summary.systems).map(([name, { rows }]) => [name, rows, rows]));
    for (const name of ['golden-shield', 'golden-tax'] as const) {
      const { key } = TABLES[name];
      const stored = await here.rows<Record<string, string>>(
        `SELECT ${cells(name)} FROM ${qualified(TABLES[name])} ORDER BY "${key}" COLLATE "C"`,
      );
      const expected = [...rowsOf(SAMPLE_SYSTEMS[name], WORLD)]
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map((row) =>
          row.cells.map((cell, at) =>
            SAMPLE_SYSTEMS[name].columns[at]?.type === 'timestamptz' ? (cell ?? '').slice(0, 19) : cell,
          ),
        );
      const amount = (value: string | null | undefined): string | null | undefined =>
        value?.replace(/^(\d+)$/, '$1.00').replace(/^(\d+\.\d)$/, '$10');
      const money = SAMPLE_SYSTEMS[name].columns.findIndex(({ name: column }) => column === 'ZCZB');
      for (const row of expected) if (money >= 0) row[money] = amount(row[money]) ?? null;
      expect(stored.map((row) => Object.values(row))).toEqual(expected);
    }
    const [comment] = await here.rows(`SELECT col_description('ga.czrk'::regclass, 2) AS title`);
    expect(comment).toEqual({ title: '公民身份号码' });
  });

  test('many rows share the time of the recode, which tries a cursor', async () => {
    await using here = await place();
    await loadWorld(WORLD, here.targets, () => {}, signal);
    const [row] = await here.rows<{ rows: number }>(
      `SELECT count(*)::int AS rows FROM ga.czrk WHERE "GXSJ" = '2013-02-08 00:00:00+08'`,
    );
    expect(row?.rows).toBeGreaterThan(50);
  });

  test('an abort while copying ends it, leaving the older table as it was', async () => {
    await using here = await place();
    await loadWorld(WORLD, here.targets, () => {}, signal);
    const stop = new AbortController();
    const large = { ...WORLD, persons: 200_000 };
    const loading = loadWorld(large, here.targets, () => stop.abort(), stop.signal);
    await expect(loading).rejects.toHaveProperty('name', 'AbortError');
    const [row] = await here.rows<{ rows: number }>('SELECT count(*)::int AS rows FROM ga.czrk');
    expect(row?.rows).toBe(summaryOf(WORLD).systems['golden-shield'].rows);
  });

  test('options out of range and a database that is not there are named errors', async () => {
    await using here = await place();
    await expect(loadWorld({ ...WORLD, persons: 0 }, here.targets, () => {}, signal)).rejects.toMatchObject({
      code: 'HUB_ARGUMENT_INVALID',
    });
    const nowhere = { ...here.targets, goldenShield: 'postgres://nobody@127.0.0.1:1/none' };
    await expect(loadWorld(WORLD, nowhere, () => {}, signal)).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
  });
});

describe('a delta', () => {
  const world = { ...WORLD, persons: 2_500, entities: 2_500 };
  const at = new Date('2026-03-01T02:03:04Z');

  async function snapshot({ targets, rows }: Place): Promise<Record<SystemName, Map<string, string | null>>> {
    const tables: Map<string, string | null>[] = [];
    for (const name of TABLE_SYSTEMS) {
      const stored = await rows<Record<string, string>>(`SELECT ${cells(name)} FROM ${qualified(TABLES[name])}`);
      tables.push(new Map(stored.map((row) => [row[TABLES[name].key] ?? '', JSON.stringify(row)])));
    }
    const openCsv = (folder: string, key: string) =>
      csv.open(
        csv.config.parse({
          connection: { folder },
          streams: { s: { files: '*.csv', key: [key], encoding: 'gb18030' } },
        }),
        testContext(signal),
      );
    const open = {
      commerce: await dbf.open(
        dbf.config.parse({
          connection: { folder: targets.industryCommerceFolder },
          streams: { s: { files: '*.DBF', key: ['ZCH'] } },
        }),
        testContext(signal),
      ),
      quality: await openCsv(targets.qualityCodesFolder, '机构代码'),
      staffing: await openCsv(targets.staffingOfficeFolder, '编制证号'),
      civil: await openCsv(targets.civilAffairsFolder, '登记证号'),
    };
    const files: Map<string, string | null>[] = [];
    for (const source of [open.commerce, open.quality, open.staffing, open.civil]) {
      const byKey = new Map<string, string | null>();
      for await (const { records, rejects } of source.read('s', null)) {
        expect(rejects).toEqual([]);
        for (const { key, value } of records as readonly RawRecord[])
          byKey.set(key, value === null ? null : JSON.stringify(value));
      }
      files.push(byKey);
    }
    const none = new Map<string, string | null>();
    return {
      'golden-shield': tables[0] ?? none,
      'golden-insurance': tables[1] ?? none,
      'golden-tax': tables[2] ?? none,
      'industry-commerce': files[0] ?? none,
      'quality-codes': files[1] ?? none,
      'staffing-office': files[2] ?? none,
      'civil-affairs': files[3] ?? none,
    };
  }

  test('changes, adds and removes what it says, and nothing else; rounds add up', async () => {
    await using here = await place();
    await loadWorld(world, here.targets, () => {}, signal);
    let before = await snapshot(here);
    let gone = 0;
    for (const round of [1, 2]) {
      const summary = await applyDelta(world, here.targets, round, signal, at);
      const after = await snapshot(here);
      for (const [name, counts] of Object.entries(summary) as [SystemName, (typeof summary)[SystemName]][]) {
        const old = before[name];
        const now = after[name];
        const isThere = (rows: Map<string, string | null>, key: string): boolean => (rows.get(key) ?? null) !== null;
        const inserted = [...now.keys()].filter((key) => !isThere(old, key) && isThere(now, key)).length;
        const deleted = [...old.keys()].filter((key) => isThere(old, key) && !isThere(now, key)).length;
        const changed = [...now.keys()].filter(
          (key) => isThere(old, key) && isThere(now, key) && old.get(key) !== now.get(key),
        ).length;
        expect({ name, inserted, deleted }).toEqual({ name, inserted: counts.inserted, deleted: counts.deleted });
        expect(changed).toBeLessThanOrEqual(counts.updated);
        expect(changed).toBeGreaterThanOrEqual(Math.floor(counts.updated * 0.6));
        expect(counts.updated).toBeGreaterThanOrEqual(Math.floor(old.size * 0.003));
        expect(counts.inserted).toBeGreaterThanOrEqual(Math.floor(old.size * 0.001));
        if (name === 'golden-shield') expect(deleted).toBe(0);
        gone += deleted;
      }
      before = after;
    }
    expect(gone).toBeGreaterThan(3);
    const [row] = await here.rows<{ late: number }>(
      `SELECT count(*)::int AS late FROM ga.czrk WHERE "GXSJ" = '2026-03-01 10:03:04+08'`,
    );
    expect(row?.late).toBeGreaterThan(50);
    const change = changeAt(1, at);
    expect([...deletedKeys(SAMPLE_SYSTEMS['golden-shield'], world, change)]).toEqual([]);
  });
});
