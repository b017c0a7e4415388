import type { Command } from 'commander';
import type { ZodType } from 'zod';
import { CONNECTORS } from '../../../connectors/index.ts';
import { createProgram } from '../../../runner/cli/program.ts';
import { describeConfig } from '../../../runner/settings/config.ts';
import { bareSchemas } from '../../../runner/settings/problems.ts';
import { systemFile } from '../../../schemas/system.ts';

/* Whether what a text tells somebody to type is there: commands with their arguments, settings, fields of system files. */

/** Words of other programs that a remedy may name. */
const OF_OTHERS: readonly RegExp[] = [
  /^kafka-configs\.sh --alter --entity-type topics$/,
  /^pg_stat_activity$/,
  /^(?:LC_CTYPE|C\.UTF-8)$/,
];

/** Names of settings at any depth below a schema. */
function keysOf(schema: ZodType, into: Set<string> = new Set()): Set<string> {
  for (const bare of bareSchemas(schema)) {
    const {
      shape = {},
      element,
      valueType,
    } = bare.def as unknown as {
      readonly shape?: Readonly<Record<string, ZodType>>;
      readonly element?: ZodType;
      readonly valueType?: ZodType;
    };
    for (const [key, inner] of Object.entries(shape)) {
      into.add(key);
      keysOf(inner, into);
    }
    for (const inner of [element, valueType]) if (inner !== undefined) keysOf(inner, into);
  }
  return into;
}

const SETTINGS = describeConfig();
const FIELDS = new Set(
  [systemFile, ...Object.values(CONNECTORS).map(({ config }) => config)].flatMap((schema) => [
    ...keysOf(schema as ZodType),
  ]),
);
const isSetting = (name: string): boolean =>
  SETTINGS.some((setting) => setting.name === name || setting.env === name) ||
  name.split('.').every((part) => FIELDS.has(part));

const program = createProgram();
const optionOf = (command: Command, flag: string) =>
  [command, program].flatMap(({ options }) => options).find(({ long, short }) => long === flag || short === flag);

/** The command that a text such as `hub review foresee <base> ...` names, and what stands after it; null when there is none. */
function commandIn(text: string): { readonly command: Command; readonly rest: readonly string[] } | null {
  const [hub, ...words] = text.trim().split(/\s+/);
  if (hub !== 'hub') return null;
  let command: Command = program;
  let at = 0;
  for (; at < words.length; at++) {
    const next: Command | undefined = command.commands.find((one) => one.name() === words[at]);
    if (next === undefined) break;
    command = next;
  }
  return command === program && words.some((word) => !word.startsWith('-')) ? null : { command, rest: words.slice(at) };
}

/** What is wrong with a command as it is named; null when it can be typed. One without any argument is only mentioned. */
export function commandFault(text: string): string | null {
  // A text that fills in which of several commands it is means one of them.
  const [, group = '', rest = ''] = /^(hub [a-z]+) <x>(.*)$/.exec(text) ?? [];
  const several = group === '' ? [] : (commandIn(group)?.command.commands ?? []);
  const faults = several.map((one) => commandFault(`${group} ${one.name()}${rest}`));
  if (faults.length > 0) return faults.includes(null) ? null : (faults[0] as string);
  const found = commandIn(text);
  if (found === null) return `there is no command "${text}"`;
  const { command, rest: words } = found;
  const given: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!/^-/.test(word)) given.push(word);
    else if (word !== '--help') {
      const option = optionOf(command, word);
      if (option === undefined) return `${command.name()} has no option ${word}`;
      if (option.required || option.optional) at++;
    }
  }
  if (given.length === 0) return null;
  const wanted = command.registeredArguments;
  const isOpen = wanted.some(({ variadic }) => variadic);
  if (given.length > wanted.length && !isOpen) return `"${text}" has more arguments than ${command.name()} takes`;
  const least = wanted.filter(({ required }) => required).length;
  return given.length < least ? `"${text}" has fewer than the ${least} arguments of ${command.name()}` : null;
}

/**
 * What is named in a text and is not there.
 * @param served whether something is at an address of the catalog
 */
export function faultsIn(text: string, served: (path: string) => boolean): readonly string[] {
  const spoken = [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string);
  const plain = text.replaceAll(/`[^`]+`/g, '');
  const commands = spoken.filter((word) => word.startsWith('hub ')).flatMap((word) => commandIn(word)?.command ?? []);
  const faults = spoken.flatMap((word): readonly (string | null)[] => {
    if (OF_OTHERS.some((known) => known.test(word))) return [];
    if (word.startsWith('hub ')) return [commandFault(word)];
    if (word.startsWith('-'))
      return commands.some(({ parent }) => parent?.commands.some((one) => optionOf(one, word) !== undefined))
        ? []
        : [`no command here takes ${word}`];
    if (word.startsWith('/')) return served(word) ? [] : [`nothing is served at ${word}`];
    return isSetting(word.replace(/:.*$/, '')) ? [] : [`there is no setting or field ${word}`];
  });
  const variables = (plain.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [])
    .filter((word) => !OF_OTHERS.some((known) => known.test(word)) && !isSetting(word))
    .map((word) => `there is no environment variable ${word}`);
  const pages = [...plain.matchAll(/README of the (\S+) connector/g)]
    .filter(([, name]) => !Object.hasOwn(CONNECTORS, name as string))
    .map(([found]) => `there is no ${found}`);
  return [...faults.filter((fault) => fault !== null), ...variables, ...pages];
}
