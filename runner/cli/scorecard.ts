import type { Command } from 'commander';
import { CROSS_RULES } from '../../pipelines/cross/rules.ts';
import type { Hub } from '../compose.ts';
import { type QualityReport, qualityReport } from '../quality/scorecards.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';

const SHOWN = 5;

/** Neither 0 nor 100 % but where it is exactly that. */
function share(part: number, whole: number): string {
  if (whole === 0) return '-';
  if (part === 0 || part === whole) return part === 0 ? '0 %' : '100 %';
  return `${Math.min(Math.max((part / whole) * 100, 0.1), 99.9).toFixed(1)} %`;
}

function printStreams({ streams }: QualityReport): void {
  print(
    table(
      ['base', 'system', 'stream', 'records', 'clean', 'with errors', 'with warnings', 'in quarantine'],
      streams.map((one) => [
        ...[one.base, one.system, one.stream, one.records, share(one.clean, one.records)],
        ...[one.errors, one.warnings, one.quarantined],
      ]),
    ),
  );
  for (const { system, stream, rules } of streams)
    for (const { rule, severity, records, title, zh } of rules.slice(0, SHOWN))
      print(`${system}/${stream}  ${severity} ${rule}  ${records}  ${zh ?? title ?? ''}`.trimEnd());
}

function printFindings(hub: Hub, { findings }: QualityReport): void {
  print('\nOpen findings of rules over many records and over several bases:');
  if (findings.length === 0) {
    print('none');
    return;
  }
  const titles = new Map<string, string>();
  for (const { definition } of hub.bases.values())
    for (const { id, title, zh } of definition.rules) titles.set(id, zh ?? title);
  for (const { id, zh } of CROSS_RULES) titles.set(id, zh);
  print(
    table(
      ['scope', 'rule', 'system', 'findings', 'holds when'],
      findings.map(({ scope, rule, system, findings: count }) => [scope, rule, system, count, titles.get(rule) ?? '']),
    ),
  );
}

function printTrend({ trend }: QualityReport): void {
  const days = new Map<
    string,
    { base: string; day: string; read: number; errors: number; warnings: number; rejected: number }
  >();
  for (const { base, day, read, errors, warnings, rejected } of trend) {
    const key = `${base} ${day}`;
    const sum = days.get(key) ?? { base, day, read: 0, errors: 0, warnings: 0, rejected: 0 };
    sum.read += read;
    sum.errors += errors;
    sum.warnings += warnings;
    sum.rejected += rejected;
    days.set(key, sum);
  }
  print('\nRecords as they came, by day:');
  print(
    table(
      ['base', 'day', 'read', 'with errors', 'with warnings', 'rejected'],
      [...days.values()].map(({ base, day, read, errors, warnings, rejected }) => [
        ...[base, day, read, share(errors, read), share(warnings, read), share(rejected, read)],
      ]),
    ),
  );
}

function printDepartments({ departments }: QualityReport): void {
  print('\nBy department:');
  print(
    table(
      ['department', 'systems', 'records', 'clean', 'with errors', 'with warnings', 'in quarantine', 'open findings'],
      departments.map((one) => [
        ...[one.department, one.systems, one.records, share(one.clean, one.records)],
        ...[one.errors, one.warnings, one.quarantined, one.findings],
      ]),
    ),
  );
}

export function addScorecardCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('scorecard')
    .description(
      'what the quality rules find: by system as the records are now, by department, and in the batches of the last days',
    )
    .argument('<base>', 'name of the base, or `all`')
    .option('--json', 'as one line of JSON, with every rule')
    .action(async (scope: string, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const report = await qualityReport(session.hub, scope);
      if (options.json === true) {
        printJson(report);
        return;
      }
      printStreams(report);
      printFindings(session.hub, report);
      printTrend(report);
      printDepartments(report);
    });
}
