import type { Command } from 'commander';
import { scorecards } from '../../pipelines/engine/scorecard.ts';
import { baseNamed } from '../rebuild.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';

const SHOWN = 5;

export function addScorecardCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('scorecard')
    .description(
      'what the quality rules find in the records of each system: clean share, errors, warnings, most frequent rules',
    )
    .argument('<base>', 'name of the base')
    .option('--json', 'as one line of JSON, with every rule')
    .action(async (name: string, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      const cards = await scorecards(pool, definition.schema, definition.rules);
      if (options.json === true) {
        printJson(cards);
        return;
      }
      const share = (part: number, whole: number): string =>
        whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
      print(
        table(
          ['system', 'stream', 'records', 'clean', 'with errors', 'with warnings', 'in quarantine'],
          cards.map((one) => [
            ...[one.system, one.stream, one.records, share(one.clean, one.records)],
            ...[one.errors, one.warnings, one.quarantined],
          ]),
        ),
      );
      for (const { system, stream, rules } of cards)
        for (const { rule, severity, records, title } of rules.slice(0, SHOWN))
          print(`${system}/${stream}  ${severity} ${rule}  ${records}  ${title ?? ''}`.trimEnd());
    });
}
