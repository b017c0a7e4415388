import type { ZodType } from 'zod';
import { nearest } from '../../pipelines/nearest.ts';
import { redactText } from './secrets.ts';

/** One thing wrong in a settings or system file. */
export interface Problem {
  /** `streams.codes.source.encoding`; empty for the whole file. */
  readonly path: string;
  readonly line?: number;
  /** What was given, shortened; absent for secrets and missing values. */
  readonly given?: string;
  readonly problem: string;
  readonly allowed?: readonly string[];
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  /** Of a bound: what is counted, the bound, whether it is the only size. */
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  readonly exact?: boolean;
  readonly divisor?: number;
  /** Of a key: what is wrong with it. */
  readonly issues?: readonly { readonly message: string }[];
}

export interface IssuePlace {
  readonly lineOf?: ((path: readonly (string | number)[]) => number) | undefined;
  /** A value that must not be printed. */
  readonly isSecret?: ((path: readonly (string | number)[]) => boolean) | undefined;
}

type Step = string | number;
type Path = readonly Step[];

/** What zod found, in the words of the person who wrote the file. One problem for each unknown key. */
export function problemsOf(
  issues: readonly unknown[],
  schema: ZodType,
  value: unknown,
  place: IssuePlace = {},
): Problem[] {
  return (issues as readonly Issue[]).flatMap((issue) => {
    const path = issue.path.map((step): Step => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys')
      return (issue.keys ?? []).map((key) => unknownKey(key, path, schema, place));
    if (issue.code === 'invalid_key') return [wrongKey(issue, path, place)];
    return [wrongValue(issue, path, schema, value, place)];
  });
}

/** `a.b: what (line 7; given "x"; allowed: y, z)`, one after the other. */
export const sentenceOf = ({ path, line, given, problem, allowed }: Problem): string => {
  const notes = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(given === undefined ? [] : [`given ${given}`]),
    ...(allowed === undefined ? [] : [`allowed: ${allowed.join(', ')}`]),
  ];
  return `${path === '' ? '' : `${path}: `}${problem}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
};

function unknownKey(key: string, path: Path, schema: ZodType, { lineOf }: IssuePlace): Problem {
  const allowed = keysAt(schema, path);
  const meant = nearest(key, allowed);
  return {
    path: [...path, key].join('.'),
    ...(lineOf === undefined ? {} : { line: lineOf([...path, key]) }),
    problem: `there is no such setting${meant === null ? '' : `; did you mean ${meant}?`}`,
    allowed,
  };
}

const wrongKey = ({ issues = [], message }: Issue, path: Path, { lineOf }: IssuePlace): Problem => ({
  path: path.join('.'),
  ...(lineOf === undefined ? {} : { line: lineOf(path) }),
  problem: `${String(path.at(-1))} cannot be a name here: ${issues.map((one) => one.message).join('; ') || message}`,
});

function wrongValue(issue: Issue, path: Path, schema: ZodType, value: unknown, place: IssuePlace): Problem {
  const given = valueAt(value, path);
  const wanted = descriptionAt(schema, path);
  const unquoted = issue.expected === 'string' && typeof given === 'number' ? '; write it in quotes' : '';
  const message = given === undefined ? 'is missing' : messageOf(issue, given);
  return {
    path: path.join('.'),
    ...(place.lineOf === undefined ? {} : { line: place.lineOf(path) }),
    ...(given === undefined || place.isSecret?.(path) === true ? {} : { given: shorten(given) }),
    problem: `${message}${unquoted}${wanted === null ? '' : `; it is: ${wanted}`}`,
    ...allowedAt(issue, path, schema),
  };
}

/** Values of a choice, or the settings of a group that something else stands in the place of. */
function allowedAt({ code, values, expected }: Issue, path: Path, schema: ZodType): Pick<Problem, 'allowed'> {
  if (code === 'invalid_value') return { allowed: (values ?? []).map(String) };
  const keys = expected === 'object' ? keysAt(schema, path) : [];
  return keys.length === 0 ? {} : { allowed: keys };
}

/** What a value must be, as somebody who writes YAML says it. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ object: 'a group of settings, each `name: value`', record: 'a group of names, each with its value' },
  ...{ array: 'a list, such as [a, b]', string: 'text', number: 'a number', int: 'a whole number' },
  ...{ boolean: 'true or false', null: 'empty', undefined: 'left out', date: 'a day', bigint: 'a whole number' },
};
const COUNTED: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'items',
  set: 'items',
  object: 'settings',
};

/** Words of our own where the library has its general ones; what a setting says for itself stays. */
function messageOf(issue: Issue, given: unknown): string {
  const { code, origin = '', minimum, maximum, inclusive = true, exact = false } = issue;
  // A tab between single quotes is a backslash and a letter.
  const hint =
    typeof given === 'string' && /^\\[a-z]$/.test(given) ? `; in YAML it is written "${given}", in double quotes` : '';
  if (code === 'invalid_type') return `must be ${KINDS[issue.expected ?? ''] ?? issue.expected ?? 'something else'}`;
  if (code === 'too_small' || code === 'too_big') {
    if (!/^Too (small|big)/.test(issue.message)) return `${issue.message}${hint}`;
    const bound = String(code === 'too_small' ? minimum : maximum);
    const unit = COUNTED[origin];
    const how = exact
      ? 'exactly'
      : code === 'too_small'
        ? inclusive
          ? 'at least'
          : 'more than'
        : inclusive
          ? 'at most'
          : 'less than';
    return unit === undefined
      ? `must be ${how} ${bound}`
      : `must have ${how} ${bound} ${bound === '1' ? unit.slice(0, -1) : unit}${hint}`;
  }
  if (code === 'invalid_format' && /^Invalid /.test(issue.message)) return `is not written as it must be${hint}`;
  if (code === 'not_multiple_of') return `must be a multiple of ${issue.divisor}`;
  if (code === 'invalid_value') return 'is none of the allowed values';
  if (code === 'invalid_union') return 'has none of the allowed forms';
  return `${issue.message.replace(/^Invalid input: /, '')}${hint}`;
}

function shorten(value: unknown): string {
  const text = redactText(JSON.stringify(value) ?? String(value));
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<Step, unknown>)[step];
  }
  return at;
}

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, ZodType>>;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
  readonly out?: ZodType;
  readonly element?: ZodType;
  readonly valueType?: ZodType;
  readonly options?: readonly ZodType[];
}
const defOf = (schema: ZodType): Def => schema.def as unknown as Def;

/** The schemas behind optional, default, pipe and union. */
export function bareSchemas(schema: ZodType): readonly ZodType[] {
  const { innerType, in: input, out, options } = defOf(schema);
  if (options !== undefined) return options.flatMap(bareSchemas);
  // What is changed before it is looked at is described by what it is changed into.
  const inner = innerType ?? (input?.def.type === 'transform' ? out : input);
  return inner === undefined ? [schema] : bareSchemas(inner);
}

function schemasAt(schema: ZodType, path: Path): readonly ZodType[] {
  let at: readonly ZodType[] = [schema];
  for (const step of path) {
    at = at.flatMap(bareSchemas).flatMap((one) => {
      const { shape, element, valueType } = defOf(one);
      const next = shape === undefined ? (element ?? valueType) : Object.hasOwn(shape, step) ? shape[step] : undefined;
      return next === undefined ? [] : [next];
    });
  }
  return at;
}

const keysAt = (schema: ZodType, path: Path): string[] => [
  ...new Set(
    schemasAt(schema, path)
      .flatMap(bareSchemas)
      .flatMap((one) => Object.keys(defOf(one).shape ?? {})),
  ),
];

function descriptionAt(schema: ZodType, path: Path): string | null {
  for (const one of schemasAt(schema, path)) {
    const text = one.description ?? bareSchemas(one).find(({ description }) => description !== undefined)?.description;
    if (text !== undefined) return text;
  }
  return null;
}
