import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../schemas/kernel/errors.ts';
import { isAlive, readOr } from './processes.ts';

/**
 * Lets one process at a time create or start a service in a folder; a lock of a dead process is taken over.
 * @throws HUB_STACK_NOT_READY when another process holds it for longer
 */
export async function acquireStartLock(file: string, timeoutMs: number): Promise<AsyncDisposable> {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  while (!tryLock(file)) {
    const holder = readOr(file, '');
    if (holder !== '' && !isAlive(Number(holder))) takeAway(file, holder);
    else if (Date.now() > deadline)
      throw new HubError('HUB_STACK_NOT_READY', `Process ${holder} has been starting the same service for too long`, {
        file,
      });
    else await delay(100);
  }
  return {
    [Symbol.asyncDispose]: async () => rmSync(file, { force: true }),
  };
}

/** Linked when it is written: nobody ever sees a lock that does not say whose it is. */
function tryLock(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Of several that find the same dead holder one takes its lock away, and nobody that of the one who came next. */
function takeAway(file: string, holder: string): void {
  const aside = `${file}.taken-by-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readOr(aside, '') !== holder) {
    try {
      linkSync(aside, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}
