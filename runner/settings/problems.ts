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
  const message = given === undefined ? 'is missing' : issue.message.replace(/^Invalid input: /, '');
  return {
    path: path.join('.'),
    ...(place.lineOf === undefined ? {} : { line: place.lineOf(path) }),
    ...(given === undefined || place.isSecret?.(path) === true ? {} : { given: shorten(given) }),
    problem: `${message}${unquoted}${wanted === null ? '' : `; it is: ${wanted}`}`,
    ...(issue.code === 'invalid_value' ? { allowed: (issue.values ?? []).map(String) } : {}),
  };
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
  readonly element?: ZodType;
  readonly valueType?: ZodType;
  readonly options?: readonly ZodType[];
}
const defOf = (schema: ZodType): Def => schema.def as unknown as Def;

/** The schemas behind optional, default, pipe and union. */
export function bareSchemas(schema: ZodType): readonly ZodType[] {
  const { innerType, in: input, options } = defOf(schema);
  if (options !== undefined) return options.flatMap(bareSchemas);
  const inner = innerType ?? input;
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
