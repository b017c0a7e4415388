import { hash as digest } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { type ErrorCode, HubError, isHubError } from '../../../schemas/kernel/errors.ts';
import { copyText } from '../../../schemas/store/copy.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import {
  type Attributes,
  type AttributeValue,
  type Issue,
  type Normalizer,
  type Part,
  partKey,
  partsOf,
} from '../../record.ts';

/** A message of the log as the engine takes it. Structurally the `StoredMessage` of the event log. */
export interface LogMessage {
  readonly offset: number;
  readonly value: Uint8Array | null;
  /** Milliseconds since 1970, when appended. */
  readonly timestamp?: number;
}

/** Messages of one partition in order. Structurally the `LogBatch` of the event log. */
export interface MessageBatch {
  readonly topic: string;
  /** Of the topic; absent for messages that were taken before. */
  readonly life?: string;
  readonly partition: number;
  readonly messages: readonly LogMessage[];
}

export interface PreparedRecord {
  readonly offset: number;
  readonly key: string;
  readonly deleted: boolean;
  readonly observedAt: number;
  readonly origin: string;
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
  /** `scheme:value`, strongest first. */
  readonly keys: readonly string[];
  /** The attributes as JSON, in COPY's text format. */
  readonly attributesCopy: string;
  /** Half a SHA-256 in hex over what is stored: equal means nothing changed. */
  readonly hash: string;
}

export interface RejectedMessage {
  readonly offset: number;
  readonly key: string | null;
  readonly origin: string | null;
  readonly code: ErrorCode;
  readonly message: string;
  readonly issues: readonly Issue[];
  readonly raw: Uint8Array;
  /** Of a row with several parts: keys of the records that were rejected, the others having been taken. null: all of them. */
  readonly keys: readonly string[] | null;
}

export interface PreparedBatch {
  readonly topic: string;
  readonly life?: string | undefined;
  readonly partition: number;
  readonly records: readonly PreparedRecord[];
  readonly rejects: readonly RejectedMessage[];
  /** As the log has them. */
  readonly messages: readonly LogMessage[];
  /** Offset after the last message. */
  readonly nextOffset: number;
  /** The latest timestamp of its messages; null when they carry none. */
  readonly seenUntil: number | null;
}

export interface Decoder {
  prepare(messages: Iterable<Uint8Array>): Promise<void>;
  decode(message: Uint8Array): RawRecord;
}

const DELETED_HASH = '0'.repeat(32);
const NOTHING: Uint8Array = new Uint8Array(0);
const NO_ISSUES: readonly Issue[] = [];
const NO_KEYS: readonly string[] = [];
const NO_ATTRIBUTES: Attributes = {};
const RECORDS_A_SLICE = 32;
/** Longer ones do not fit into an index entry of PostgreSQL. */
const MAX_KEY_BYTES = 1_000;
const MAX_TIME = Date.UTC(9999, 11, 31);
const MIN_TIME = Date.UTC(1, 0, 1);

/**
 * Decode, normalise, validate: everything of a batch that needs no database. A record that cannot go on becomes a
 * reject with its bytes; only what concerns the whole batch (a registry that does not answer) throws. Gives the event
 * loop a turn now and then, so that the batch before it can be stored meanwhile.
 */
export async function prepareBatch(
  batch: MessageBatch,
  base: BaseDefinition,
  decoder: Decoder,
  normalizer: Normalizer,
): Promise<PreparedBatch> {
  const parts = partsOf(normalizer);
  await decoder.prepare(values(batch.messages));
  const records: PreparedRecord[] = [];
  const rejects: RejectedMessage[] = [];
  let nextOffset = 0;
  let seenUntil: number | null = null;
  let slice = 0;
  for (const message of batch.messages) {
    nextOffset = message.offset + 1;
    if (message.timestamp !== undefined) seenUntil = Math.max(seenUntil ?? 0, message.timestamp);
    if (++slice % RECORDS_A_SLICE === 0) await breathe();
    let raw: RawRecord | null = null;
    const failed: string[] = [];
    try {
      if (message.value === null) throw new HubError('HUB_MESSAGE_MALFORMED', 'a message without a value');
      raw = decoder.decode(message.value);
      prepareParts(message.offset, raw, base, parts, records, failed);
    } catch (error) {
      const isPartly = failed.length > 0 && failed.length < parts.length && failed.every(isStorable);
      rejects.push({ ...rejected(message, raw, error), keys: isPartly ? failed : null });
    }
  }
  const { topic, life, partition, messages } = batch;
  return { topic, life, partition, records, rejects, messages, nextOffset, seenUntil };
}

