import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createCatalog } from '../../../catalog/api/server.ts';
import { exportLog } from '../../../catalog/proof/mirror.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { describeWithProgram } from '../../support/programs.ts';
import { events, openLogFixture } from './log-fixture.ts';

/* The program of the transparency-dev project, which knows nothing of us, reads what we serve. */

/** Debian has another `fsck`. */
const FSCK = 'tessera-fsck';
const PASSED = "Successfully fsck'd log";
/** It never ends over a log that is wrong, and its status tells nothing: what it prints is judged, under a limit of time. */
const LIMIT_MS = 40_000;

/** What it has printed when it says that it passed, or names something that is wrong, or the time is over. */
function fsck(address: string, keyFile: string, ended: RegExp): Promise<string> {
  const args = ['-storage_url', address, '-public_key', keyFile, '-ui=false', '-v=1'];
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(FSCK, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const hear = (part: Buffer): void => {
      said += part.toString();
      if (ended.test(said)) child.kill('SIGKILL');
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

describeWithProgram('tessera fsck (go install github.com/transparency-dev/tessera/cmd/fsck)', FSCK, ['-h'], () => {
  test('it accepts a log of 1,000 entries, as files and as served, and none of which one byte of one entry was changed', async () => {
    await using fixture = await openLogFixture();
    const folder = mkdtempSync(join(tmpdir(), 'sanjiang-fsck-'));
    const keyFile = join(folder, 'key');
    await fixture.log.append(events(1_000));
    await exportLog(fixture.files, { folder, verifier: fixture.log.verifier });
    writeFileSync(keyFile, `${fixture.log.verifierKey}\n`);
    expect(await fsck(`file://${folder}/`, keyFile, /fsck'd/)).toContain(PASSED);

    const server = await createCatalog({
      ...{ hub: fixture.pool, bases: [], log: silentLogger, auditLog: fixture.files, access: null },
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
      ready: async () => [],
    });
    const served = await server.listen({ host: '127.0.0.1', port: 0 });
    expect(await fsck(`${served}/log/`, keyFile, /fsck'd/)).toContain(PASSED);
    await server.close();

    const bundle = join(folder, 'tile/entries/002');
    const bytes = readFileSync(bundle);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(bundle, bytes);
    const said = await fsck(`file://${folder}/`, keyFile, /nvalid|fsck'd/);
    expect(said).not.toContain(PASSED);
    expect(said).toMatch(/nvalid/);
    rmSync(folder, { recursive: true });
  }, 120_000);
});
