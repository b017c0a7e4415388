import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { exportLog, folderLog, remoteLog } from '../../catalog/proof/mirror.ts';
import { type Checkpoint, openCheckpoint, parseVerifier, type Verifier } from '../../catalog/proof/note.ts';
import { type LogFiles, storedLog } from '../../catalog/proof/stored.ts';
import { verifyLog } from '../../catalog/proof/verify.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { print, printJson } from './print.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';

interface VerifyOptions {
  readonly url?: string;
  readonly folder?: string;
  readonly key?: string;
  readonly since?: string;
  readonly json?: boolean;
}

async function checkpointIn(file: string, verifier: Verifier): Promise<Checkpoint> {
  let note: string;
  try {
    note = await readFile(file, 'utf8');
  } catch (error) {
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `${file} cannot be read: ${(error as Error).message}`,
      { file, allowed: 'a checkpoint that was kept, as /log/checkpoint gave it' },
      { cause: error },
    );
  }
  return openCheckpoint(note, verifier);
}

async function verifyFiles(files: LogFiles, verifier: Verifier, options: VerifyOptions, signal: AbortSignal) {
  const since = options.since === undefined ? undefined : await checkpointIn(options.since, verifier);
  const verified = await verifyLog(files, { verifier, since, signal });
  const { origin, size } = verified;
  const root = verified.root.toString('base64');
  if (options.json === true) {
    printJson({ verified: true, origin, size, root, since: verified.since });
    return;
  }
  print(`Verified: ${size} entries of ${origin}, root ${root}.`);
  if (verified.since !== null) print(`It continues the checkpoint of ${verified.since} entries in ${options.since}.`);
}

async function verify(options: VerifyOptions, common: CommonOptions): Promise<void> {
  const { stop } = listenForSignals();
  const { url, folder, key } = options;
  if (url === undefined && folder === undefined) {
    await using session = await openSession(common);
    const { audit, pool } = session.hub;
    return await verifyFiles(storedLog(pool), key === undefined ? audit.verifier : parseVerifier(key), options, stop);
  }
  if (key === undefined)
    throw new HubError(
      'HUB_CONFIG_INVALID',
      'Whose log it should be is not said: a log proves nothing without its key',
      {
        allowed: '--key with the line that `hub audit key` prints at the hub',
      },
    );
  const files = url === undefined ? folderLog(String(folder)) : remoteLog(url, stop);
  return await verifyFiles(files, parseVerifier(key), options, stop);
}

/** For auditors: what is written down, and that nothing of it was changed. */
export function addAuditCommands(program: Command, common: () => CommonOptions): void {
  const audit = program
    .command('audit')
    .description(
      'the audit log: verify that nothing of it was changed, write it into a folder, the key that verifies it',
    );
  audit
    .command('verify')
    .description(
      'read a whole log and prove it: entries, tree, signature; names the first entry that is wrong. Without --url and --folder the log of this hub',
    )
    .addOption(new Option('--url <url>', 'where a log is served, such as https://HOST/log').conflicts('folder'))
    .option('--folder <folder>', 'where a mirror lies, such as `hub audit export` writes')
    .option('--key <key>', 'the line of `hub audit key`; may be left out for the log of this hub')
    .option('--since <file>', 'an older checkpoint that was kept: the log must be its continuation')
    .option('--json', 'as one line of JSON')
    .action((options: VerifyOptions) => verify(options, common()));
  audit
    .command('export')
    .description(
      'write the log as static files that a web server can serve and an auditor keeps; goes on with what is there',
    )
    .argument('<folder>')
    .option('--json', 'as one line of JSON')
    .action(async (folder: string, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const { audit: log, pool } = session.hub;
      const { stop: signal } = listenForSignals();
      const done = await exportLog(storedLog(pool), { folder, verifier: log.verifier, signal });
      if (options.json === true) printJson({ folder, ...done, key: log.verifierKey });
      else
        print(`${done.size} entries: ${done.written} files written, ${done.kept} were there. Key: ${log.verifierKey}`);
    });
  audit
    .command('key')
    .description('print the key that verifies the log: give it to auditors by a way that the hub does not go')
    .action(async () => {
      await using session = await openSession(common());
      print(session.hub.audit.verifierKey);
    });
}