function* values(messages: readonly LogMessage[]): Iterable<Uint8Array> {
  for (const { value } of messages) if (value !== null) yield value;
}

/** The issues travel in `details` to the quarantine entry. */
function fatal(issues: readonly Issue[]): HubError {
  const reasons = issues.filter((issue) => issue.severity === 'F').map((issue) => `${issue.rule}: ${issue.message}`);
  return new HubError('HUB_RECORD_INVALID', reasons.join('; '), { issues });
}

/**
 * Good parts of a row are taken even when another one is bad; then the row is in quarantine as a whole, and its replay
 * finds the good ones unchanged.
 */
function prepareParts(
  offset: number,
  raw: RawRecord,
  base: BaseDefinition,
  parts: readonly Part[],
  into: PreparedRecord[],
  failed: string[],
): void {
  let failure: unknown = null;
  for (const part of parts) {
    try {
      into.push(prepareRecord(offset, raw, base, part));
    } catch (error) {
      failure ??= error;
      failed.push(partKey(raw.key, part.name));
    }
  }
  if (failure !== null) throw failure;
}

function prepareRecord(offset: number, raw: RawRecord, base: BaseDefinition, part: Part): PreparedRecord {
  const { origin, observedAt } = raw;
  const key = partKey(raw.key, part.name);
  if (!isStorable(key) || !isStorable(origin) || Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new HubError('HUB_RECORD_INVALID', 'the key or origin holds NUL or half a character, or is too long', {
      allowed: `up to ${MAX_KEY_BYTES} bytes of text without NUL`,
    });
  if (!(observedAt >= MIN_TIME && observedAt <= MAX_TIME))
    throw new HubError('HUB_RECORD_INVALID', `observed at ${observedAt} ms is no time of the years 1 to 9999`);
  if (raw.op === 'delete')
    return {
      offset,
      key,
      deleted: true,
      observedAt,
      origin,
      attributes: NO_ATTRIBUTES,
      issues: NO_ISSUES,
      keys: NO_KEYS,
      attributesCopy: '{}',
      hash: DELETED_HASH,
    };

  const normal = part.normalize(raw);
  const { issues } = normal;
  if (issues.length > 0 && issues.some((issue) => issue.severity === 'F')) throw fatal(issues);
  const attributes = withoutNulls(normal.attributes);
  const attributesJson = JSON.stringify(attributes);
  // JSON writes NUL and lone surrogates as \u escapes, which jsonb refuses; a backslash of the data itself is doubled.
  if (attributesJson.includes('\\u') && !Object.values(attributes).every(isStorable))
    throw new HubError('HUB_RECORD_INVALID', 'a value holds NUL or half a character', { allowed: 'Unicode text' });
  const keys = base.linkKeys(attributes, issues).map((link) => `${link.scheme}:${link.value}`);
  const hashed = issues.length === 0 ? attributesJson : attributesJson + JSON.stringify(issues);
  const hash = digest('sha256', hashed, 'hex').slice(0, 32);
  return {
    offset,
    key,
    deleted: false,
    observedAt,
    origin,
    attributes,
    issues,
    keys,
    attributesCopy: copyText(attributesJson),
    hash,
  };
}

const isStorable = (value: AttributeValue): boolean =>
  typeof value !== 'string' || (!value.includes('\u0000') && value.isWellFormed());

function withoutNulls(attributes: Attributes): Attributes {
  const kept: Record<string, AttributeValue> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}

function rejected(message: LogMessage, raw: RawRecord | null, error: unknown): Omit<RejectedMessage, 'keys'> {
  const place = {
    offset: message.offset,
    key: clean(raw?.key),
    origin: clean(raw?.origin),
    raw: message.value ?? NOTHING,
  };
  if (isHubError(error)) {
    if (error.recovery !== 'reject') throw error;
    const issues = (error.details['issues'] ?? NO_ISSUES) as readonly Issue[];
    return { ...place, code: error.code, message: clean(error.message) ?? '', issues };
  }
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { ...place, code: 'HUB_RECORD_CRASHED', message: clean(cause) ?? '', issues: NO_ISSUES };
}

/** As much of a text as a database column takes. */
const clean = (text: string | undefined): string | null =>
  text === undefined ? null : text.toWellFormed().replaceAll('\u0000', '\ufffd').slice(0, MAX_KEY_BYTES);
