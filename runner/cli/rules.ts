import type { Command } from 'commander';
import { localDay } from '../../pipelines/calendar.ts';
import { listFindings } from '../../pipelines/engine/reports/searches.ts';
import type { Hub } from '../compose.ts';
import { type AskableRule, askRules, CROSS, type RuleOutcome, rulesOfScope } from '../quality/ask-rules.ts';
import { listCrossFindings } from '../quality/cross-findings.ts';
import { lastRuleRuns, type RuleRun } from '../quality/rule-runs.ts';
import { EXIT, print, printJson, table, tell } from './print.ts';
import { unmasked } from './recorded.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';
import { clearable, sightOf } from './sight.ts';
import { positive } from './systems.ts';

interface RulesOptions {
  readonly list?: boolean;
  readonly runs?: boolean;
  readonly rule?: string;
  readonly limit: number;
  readonly json?: boolean;
  readonly clear?: boolean;
}

interface ShownFinding {
  readonly scope: string;
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly system: string | null;
  readonly firstFoundAt: Date;
}

const nameOf = ({ title, zh }: Pick<AskableRule, 'title' | 'zh'>): string => zh ?? title;

async function findingsOf(
  hub: Hub,
  rules: readonly AskableRule[],
  { rule = null, limit }: { readonly rule?: string | null; readonly limit: number },
): Promise<readonly ShownFinding[]> {
  const found: ShownFinding[] = [];
  for (const scope of new Set(rules.map((one) => one.scope))) {
    const base = hub.bases.get(scope);
    const own =
      base === undefined
        ? await listCrossFindings(hub.pool, rule, limit)
        : await listFindings(base.pool, base.definition.schema, rule, limit);
    for (const one of own) found.push({ ...one, scope });
  }
  return found;
}

function printFindings(findings: readonly ShownFinding[]): void {
  print(
    table(
      ['rule', 'system', 'subject', 'finding', 'since'],
      findings.map((one) => [...[one.rule, one.system, one.subject, one.message], localDay(one.firstFoundAt)]),
    ),
  );
}

function printRuns(rules: readonly AskableRule[], runs: readonly RuleRun[]): void {
  const lastOf = new Map(runs.map((run) => [`${run.scope} ${run.rule}`, run]));
  print(
    table(
      ['scope', 'rule', 'asked', 'by', 'ms', 'found', 'new', 'gone', 'error'],
      rules.map(({ scope, rule }) => {
        const run = lastOf.get(`${scope} ${rule}`);
        if (run === undefined) return [scope, rule, 'never', null, null, null, null, null, null];
        const { startedAt, endedAt, error } = run;
        return [
          ...[scope, rule, startedAt.toISOString(), run.by],
          endedAt === null ? null : endedAt.getTime() - startedAt.getTime(),
          ...[run.found, run.isNew, run.gone],
          error === null ? (endedAt === null ? 'not ended' : null) : `${error.code}: ${error.message}`,
        ];
      }),
    ),
  );
}

function printOutcomes(rules: readonly AskableRule[], outcomes: readonly RuleOutcome[]): void {
  const names = new Map(rules.map((one) => [`${one.scope} ${one.rule}`, nameOf(one)]));
  print(
    table(
      ['scope', 'rule', 'holds when', 'found', 'new', 'gone', 'ms', 'error'],
      outcomes.map((one) => [
        ...[one.scope, one.rule, names.get(`${one.scope} ${one.rule}`) ?? ''],
        ...(one.error === null ? [one.found, one.isNew, one.gone] : [null, null, null]),
        ...[Math.round(one.ms), one.error?.code ?? null],
      ]),
    ),
  );
}

export function addRulesCommand(program: Command, common: () => CommonOptions): void {
  clearable(program.command('rules'))
    .description('ask the rules that compare many records or several bases; what they find is kept until it is gone')
    .argument('[base]', `name of the base, \`${CROSS}\` for the rules over several bases, or \`all\``, 'all')
    .option('--list', 'ask nothing; show what was found the last time')
    .option('--runs', 'ask nothing; show when each rule was last asked, and whether it failed')
    .option('--rule <id>', 'only this rule')
    .option('-n, --limit <count>', 'with --list: how many', positive, 50)
    .option('--json', 'as one line of JSON')
    .action(async (scope: string, options: RulesOptions) => {
      const { stop } = listenForSignals();
      await using session = await openSession(common());
      const { hub } = session;
      const rules = rulesOfScope(hub, scope).filter(({ rule }) => options.rule === undefined || options.rule === rule);
      if (options.list === true) {
        // One more than is shown tells whether there are more.
        const found = await findingsOf(hub, rules, { ...options, limit: options.limit + 1 });
        const what = `hub rules ${scope} --list`;
        const attributeOf = ({ scope: of, rule }: ShownFinding): string | null =>
          hub.bases.get(of)?.definition.rules.find(({ id }) => id === rule)?.attribute ?? null;
        const clear = await unmasked(hub, options.clear, `rules/${scope}`, what);
        const sights = new Map(
          [...new Set(found.map((one) => one.scope))].map((one) => [
            one,
            sightOf(hub.bases.get(one)?.definition ?? null, { clear }),
          ]),
        );
        const findings = found.slice(0, options.limit).map((one) => ({
          ...one,
          message: sights.get(one.scope)?.finding(attributeOf(one), one.message) ?? '',
        }));
        if (options.json === true) printJson(findings);
        else printFindings(findings);
        if (found.length > options.limit)
          tell(
            `There are more than these ${options.limit}: --limit ${options.limit * 10} shows more, --rule ID one rule alone.`,
          );
        return;
      }
      if (options.runs === true) {
        const asked = new Set(rules.map((one) => `${one.scope} ${one.rule}`));
        const runs = (await lastRuleRuns(hub.pool)).filter((run) => asked.has(`${run.scope} ${run.rule}`));
        if (options.json === true) printJson(runs);
        else printRuns(rules, runs);
        return;
      }
      const outcomes = await askRules(hub, rules, 'hub rules', stop);
      if (options.json === true) printJson(outcomes);
      else printOutcomes(rules, outcomes);
      for (const { rule, error } of outcomes) {
        if (error === null) continue;
        tell(`${rule} could not be asked: ${error.message}`);
        process.exitCode = EXIT.mend;
      }
    });
}
