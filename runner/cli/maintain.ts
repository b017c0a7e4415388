import type { Command } from 'commander';
import { CONNECTORS } from '../../connectors/index.ts';
import { BASES } from '../../pipelines/bases.ts';
import { CONVERSIONS } from '../../pipelines/conversions.ts';
import { basisOf } from '../../schemas/base.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { describeConfig, environment, printableConfig } from '../settings/config.ts';
import { type Cell, EXIT, print, printJson, table } from './print.ts';
import { type CommonOptions, loggerOf, settings } from './session.ts';

async function migrateAll(options: { check?: boolean }, common: CommonOptions): Promise<void> {
  const config = settings(common);
  const logger = loggerOf(common, { ...config, log: { ...config.log, level: 'info' } }, false);
  try {
    const { openHub } = await import('../compose.ts');
    const migrations = options.check === true ? 'check' : 'apply';
    await using hub = await openHub({ config, env: environment(), logger, migrations });
    print(`Up to date: hub, ${[...hub.bases.keys()].join(', ')}.`);
  } catch (error) {
    if (options.check !== true || !(error instanceof HubError) || error.code !== 'HUB_STORE_MIGRATION') throw error;
    print(error.message);
    process.exitCode = EXIT.mend;
  }
}

interface Topic {
  readonly text: string;
  readonly head: readonly string[];
  rows(common: CommonOptions): readonly (readonly Cell[])[];
}

/** What the program can tell about itself: nothing of it is written down twice. */
const TOPICS: Readonly<Record<string, Topic>> = {
  settings: {
    text: 'every setting with its value now; secrets are hidden',
    head: ['setting', 'environment', 'value', 'default', 'allowed', 'meaning'],
    rows(common) {
      const now = printableConfig(settings(common));
      const text = (value: unknown): Cell =>
        value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
      return describeConfig().map((row) => [row.name, row.env, text(now[row.name]), row.default, row.type, row.text]);
    },
  },
  connectors: {
    text: 'the kinds of source',
    head: ['connector', 'reads'],
    rows: () => Object.values(CONNECTORS).map(({ type, summary }) => [type, summary]),
  },
  conversions: {
    text: 'what `as` of a mapping may be',
    head: ['conversion', 'makes'],
    rows: () => Object.entries(CONVERSIONS).map(([name, { summary }]) => [name, summary]),
  },
  attributes: {
    text: 'what a mapping may fill, by base',
    head: ['base', 'attribute', 'type', '信息项', 'meaning'],
    rows: () =>
      BASES.flatMap(({ name, attributes }) =>
        Object.entries(attributes).map(([attribute, { type, zh, en }]) => [name, attribute, type, zh, en]),
      ),
  },
  rules: {
    text: 'the quality rules, by base',
    head: ['base', 'rule', 'severity', 'attribute', 'holds when', 'basis'],
    rows: () =>
      BASES.flatMap(({ name, rules }) =>
        rules.map((rule) => [name, rule.id, rule.severity, rule.attribute, rule.title, basisOf(rule).en]),
      ),
  },
  errors: {
    text: 'every error code with what to do',
    head: ['code', 'recovery', 'what', 'remedy'],
    rows: () => Object.entries(ERRORS).map(([code, { recovery, title, remedy }]) => [code, recovery, title, remedy]),
  },
};

function describe(name: string, options: { json?: boolean }, common: CommonOptions): void {
  const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  if (topic === undefined)
    throw new HubError('HUB_CONFIG_INVALID', `There is nothing to tell about "${name}"`, {
      allowed: Object.keys(TOPICS),
    });
  const rows = topic.rows(common);
  if (options.json === true)
    printJson(rows.map((row) => Object.fromEntries(topic.head.map((title, i) => [title, row[i] ?? null]))));
  else print(table(topic.head, rows));
}

export function addMaintenanceCommands(program: Command, common: () => CommonOptions): void {
  program
    .command('migrate')
    .description('bring the databases up to date')
    .option('--check', 'only say what is pending; status 3 when something is')
    .action((options: { check?: boolean }) => migrateAll(options, common()));
  const topics = Object.entries(TOPICS).map(([name, { text }]) => `  ${name.padEnd(12)} ${text}`);
  program
    .command('describe')
    .description('what this program knows: settings in force, connectors, conversions, rules, errors')
    .argument('[topic]', 'see below', 'settings')
    .option('--json', 'as one line of JSON')
    .addHelpText('after', `\nTopics:\n${topics.join('\n')}`)
    .action((name: string, options: { json?: boolean }) => describe(name, options, common()));
}
