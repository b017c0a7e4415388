import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { z } from 'zod';
import { HubError } from '../schemas/kernel/errors.ts';

/** A regular expression that somebody wrote into a system file. */
export interface Pattern {
  /** Names of its groups, as written. */
  readonly names: readonly string[];
  /** Anywhere in the text; null when it is not there. A text of more than 500 characters never fits. */
  find(text: string): PatternMatch | null;
}

interface PatternMatch {
  /** The first group; null when the pattern has none or it took no part. */
  readonly first: string | null;
  readonly named: Readonly<Record<string, string | null>>;
}

/** Heads and titles, not whole columns of text. */
const MOST_TEXT = 500;
/** Steps of the compiled pattern: each is taken once a character, at most. */
const MOST_STEPS = 500;
/** Of one piece, with the repetitions around it: a limit of the engine. */
const MOST_REPEATED = 1_000;

const ALLOWED =
  'RE2 syntax: . [ ] ( ) (?<name> ) (?: ) | * + ? {n,m} ^ $ \\d \\w \\s \\b \\p{Han}; look-around (?= (?! (?<= (?<! and back references \\1 have no linear-time meaning: capture with a group what is wanted, and leave the rest outside';

/**
 * Compiled for a linear-time engine: no pattern and no text can block the process, as the one of JavaScript can.
 * @throws HUB_CONFIG_INVALID with what is not allowed, `details.allowed` says what is.
 */
export function compilePattern(source: string): Pattern {
  const names: string[] = [];
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(toRe2(source, names));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    if (!(error instanceof RE2JSSyntaxException)) throw refused(source, error.message);
    const { error: fault, input } = error;
    const where = input ?? source;
    if (/repeat count/.test(fault)) throw tooLarge(source, repetitionFault(where));
    if (/too large|too deep/.test(fault))
      throw tooLarge(source, 'it is too large, or has brackets in brackets too deep');
    throw refused(source, `${fault}: ${where}`);
  }
  const steps = compiled.programSize();
  if (steps > MOST_STEPS) throw tooLarge(source, `it is too large: it has ${steps} steps`);
  return {
    names,
    find(text) {
      if (text.length > MOST_TEXT) return null;
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return null;
      const named = names.map((name, index) => [name, matcher.group(groupName(index))] as const);
      return { first: matcher.groupCount() === 0 ? null : matcher.group(1), named: Object.fromEntries(named) };
    },
  };
}

/** The engine says of each repetition that it cannot follow the same, and shows of it what stands in braces. */
function repetitionFault(braces: string): string {
  const [, from, to] = /^\{(\d+),(\d+)\}$/.exec(braces) ?? [];
  if (from !== undefined && Number(from) > Number(to)) return `the repetition ${braces} ends before it begins`;
  return `the repetition ${braces}, times those around and inside it, is over ${MOST_REPEATED}`;
}

const SIZES = `at most ${MOST_STEPS} steps: a character or class counts one, what is repeated {n} times counts n times; repetitions inside each other at most ${MOST_REPEATED} times together. Often + or * does as well as a number`;

const tooLarge = (source: string, why: string): HubError =>
  new HubError('HUB_CONFIG_INVALID', `the pattern ${shown(source)} cannot be used: ${why}; allowed is ${SIZES}`, {
    allowed: SIZES,
  });

/** A long one is not said whole again: it stands in the file. */
const shown = (source: string): string => (source.length <= 60 ? source : `${source.slice(0, 59)}…`);

const refused = (source: string, why: string): HubError =>
  new HubError('HUB_CONFIG_INVALID', `the pattern ${shown(source)} cannot be used: ${why}; allowed is ${ALLOWED}`, {
    allowed: ALLOWED,
  });

/** To be used in the configuration of a stream. */
export const patternText = z
  .string()
  .min(1)
  .max(300)
  .superRefine((source, context) => {
    try {
      compilePattern(source);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as HubError).message });
    }
  });

const groupName = (index: number): string => `g${index}`;
/** What JavaScript takes for a blank, the wide one of Chinese typists among them; RE2 knows those of ASCII only. */
const BLANK = '\\t-\\r\\p{Z}\\x{feff}';

/**
 * What JavaScript writes otherwise than RE2: names of groups in any script, `\uXXXX`, `\p{Script=Han}`, blanks beyond ASCII.
 * @param names those of the groups are added to it.
 */
function toRe2(source: string, names: string[]): string {
  let isClass = false;
  return source.replace(
    /\\u\{?([0-9A-Fa-f]{4,6})\}?|\\([pP])\{(?:Script|sc)=(\w+)\}|\\[\s\S]|\(\?P?<(?![=!])([^>]*)>|\[|\]/gu,
    (found, code?: string, script?: string, name?: string, group?: string) => {
      if (code !== undefined) return `\\x{${code}}`;
      if (script !== undefined) return `\\${script}{${name}}`;
      if (found === '\\s') return isClass ? BLANK : `[${BLANK}]`;
      if (found === '\\S') return isClass ? refuseNotBlank(source) : `[^${BLANK}]`;
      if (found === '[' || found === ']') isClass = found === '[';
      if (group === undefined || isClass) return found;
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(group) || group === '__proto__' || names.includes(group))
        throw refused(
          source,
          `${group === '' ? 'a group without name' : `the name ${group} of a group`} is not a name, or comes twice`,
        );
      names.push(group);
      return `(?P<${groupName(names.length - 1)}>`;
    },
  );
}

function refuseNotBlank(source: string): never {
  throw refused(source, '\\S inside [ ] is not known here; write [^\\s…]');
}
