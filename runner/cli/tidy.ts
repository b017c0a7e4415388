import type { Command } from 'commander';
import { KEPT, POLICIES } from '../tidy/policies.ts';
import { tidy } from '../tidy/tidy.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';

async function run(options: { dryRun?: boolean; json?: boolean }, common: CommonOptions): Promise<void> {
  await using session = await openSession(common);
  const dryRun = options.dryRun === true;
  const done = await tidy(session.hub, { dryRun, signal: listenForSignals().stop });
  if (options.json === true) {
    printJson({ dryRun, tables: done });
    return;
  }
  print(
    table(
      ['of', 'table', 'kept for days', dryRun ? 'rows that would go' : 'rows gone'],
      done.map((one) => [one.of, one.table, one.days, one.rows]),
    ),
  );
}

const POLICY_TEXT = POLICIES.map(
  ({ of, table: name, keep, goes, stays }) => `  ${`${of}.${name}`.padEnd(22)} keep.${keep}: ${goes}. Stays: ${stays}.`,
).join('\n');
const KEPT_TEXT = Object.entries(KEPT)
  .flatMap(([of, tables]) => Object.entries(tables).map(([name, why]) => `  ${`${of}.${name}`.padEnd(28)} ${why}`))
  .join('\n');

export function addTidyCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('tidy')
    .description('take away what is old; the clock does it each night')
    .option('--dry-run', 'change nothing: only say how much would go')
    .option('--json', 'as one line of JSON')
    .addHelpText('after', `\nWhat goes when it is old:\n${POLICY_TEXT}\n\nNothing goes of:\n${KEPT_TEXT}`)
    .action((options: { dryRun?: boolean; json?: boolean }) => run(options, common()));
}
