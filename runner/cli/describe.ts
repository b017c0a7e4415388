import type { Command } from 'commander';
import { CONNECTORS } from '../../connectors/index.ts';
import { BASES } from '../../pipelines/bases.ts';
import { CONVERSIONS } from '../../pipelines/conversions.ts';
import { nearest } from '../../pipelines/nearest.ts';
import { basisOf } from '../../schemas/base.ts';
import { CHINESE } from '../../schemas/kernel/chinese-errors.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { type ErrorCode, HubError } from '../../schemas/kernel/errors.ts';
import { systemFile } from '../../schemas/system.ts';
import { describeConfig, printableConfig } from '../settings/config.ts';
import { schemaRows } from '../settings/schema-rows.ts';
import { type Cell, print, printJson, table } from './print.ts';
import { type CommonOptions, settings } from './session.ts';

interface Topic {
  readonly text: string;
  readonly head: readonly string[];
  rows(common: CommonOptions): readonly (readonly Cell[])[];
}

/** Settings of a group, as somebody writes them: those of a connector, or of a system file around them. */
const settingRows = (schema: Parameters<typeof schemaRows>[0]): readonly (readonly Cell[])[] =>
  schemaRows(schema).map((row) => [row.name, row.type, row.required ? 'required' : row.default, row.text]);

const SETTING_HEAD = ['setting', 'allowed', 'default', 'meaning'];

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
  'system-file': {
    text: 'what stands in a system file, whatever its connector',
    head: SETTING_HEAD,
    rows: () => settingRows(systemFile),
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

/** What is known of a single thing by its name: a connector, a conversion, a base, a rule, an error, a setting. */
function thingNamed(name: string): Topic | null {
  const oneOf = (topic: string, isIt: (row: readonly Cell[]) => boolean): Topic | null => {
    const { text, head, rows } = TOPICS[topic] as Topic;
    const found = (common: CommonOptions): readonly (readonly Cell[])[] => rows(common).filter(isIt);
    return { text, head, rows: found };
  };
  if (Object.hasOwn(CONNECTORS, name)) {
    const { config, summary } = CONNECTORS[name] as (typeof CONNECTORS)[string];
    return {
      text: `${summary}. What is special about it: connectors/${name}/README.md`,
      head: SETTING_HEAD,
      rows: () =>
        settingRows(config).map(([path, ...rest]) => [
          String(path).replace(/^streams\.<name>\./, 'streams.<name>.source.'),
          ...rest,
        ]),
    };
  }
  if (Object.hasOwn(CONVERSIONS, name)) {
    const { summary, arguments: may } = CONVERSIONS[name] as (typeof CONVERSIONS)[string];
    return { text: summary, head: ['conversion', 'in brackets'], rows: () => [[name, may === '' ? 'nothing' : may]] };
  }
  if (Object.hasOwn(ERRORS, name)) {
    const code = name as ErrorCode;
    const said = [ERRORS[code], CHINESE[code]];
    return {
      text: ERRORS[code].recovery,
      head: ['what', 'remedy'],
      rows: () => said.map(({ title, remedy }) => [title, remedy]),
    };
  }
  if (BASES.some((base) => base.name === name)) return oneOf('attributes', ([base]) => base === name);
  if (BASES.some(({ rules }) => rules.some(({ id }) => id === name))) return oneOf('rules', (row) => row[1] === name);
  if (BASES.some(({ attributes }) => Object.hasOwn(attributes, name)))
    return oneOf('attributes', (row) => row[1] === name);
  if (describeConfig().some((row) => row.name === name || row.env === name))
    return oneOf('settings', (row) => row[0] === name || row[1] === name);
  return null;
}

/** @throws HUB_ARGUMENT_INVALID with what may be asked, and what may have been meant */
function topicOf(name: string): Topic {
  const topic = Object.hasOwn(TOPICS, name) ? (TOPICS[name] as Topic) : thingNamed(name);
  if (topic !== null) return topic;
  const things = [
    ...[...Object.keys(TOPICS), ...Object.keys(CONNECTORS), ...Object.keys(CONVERSIONS), ...Object.keys(ERRORS)],
    ...BASES.flatMap((base) => [base.name, ...base.rules.map(({ id }) => id), ...Object.keys(base.attributes)]),
    ...describeConfig().flatMap((row) => [row.name, row.env]),
  ];
  const meant = nearest(name, things);
  throw new HubError(
    'HUB_ARGUMENT_INVALID',
    `There is nothing to tell about "${name}"${meant === null ? '' : `; did you mean ${meant}?`}`,
    {
      allowed: [...Object.keys(TOPICS), 'the name of a connector, conversion, base, attribute, rule, error or setting'],
    },
  );
}

function describe(name: string, options: { json?: boolean }, common: CommonOptions): void {
  const { text, head, rows } = topicOf(name);
  const found = rows(common);
  if (options.json === true) {
    printJson(found.map((row) => Object.fromEntries(head.map((title, i) => [title, row[i] ?? null]))));
    return;
  }
  if (!Object.hasOwn(TOPICS, name)) print(`${text}\n`);
  print(table(head, found));
}

export function addDescribeCommand(program: Command, common: () => CommonOptions): void {
  const topics = Object.entries(TOPICS).map(([name, { text }]) => `  ${name.padEnd(12)} ${text}`);
  program
    .command('describe')
    .description('what this program knows: settings in force, connectors, conversions, rules, errors')
    .argument(
      '[topic]',
      'see below, or the name of a single thing: csv, HUB_CONFIG_INVALID, amount, P03, http.port',
      'settings',
    )
    .option('--json', 'as one line of JSON')
    .addHelpText('after', `\nTopics:\n${topics.join('\n')}`)
    .action((name: string, options: { json?: boolean }) => describe(name, options, common()));
}
