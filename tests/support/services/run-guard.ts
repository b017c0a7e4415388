import { spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive, lastLines, readOr } from '../../../runner/stack/processes.ts';
import type { Announcement } from './guard.ts';

const GUARD = fileURLToPath(new URL('guard.js', import.meta.url));
/** Maven may have to fetch the Kafka libraries first. */
const PATIENCE_MS = 300_000;

/** Short, because a MariaDB socket path may have 107 bytes at most. */
const guardFolder = (runPid: number): string => join(tmpdir(), `sanjiang-test-${runPid}`);

/** Whoever calls first for a run starts its services; everybody gets the same answer. */
export async function guardedServices(runPid: number, names: readonly string[]): Promise<Announcement> {
  const folder = guardFolder(runPid);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (claim(join(folder, 'claimed'))) {
    const output = openSync(join(folder, 'guard.log'), 'a');
    const guard = spawn(process.execPath, [GUARD, String(runPid), folder, names.join(',')], {
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    guard.unref();
    writeFileSync(join(folder, 'guard.pid'), String(guard.pid));
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const text = readOr(join(folder, 'announcement.json'), '');
    if (text !== '') return JSON.parse(text) as Announcement;
    const guardPid = Number(readOr(join(folder, 'guard.pid'), '0'));
    if (guardPid > 0 && !isAlive(guardPid)) break;
    await delay(50);
  }
  throw new Error(`The services for the tests did not come up:\n${lastLines(join(folder, 'guard.log'), 20)}`);
}

/** Stops the services of a run and waits until they are gone. */
export async function endGuard(runPid: number): Promise<void> {
  const pid = Number(readOr(join(guardFolder(runPid), 'guard.pid'), '0'));
  if (pid <= 0 || !isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; isAlive(pid) && waited < 60_000; waited += 50) await delay(50);
}

function claim(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
