import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { maskNumbersIn } from '../../schemas/masking/texts.ts';

/** What an entry of the audit log may be about. Once published a kind keeps its meaning. */
const KINDS = {
  'sign-in': 'somebody signed in, or tried to',
  'sign-out': 'somebody signed out, or a session ended',
  decision: 'a request was allowed or denied',
  delivery: 'data was handed out',
  grant: 'a right to data was asked for, given, changed or taken away',
  role: 'what somebody may do was changed',
  key: 'a key was made, exchanged or withdrawn',
  mapping: 'a system file was applied',
  override: 'a steward said a value in the place of the sources, or took it back',
  review: 'a person decided whether records are one subject',
  quarantine: 'a rejected row was mended, dismissed, opened or sent again',
  model: 'other weights were made to decide',
  lookup: 'somebody was looked for by a number',
  clear: 'values were shown that are masked otherwise',
} as const;

type Kind = keyof typeof KINDS;

/** `begun` is written before the deed, so that nothing happens without a trace; what became of it follows. */
const OUTCOMES = ['begun', 'done', 'refused', 'failed'] as const;

type Outcome = (typeof OUTCOMES)[number];

declare const isBlind: unique symbol;
/** Stands for a value that is not told: the same for the same value, and nothing to those who lack the secret. */
export type Blind = string & { readonly [isBlind]: true };

/** HMAC-SHA-256 under the secret of this hub. `of` keeps values of different meaning apart. */
export type BlindIndex = (of: string, value: string) => Blind;

export const createBlindIndex =
  (secret: Uint8Array): BlindIndex =>
  (of, value) =>
    createHmac('sha256', secret).update(of).update('\0').update(value).digest('hex') as Blind;

const LONGEST_NAME = 200;
const blind = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => text as Blind);
/** Words of the hub, such as `population/decision/12`; a number of a person among them is refused. */
const name = z
  .string()
  .max(LONGEST_NAME)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/)
  .refine((text) => maskNumbersIn(text) === text);

const entryShape = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  what: z.enum(Object.keys(KINDS) as [Kind, ...Kind[]]),
  who: z.strictObject({ organisation: name.nullable(), person: blind.nullable(), key: name.nullable() }),
  on: z.strictObject({ resource: name, subject: blind.nullable() }),
  outcome: z.enum(OUTCOMES),
  details: blind.nullable(),
});

/** As it is published: names of the hub and what stands for values, never a value of a person. */
export type Entry = Readonly<z.infer<typeof entryShape>>;

/** What a caller of the log says. */
export interface Event {
  readonly what: Kind;
  readonly who: {
    /** Unified social credit code, or another name without blanks. */
    readonly organisation?: string;
    /** The name by which a person signs in or is called: only what stands for it is written down. */
    readonly person?: string;
    /** Id of the key with which a system has signed. */
    readonly key?: string;
  };
  readonly on: {
    readonly resource: string;
    /** A row, an entity, a number: only what stands for it is written down. `of` says what it is. */
    readonly subject?: { readonly of: string; readonly value: string };
  };
  readonly outcome: Outcome;
  /** Everything else that may be disputed later: a keyed hash of it is written down, whoever keeps the details can prove them. */
  readonly details?: JsonValue;
}

/** A number that somebody asks for, in the one spelling under which it is found again. */
export const numberAsked = (scheme: string, number: string): { readonly of: string; readonly value: string } => ({
  of: scheme,
  value: number
    .normalize('NFKC')
    .replaceAll(/[\s-]+/g, '')
    .toUpperCase(),
});

/** JSON in one form: names sorted, no blanks, as RFC 8785 for what has no fractions. */
export function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one as JsonValue)}`).join(',')}}`;
}

/** @throws HUB_REQUEST_INVALID for what may not stand in the log, before anything is written */
export function entryOf({ what, who, on, outcome, details }: Event, at: Date, blindIndex: BlindIndex): Entry {
  const { person, subject } = { person: who.person, subject: on.subject };
  const read = entryShape.safeParse({
    ...{ at: at.toISOString(), what, outcome },
    who: {
      organisation: who.organisation ?? null,
      person: person === undefined ? null : blindIndex('person', person),
      key: who.key ?? null,
    },
    on: {
      resource: on.resource,
      subject: subject === undefined ? null : blindIndex(`subject ${subject.of}`, subject.value),
    },
    details: details === undefined ? null : blindIndex('details', canonical(details)),
  });
  if (read.success) return read.data;
  // What was given may be the very value that must not be told.
  const fields = read.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new HubError('HUB_REQUEST_INVALID', `An entry of the audit log cannot be written: ${fields}`, {
    zh: `无法写入审计日志条目：${fields}`,
    field: fields,
    allowed: `letters, digits, ".", "-", "_" and "/", ${LONGEST_NAME} characters at most, and no number of a person`,
  });
}

export const bytesOf = (entry: Entry): string => canonical(entry);
