import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { BASES } from '../../../pipelines/bases.ts';
import { HUB_SETS, migrate, migrateBase, migrateHub, pendingMigrations } from '../../../runner/control/migrate.ts';
import { testDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let folder: string;
let count = 0;

const openPool = (url: string, options?: string): pg.Pool => {
  const opened = new pg.Pool({ connectionString: url, max: 8, ...(options === undefined ? {} : { options }) });
  opened.on('error', () => {});
  return opened;
};

beforeAll(async () => {
  database = await testDatabase();
  pool = openPool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

function files(contents: Readonly<Record<string, string>>): { schema: string; folder: string; component: string } {
  for (const [name, sql] of Object.entries(contents)) writeFileSync(join(folder, name), sql);
  return { schema: `s${count}`, folder, component: 'test' };
}
const CREATE = {
  '0001-a.sql': 'CREATE TABLE {schema}.a (n integer);',
  '0002-b.sql': 'CREATE TABLE {schema}.b (n integer);',
};

beforeEach(() => {
  count++;
  folder = mkdtempSync(join(tmpdir(), 'hub-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('files are applied once and in order', async () => {
  const set = files(CREATE);
  expect(await pendingMigrations(pool, set)).toEqual(['0001-a.sql', '0002-b.sql']);
  expect(await migrate(pool, set)).toEqual(['0001-a.sql', '0002-b.sql']);
  expect(await migrate(pool, set)).toEqual([]);
  files({ '0003-c.sql': 'ALTER TABLE {schema}.a ADD m text;' });
  expect(await pendingMigrations(pool, set)).toEqual(['0003-c.sql']);
  expect(await migrate(pool, set)).toEqual(['0003-c.sql']);
  const { rows } = await pool.query(`SELECT component, version, name FROM ${set.schema}.migration ORDER BY version`);
  expect(rows).toEqual([
    { component: 'test', version: 1, name: '0001-a.sql' },
    { component: 'test', version: 2, name: '0002-b.sql' },
    { component: 'test', version: 3, name: '0003-c.sql' },
  ]);
});

test('many processes may start at once', async () => {
  const set = files(CREATE);
  const pools = [1, 2, 3, 4].map(() => openPool(database.url));
  try {
    const applied = await Promise.all(pools.map((one) => migrate(one, set)));
    expect(applied.flat().sort()).toEqual(['0001-a.sql', '0002-b.sql']);
  } finally {
    await Promise.all(pools.map((one) => one.end()));
  }
});

test('a file that fails leaves nothing behind and is named', async () => {
  const set = files({ ...CREATE, '0002-b.sql': 'CREATE TABLE {schema}.b (n integer); SELECT 1/0;' });
  await expect(migrate(pool, set)).rejects.toMatchObject({
    code: 'HUB_STORE_MIGRATION',
    details: { migration: '0002-b.sql' },
    message: expect.stringContaining('division by zero'),
  });
  expect(await pendingMigrations(pool, set)).toEqual(['0002-b.sql']);
  const { rows } = await pool.query('SELECT to_regclass($1) AS b', [`${set.schema}.b`]);
  expect(rows[0]).toEqual({ b: null });
});

describe('refused', () => {
  const refusal = (what: string, name: string) => ({
    code: 'HUB_STORE_MIGRATION',
    message: expect.stringContaining(what),
    details: { migration: name, component: 'test' },
  });

  test('a file changed since it was applied', async () => {
    const set = files(CREATE);
    await migrate(pool, set);
    files({ '0001-a.sql': 'CREATE TABLE {schema}.a (n bigint);' });
    await expect(migrate(pool, set)).rejects.toMatchObject(refusal('has been changed', '0001-a.sql'));
    await expect(pendingMigrations(pool, set)).rejects.toMatchObject(refusal('has been changed', '0001-a.sql'));
  });

  test('but other line ends are no change', async () => {
    const set = files({ '0001-a.sql': 'CREATE TABLE {schema}.a (\n  n integer\n);\n' });
    await migrate(pool, set);
    files({ '0001-a.sql': 'CREATE TABLE {schema}.a (\r\n  n integer\r\n);\r\n' });
    expect(await migrate(pool, set)).toEqual([]);
  });

  test('a database newer than the program', async () => {
    const set = files(CREATE);
    await migrate(pool, set);
    rmSync(join(folder, '0002-b.sql'));
    const newer = {
      code: 'HUB_STORE_NEWER',
      message: expect.stringContaining('it has test/0002-b.sql, and this one knows test up to 1'),
    };
    await expect(migrate(pool, set)).rejects.toMatchObject(newer);
    await expect(pendingMigrations(pool, set)).rejects.toMatchObject(newer);
  });

  test('but not for what a newer program has only added', async () => {
    const set = files({ ...CREATE, '0002-b.sql': '-- additive\nCREATE TABLE {schema}.b (n integer);' });
    await migrate(pool, set);
    rmSync(join(folder, '0002-b.sql'));
    expect(await migrate(pool, set)).toEqual([]);
    expect(await pendingMigrations(pool, set)).toEqual([]);
  });

  test('a newer database of the first versions, which did not say what only adds', async () => {
    const set = files(CREATE);
    await migrate(pool, set);
    await pool.query(`ALTER TABLE ${set.schema}.migration DROP COLUMN breaking`);
    expect(await pendingMigrations(pool, set)).toEqual([]);
    expect(await migrate(pool, set)).toEqual([]);
    rmSync(join(folder, '0002-b.sql'));
    await expect(migrate(pool, set)).rejects.toMatchObject({ code: 'HUB_STORE_NEWER' });
  });

  test('a gap among the files', async () => {
    const set = files({ '0001-a.sql': 'SELECT 1;', '0003-c.sql': 'SELECT 1;' });
    await expect(migrate(pool, set)).rejects.toMatchObject(refusal('is not number 2', '0003-c.sql'));
  });

  test('a gap in the database', async () => {
    const set = files(CREATE);
    await migrate(pool, set);
    await pool.query(`DELETE FROM ${set.schema}.migration WHERE version = 1`);
    await expect(migrate(pool, set)).rejects.toMatchObject(refusal('version 1 was not', '0002-b.sql'));
  });

  test('a schema name that is no identifier', async () => {
    const set = { ...files(CREATE), schema: 'a; DROP SCHEMA hub' };
    await expect(migrate(pool, set)).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
  });

  test('a server that does not answer is another matter', async () => {
    const nobody = openPool('postgres://127.0.0.1:1/x');
    await expect(migrate(nobody, files(CREATE))).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
    await nobody.end();
  });
});

test('the hub and its bases migrate, side by side in one database', async () => {
  expect(await migrateHub(pool)).toEqual((await Promise.all(HUB_SETS.map(({ folder }) => filesOf(folder)))).flat());
  for (const base of BASES) expect((await migrateBase(pool, base)).length).toBeGreaterThan(0);
  for (const base of BASES) expect(await migrateBase(pool, base)).toEqual([]);
});

const filesOf = async (path: string): Promise<string[]> => {
  const { readdir } = await import('node:fs/promises');
  return (await readdir(path)).filter((name) => name.endsWith('.sql')).sort();
};

describe('a database is unfit', () => {
  test('and is not migrated', async () => {
    const careless = openPool(database.url, '-c synchronous_commit=off');
    const set = files(CREATE);
    await expect(migrate(careless, set)).rejects.toMatchObject({ code: 'HUB_STORE_UNFIT' });
    await careless.end();
    expect(await pendingMigrations(pool, set)).toHaveLength(2);
  });

  test('with the locale C', async () => {
    await pool.query("CREATE DATABASE unfit_c TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    const url = new URL(database.url);
    url.pathname = '/unfit_c';
    const unfit = openPool(url.href);
    try {
      await expect(migrate(unfit, files(CREATE))).rejects.toMatchObject({ code: 'HUB_STORE_UNFIT' });
    } finally {
      await unfit.end();
      await pool.query('DROP DATABASE unfit_c WITH (FORCE)');
    }
  });
});
