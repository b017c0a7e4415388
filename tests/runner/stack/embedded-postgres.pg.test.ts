import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openEmbeddedPostgres } from '../../../runner/stack/postgres.ts';
import { freePort, isAlive } from '../../../runner/stack/processes.ts';
import { type Logger, silentLogger } from '../../../schemas/kernel/context.ts';
import { projectRoot } from '../../../schemas/kernel/paths.ts';
import { openClient, PATIENCE } from '../../../schemas/store/pool.ts';
import { until } from '../../support/until.ts';

const MODULE = new URL('../../../runner/stack/postgres.js', import.meta.url).href;
const settings = { shared_buffers: '16MB' };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-pg-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: { port?: number; log?: Logger; folder?: string } = {}) =>
  openEmbeddedPostgres({ folder: join(folder, 'server'), settings, log: silentLogger, ...options });

const BUSY = `SELECT count(*)::text AS answer FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%15000000%' AND pid <> pg_backend_pid()`;

const postmaster = (dataFolder: string): number =>
  Number(readFileSync(join(dataFolder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

async function ask(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query<{ answer: string }>(statement);
    return found.rows[0]?.answer ?? '';
  } finally {
    await client.end();
  }
}

/** Another process opens the same server and is killed without a chance to stop it. */
function openAndDie(): number {
  const code = `
    const { openEmbeddedPostgres } = await import(${JSON.stringify(MODULE)});
    const nothing = () => {};
    const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
    const server = await openEmbeddedPostgres({ folder: ${JSON.stringify(join(folder, 'server'))}, settings: ${JSON.stringify(settings)}, log });
    process.stdout.write(String(server.port), () => process.kill(process.pid, 'SIGKILL'));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(done.stderr).toBe('');
  return Number(done.stdout);
}

test('a server is fit for the hub, keeps its port, and its password is for its owner alone', async () => {
  let port = 0;
  {
    await using server = await open();
    port = server.port;
    expect(server.adopted).toBe(false);
    const url = server.url('postgres');
    expect(await ask(url, `SELECT current_setting('fsync') || current_setting('synchronous_commit') AS answer`)).toBe(
      'onon',
    );
    expect(await ask(url, `SELECT current_setting('data_checksums') AS answer`)).toBe('on');
    expect(await ask(url, `SELECT datctype AS answer FROM pg_database WHERE datname = 'postgres'`)).toBe('C.UTF-8');
    const withoutPassword = new URL(url);
    withoutPassword.password = 'wrong';
    await expect(ask(withoutPassword.href, 'SELECT 1 AS answer')).rejects.toThrow(/password/);
    expect(statSync(join(server.folder, 'password')).mode & 0o077).toBe(0);
  }
  expect(existsSync(join(folder, 'server', 'data', 'postmaster.pid'))).toBe(false);
  await using again = await open();
  expect(again.port).toBe(port);
});

test('a server left by a killed process is adopted, and stopped by who adopted it', async () => {
  const port = openAndDie();
  const pid = postmaster(join(folder, 'server'));
  expect(isAlive(pid)).toBe(true);
  {
    await using server = await open();
    expect(server).toMatchObject({ adopted: true, port });
    expect(await ask(server.url('postgres'), `SELECT 'here' AS answer`)).toBe('here');
  }
  expect(isAlive(pid)).toBe(false);
});

test('a guest leaves the server running for its owner', async () => {
  await using owner = await open();
  const guest = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { openEmbeddedPostgres } = await import(${JSON.stringify(MODULE)});
       const nothing = () => {};
       const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log };
       const server = await openEmbeddedPostgres({ folder: ${JSON.stringify(join(folder, 'server'))}, log });
       process.stdout.write(String(server.adopted));
       await server[Symbol.asyncDispose]();`,
    ],
    { cwd: projectRoot, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(guest.stdout).toBe('true');
  expect(await ask(owner.url('postgres'), `SELECT 'still here' AS answer`)).toBe('still here');
});

test('a server that is killed under a living process is started again at its port, and stopped at the end', async () => {
  let pid = 0;
  {
    await using server = await open();
    expect(await server.revive()).toBe(false);
    const killed = postmaster(server.folder);
    process.kill(killed, 'SIGKILL');
    await until(() => !isAlive(killed), 'the server has ended');
    expect(await server.revive()).toBe(true);
    pid = postmaster(server.folder);
    expect(await ask(server.url('postgres'), `SELECT 'again' AS answer`)).toBe('again');
    expect(await server.revive()).toBe(false);
  }
  expect(isAlive(pid)).toBe(false);
});

test('a guest whose server was stopped by its owner starts it again', async () => {
  const owner = await open();
  await using guest = await open();
  await owner[Symbol.asyncDispose]();
  await expect(ask(guest.url('postgres'), 'SELECT 1 AS answer')).rejects.toThrow();
  expect(await guest.revive()).toBe(true);
  expect(await ask(guest.url('postgres'), `SELECT 'again' AS answer`)).toBe('again');
});

test('a postmaster.pid whose number now belongs to another program does not stop the start', async () => {
  const pidFile = join(folder, 'server', 'data', 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${join(folder, 'server', 'data')}\n0\n1\n\n127.0.0.1\n0\n`);
  await using server = await open();
  expect(server.adopted).toBe(false);
});

test('a server that was killed is started again at once, though a statement of it still runs', async () => {
  const killed = await open();
  const url = killed.url('postgres');
  const client = openClient({ url, name: 'test', patience: PATIENCE.work });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS kept (n int); TRUNCATE kept; INSERT INTO kept VALUES (42)');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const backend = rows[0]?.pid ?? 0;
  const running = client.query('SELECT sum(i) FROM generate_series(1, 15000000) AS i').catch(() => {});
  await until(async () => (await ask(url, BUSY)) === '1', 'the statement runs');
  process.kill(postmaster(join(folder, 'server')), 'SIGKILL');
  expect(isAlive(backend)).toBe(true);
  {
    await using again = await open();
    expect(again).toMatchObject({ adopted: false });
    expect(await ask(again.url('postgres'), 'SELECT n::text AS answer FROM kept')).toBe('42');
  }
  await running;
  await client.end().catch(() => {});
}, 60_000);

test('of two processes that start a killed server at once one does, and both get it', async () => {
  await open();
  process.kill(postmaster(join(folder, 'server')), 'SIGKILL');
  const both = await Promise.all([open(), open()]);
  expect(both.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
  expect(new Set(both.map(({ port }) => port)).size).toBe(1);
  for (const server of both) await server[Symbol.asyncDispose]();
});

test('a postmaster.pid whose number now belongs to a server over another folder does not stop the start', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'postgres', '-D', '/elsewhere']);
  writeFileSync(join(folder, 'server', 'data', 'postmaster.pid'), `${other.pid}\n/elsewhere\n0\n1\n\n127.0.0.1\n0\n`);
  {
    await using server = await open();
    expect(server.adopted).toBe(false);
  }
  other.kill('SIGKILL');
});

test('a folder of data that lacks its version is refused, and nothing in it is touched', async () => {
  const strange = join(folder, 'strange');
  mkdirSync(join(strange, 'data'), { recursive: true });
  chmodSync(strange, 0o755);
  writeFileSync(join(strange, 'data', 'precious'), 'x');
  await expect(open({ folder: strange })).rejects.toMatchObject({ code: 'HUB_STACK_FAILED' });
  expect(readFileSync(join(strange, 'data', 'precious'), 'utf8')).toBe('x');
});

test('a taken port and a server that dies while starting are named errors with the reason', async () => {
  const port = await freePort();
  const blocker = createServer().listen(port, '127.0.0.1');
  await expect(open({ port })).rejects.toMatchObject({
    code: 'HUB_STACK_FAILED',
    message: expect.stringContaining(String(port)),
  });
  await new Promise((resolve) => blocker.close(resolve));
  await expect(
    openEmbeddedPostgres({ folder: join(folder, 'server'), settings: { shared_buffers: 'lots' }, log: silentLogger }),
  ).rejects.toMatchObject({
    code: 'HUB_STACK_FAILED',
    message: expect.stringContaining('invalid value for parameter "shared_buffers"'),
  });
});

const reason = userInfo().uid === 0 ? '' : ' (only root has this trouble)';
(reason === '' ? test : test.skip)(
  `a folder the service user cannot enter is replaced, and the log says so${reason}`,
  async () => {
    const closed = join(folder, 'closed');
    const warnings: string[] = [];
    const log: Logger = { ...silentLogger, warn: (_fields, message) => void warnings.push(message ?? '') };
    mkdirSync(closed, { mode: 0o700 });
    let elsewhere = '';
    {
      await using server = await open({ folder: join(closed, 'server'), log });
      elsewhere = server.folder;
      expect(elsewhere.startsWith(closed)).toBe(false);
      expect(warnings.join()).toContain(elsewhere);
    }
    rmSync(elsewhere, { recursive: true, force: true });
  },
);
