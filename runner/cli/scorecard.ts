import type { Command } from 'commander';
import { localToday } from '../../pipelines/calendar.ts';
import { listFindings, runBatchRules } from '../../pipelines/engine/batch-rules.ts';
import { scorecards } from '../../pipelines/engine/scorecard.ts';
import { baseNamed } from '../rebuild.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';
import { positive } from './systems.ts';

const SHOWN = 5;

interface RulesOptions {
  readonly list?: boolean;
  readonly rule?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addRulesCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('rules')
    .description('ask the rules that compare many records of a base; what they find is kept until it is gone')
    .argument('<base>', 'name of the base')
    .option('--list', 'ask nothing; show what was found the last time')
    .option('--rule <id>', 'with --list: only this rule')
    .option('-n, --limit <count>', 'with --list: how many', positive, 50)
    .option('--json', 'as one line of JSON')
    .action(async (name: string, options: RulesOptions) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      if (options.list === true) {
        const findings = await listFindings(pool, definition.schema, options.rule ?? null, options.limit);
        if (options.json === true) printJson(findings);
        else
          print(
            table(
              ['rule', 'subject', 'finding'],
              findings.map((one) => [one.rule, one.subject, one.message]),
            ),
          );
        return;
      }
      const titles = new Map(definition.rules.map(({ id, title }) => [id, title]));
      const results = await runBatchRules(pool, definition, { today: localToday() });
      if (options.json === true) printJson(results);
      else
        print(
          table(
            ['rule', 'holds when', 'found', 'new', 'gone', 'ms'],
            results.map((one) => [
              one.rule,
              titles.get(one.rule) ?? '',
              one.found,
              one.isNew,
              one.gone,
              Math.round(one.ms),
            ]),
          ),
        );
    });
}

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
