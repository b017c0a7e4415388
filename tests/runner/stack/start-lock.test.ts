import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { acquireStartLock } from '../../../runner/stack/start-lock.ts';

const gone = (): string => String(spawnSync(process.execPath, ['-e', '']).pid);

test('of many that find the lock of a dead process one at a time gets it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  const file = join(folder, 'starting');
  writeFileSync(file, gone());
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      await using _lock = await acquireStartLock(file, 30_000);
      inside += 1;
      most = Math.max(most, inside);
      await Promise.resolve();
      inside -= 1;
    }),
  );
  expect([most, readdirSync(folder)]).toEqual([1, []]);
  rmSync(folder, { recursive: true });
});

test('a lock of a living process is waited for, and then told as something to try again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  await using _held = await acquireStartLock(join(folder, 'starting'), 1_000);
  await expect(acquireStartLock(join(folder, 'starting'), 150)).rejects.toMatchObject({ code: 'HUB_STACK_NOT_READY' });
});
