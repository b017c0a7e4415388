import type { Command } from 'commander';
import { checkAgainstLog, type RebuildResult, remap } from '../normalise/rebuild.ts';
import { EXIT, print, printJson, table } from './print.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';

function show({ streams, ms }: RebuildResult): void {
  print(
    table(
      ['system', 'stream', 'read', 'inserted', 'updated', 'unchanged', 'stale', 'rejected'],
      streams.map((one) => [
        ...[one.system, one.stream, one.read, one.inserted, one.updated, one.unchanged, one.stale, one.rejected],
      ]),
    ),
  );
  for (const { topic, gone, since, readAnew } of streams) {
    if (gone > 0)
      print(`! ${topic}: the log begins ${since?.toISOString() ?? 'nowhere'}; ${gone} messages before are gone.`);
    if (readAnew.length > 0)
      print(
        `! ${topic}: partitions ${readAnew.join(', ')} are read from their start now; \`hub apply\` the system file.`,
      );
  }
  print(`${(ms / 1000).toFixed(1)} s.`);
}

export function addRebuildCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('rebuild')
    .description(
      'send what the log holds through the mappings and rules of today again; only what comes out differently changes',
    )
    .argument('<base>', 'name of the base')
    .option('--system <name>', 'only the streams of this system')
    .option('--check', 'change nothing: build the base beside itself from the log and compare the hashes')
    .option('--json', 'as one line of JSON')
    .action(async (base: string, options: { system?: string; check?: boolean; json?: boolean }) => {
      await using session = await openSession(common());
      const { stop } = listenForSignals();
      if (options.check !== true) {
        const result = await remap(session.hub, base, options.system, stop);
        if (options.json === true) printJson(result);
        else show(result);
        return;
      }
      const result = await checkAgainstLog(session.hub, base, stop);
      const same = result.whole && result.hash === result.hashOfCopy;
      if (options.json === true) printJson({ ...result, same });
      else {
        show(result);
        const hashes = `${result.hash}, from the log ${result.hashOfCopy}`;
        if (same) print(`The same: ${result.hash}.`);
        else print(result.whole ? `NOT the same: ${hashes}.` : `The log is NOT whole, and proves nothing: ${hashes}.`);
      }
      if (!same) process.exitCode = EXIT.mend;
    });
}
