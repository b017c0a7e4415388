import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import { at, type ExactJson } from '../json/exact.ts';
import { textOf } from '../xml/tree.ts';

const path = z
  .string()
  .max(300)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/u, 'names joined by dots, such as data.list');

/** Options of every service that answers in lists. */
export const replyOptions = {
  success: z
    .strictObject({
      path: path.describe('where the reply says whether it is one, such as code'),
      is: z.array(z.string()).min(1).describe('what stands there when it is, such as ["0", "200"]'),
    })
    .optional()
    .describe('a reply that says otherwise is a failure, with its own words'),
  absentWhenEmpty: z
    .boolean()
    .default(false)
    .describe('the service leaves the list out when it has no records; otherwise a reply without it is a failure'),
};

export type Success = z.infer<typeof replyOptions.success>;

const WORDS =
  /^(msg|message|info|reason|error|errmsg|errormsg|error_description|errorinfo|desc|description|resultmsg|return_?msg|detail|提示|信息|原因)$/i;
const CODES = /^(code|status|success|errcode|error_?code|resultcode|return_?code|state|flag)$/i;
const ERRORS = /^(err|error)/i;
const TOLD = 200;
const MOST_WORDS = 6;
const MEMBERS_TOLD = 20;

interface Word {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

/** Members beside the records that say, by their names, how it went. */
function wordsIn(tree: ExactJson): readonly Word[] {
  const said: Word[] = [];
  const look = (node: ExactJson, way: readonly string[]): void => {
    if (typeof node !== 'object' || node === null || Array.isArray(node) || way.length > 3) return;
    for (const [name, value] of Object.entries(node)) {
      const text = textOf(value);
      const here = [...way, name];
      if (text !== null && text !== '' && (WORDS.test(name) || CODES.test(name)))
        said.push({ path: here.join('.'), name, text: text.slice(0, TOLD) });
      else look(value, here);
    }
  };
  look(tree, []);
  return said.slice(0, MOST_WORDS);
}

const told = (words: readonly Word[]): string => words.map(({ name, text }) => `${name}: ${text}`).join(', ');

/** What a reply says in words, for who must find out why it has no list. */
const wordsOf = (tree: ExactJson): string => told(wordsIn(tree));

/** By path: what a reply says of how it went, cut to what a checkpoint can hold. */
export type Said = Readonly<Record<string, string>>;

const KEPT = 40;
const LONGEST_PATH = 80;
const FINE = /^(0+|2\d\d|ok|success|succeeded|true|yes|y)$/i;

export const saidIn = (tree: ExactJson): Said =>
  Object.fromEntries(
    wordsIn(tree).flatMap(({ path, name, text }) =>
      path.length <= LONGEST_PATH && (CODES.test(name) || ERRORS.test(name)) ? [[path, text.slice(0, KEPT)]] : [],
    ),
  );

/**
 * A page without records looks like the end of the list. It is a failure when it says of how it went what the page before
 * did not say, unless that is what services say when all is well. A first page is compared with the last of an earlier pass, and
 * only in what both say: without news a reply may look different. null: it is the end.
 */
export function failureIn(before: Said, tree: ExactJson, isFirst: boolean): string | null {
  const isOther = ([path, text]: [string, string]): boolean =>
    before[path] !== text && !FINE.test(text) && (!isFirst || before[path] !== undefined);
  return Object.entries(saidIn(tree)).some(isOther) ? wordsOf(tree) : null;
}

/** @throws HUB_SOURCE_READ_FAILED with the words of the service when the reply says that it is a failure */
export function requireSuccess(tree: ExactJson, success: Success, where: string): void {
  if (success === undefined) return;
  const found = textOf(at(tree, success.path));
  if (found !== null && success.is.includes(found)) return;
  const words = wordsOf(tree);
  throw new HubError(
    'HUB_SOURCE_READ_FAILED',
    `${where} answers with a failure: ${success.path} is ${found === null ? 'not there' : `"${found}"`}${words === '' ? '' : ` (${words})`}`,
    { where, found, allowed: success.is },
  );
}

export interface ListPlace {
  /** Where the list is; absent: the reply is the list. */
  readonly records?: string | undefined;
  readonly absentWhenEmpty: boolean;
  /** XML has no empty arrays and none of one. */
  readonly isXml: boolean;
  /** How many records the reply states. */
  readonly total: number | null;
  readonly where: string;
}

/**
 * The records of a reply. A list that is not there is no empty list, unless what is there of the way to it holds
 * nothing, the reply states that there are none, or the options say that the service leaves it out.
 * @throws HUB_SOURCE_SCHEMA_CHANGED with what is there instead, and what the service says
 */
export function recordsAt(
  tree: ExactJson,
  { records, absentWhenEmpty, isXml, total, where }: ListPlace,
): readonly ExactJson[] {
  const found = records === undefined ? tree : at(tree, records);
  if (Array.isArray(found)) return found as readonly ExactJson[];
  if (isXml && found !== undefined && found !== null && found !== '') return [found];
  if (total === 0 || absentWhenEmpty) return [];
  if (isXml && hasNothing(nearestTo(tree, records ?? ''))) return [];
  const words = wordsOf(tree);
  const there =
    typeof tree === 'object' && tree !== null
      ? Object.keys(tree).slice(0, MEMBERS_TOLD).join(', ')
      : JSON.stringify(tree);
  throw new HubError(
    'HUB_SOURCE_SCHEMA_CHANGED',
    `the reply of ${where} has no list at ${records ?? 'its top'}; it has ${there}${words === '' ? '' : ` (${words})`}. Where the service leaves an empty list out: absentWhenEmpty: true`,
    { where, records: records ?? null, found: there },
  );
}

/** The list, or what is there of the way to it. */
function nearestTo(tree: ExactJson, path: string): ExactJson {
  const names = path === '' ? [] : path.split('.');
  for (let length = names.length; length > 0; length--) {
    const found = at(tree, names.slice(0, length).join('.'));
    if (found !== undefined) return found;
  }
  return tree;
}

/** An element that stands for the list, or for what holds it, and is nil or has no elements in it. */
const hasNothing = (node: ExactJson): boolean =>
  node === null ||
  node === '' ||
  (typeof node === 'object' &&
    Object.entries(node).every(([name, value]) => name.startsWith('@') || (name === '#text' && !value)));
