import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../schemas/kernel/errors.ts';
import { isAlive, readOr } from './processes.ts';

/** Lets one process at a time create or start a service in a folder; a lock of a dead process is taken over. */
export async function acquireStartLock(file: string, timeoutMs: number): Promise<AsyncDisposable> {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  while (!tryLock(file)) {
    const holder = Number(readOr(file, '0'));
    if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline) {
      throw new HubError('HUB_STACK_FAILED', `Process ${holder} has been starting the same service for too long`, {
        file,
      });
    } else await delay(100);
  }
  return {
    [Symbol.asyncDispose]: async () => rmSync(file, { force: true }),
  };
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
