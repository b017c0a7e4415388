import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { openEmbeddedPostgres } from '../../runner/stack/postgres.ts';
import { isAlive, readOr } from '../../runner/stack/processes.ts';

/*
 * For jest started without our set-up: a detached process that keeps one embedded PostgreSQL for the whole run (all
 * workers share it) and ends it, files and all, when the run's main process has gone.
 */
const runPid = (): number => (process.argv[1]?.includes('processChild') ? process.ppid : process.pid);
const guardFolder = (pid: number): string => join(tmpdir(), `sanjiang-test-${pid}`);

export async function guardedPostgresUrl(): Promise<string> {
  const pid = runPid();
  const folder = guardFolder(pid);
  const announced = join(folder, 'url');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (claims(join(folder, 'claimed'))) {
    spawn(process.execPath, [fileURLToPath(import.meta.url), String(pid)], { detached: true, stdio: 'ignore', env: { PATH: process.env['PATH'] } }).unref();
  }
  for (let waited = 0; waited < 60_000; waited += 50) {
    const url = readOr(announced, '');
    if (url.startsWith('failed: ')) throw new Error(url);
    if (url.endsWith('\n')) return url.trim();
    await delay(50);
  }
  throw new Error(`The embedded PostgreSQL for tests did not start; look into ${folder}`);
}

const claims = (file: string): boolean => {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
};

async function guard(pid: number): Promise<void> {
  const folder = guardFolder(pid);
  const announced = join(folder, 'url');
  try {
    await using server = await openEmbeddedPostgres({
      folder: join(folder, 'postgres'),
      settings: { shared_buffers: '64MB' },
      log: silentLogger,
    });
    writeFileSync(announced, `${server.url('postgres')}\n`, { mode: 0o600 });
    while (isAlive(pid)) await delay(300);
  } catch (error) {
    writeFileSync(announced, `failed: ${error instanceof Error ? error.message : String(error)}`);
    while (isAlive(pid)) await delay(300);
  }
  rmSync(folder, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await guard(Number(process.argv[2]));
