import type { ClientBase } from 'pg';
import type { LogMessage, PreparedBatch, PreparedRecord, RejectedMessage } from './prepare.ts';

/* What a batch does to the quarantine. An entry is one message: its place in the log and its bytes. */

interface Entry {
  readonly id: string;
  readonly offset: number;
  readonly isOpen: boolean;
  readonly raw: Buffer;
  readonly keys: readonly string[] | null;
}

/** Messages of the batch that were rejected before. */
export interface Known {
  /** What a person is done with: it does not come into the base, whatever mapping and rules say by now. */
  isSettled(record: Pick<PreparedRecord, 'offset' | 'key'>): boolean;
  /** Open entries. */
  readonly open: readonly { readonly id: string; readonly offset: number }[];
}

const NONE: Known = { isSettled: () => false, open: [] };

/** @param withOpen those, too, that wait for somebody: only a batch that is sent again can meet them. */
export async function readKnown(
  client: ClientBase,
  schema: string,
  { topic, partition, messages }: PreparedBatch,
  withOpen: boolean,
): Promise<Known> {
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined) return NONE;
  const { rows } = await client.query<Entry>(
    `SELECT quarantine_id AS id, log_offset::float8 AS "offset", state = 'open' AS "isOpen", raw, rejected_keys AS keys
     FROM ${schema}.quarantine
     WHERE topic = $1 AND log_partition = $2 AND log_offset BETWEEN $3 AND $4
       AND (state IN ('dismissed', 'mended') OR (state = 'open' AND $5))`,
    [topic, partition, first.offset, last.offset, withOpen],
  );
  if (rows.length === 0) return NONE;
  const byOffset = new Map<number, LogMessage>(messages.map((message) => [message.offset, message]));
  const own = rows.filter(({ offset, raw }) => {
    const message = byOffset.get(offset);
    return message !== undefined && raw.equals(message.value ?? new Uint8Array(0));
  });
  const settled = new Map(own.flatMap(({ offset, isOpen, keys }) => (isOpen ? [] : [[offset, keys] as const])));
  return {
    isSettled({ offset, key }) {
      const keys = settled.get(offset);
      return keys !== undefined && (keys === null || keys.includes(key));
    },
    open: own.filter(({ isOpen }) => isOpen),
  };
}

/** Of a row with several parts some may pass while others are rejected again: then it stays open. */
export async function markReplayed(
  client: ClientBase,
  schema: string,
  { open }: Known,
  rejects: readonly RejectedMessage[],
): Promise<void> {
  const bad = new Set(rejects.map(({ offset }) => offset));
  const passed = open.filter(({ offset }) => !bad.has(offset)).map(({ id }) => id);
  if (passed.length === 0) return;
  await client.query(`UPDATE ${schema}.quarantine SET state = 'replayed' WHERE quarantine_id = ANY ($1::bigint[])`, [
    passed,
  ]);
}

/** What a person has settled stays as it was when it was settled. */
export async function writeRejects(
  client: ClientBase,
  schema: string,
  place: { readonly topic: string; readonly partition: number; readonly system: string; readonly stream: string },
  rejects: readonly RejectedMessage[],
): Promise<void> {
  if (rejects.length === 0) return;
  await client.query(
    `INSERT INTO ${schema}.quarantine AS q
       (topic, log_partition, log_offset, system, stream, source_key, origin, code, message, issues, raw, rejected_keys)
     SELECT $1, $2, log_offset, $3, $4, source_key, origin, code, message, issues::json, raw, keys::json
     FROM unnest($5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::text[])
       AS reject (log_offset, source_key, origin, code, message, issues, raw, keys)
     ON CONFLICT (topic, log_partition, log_offset, raw_hash) DO UPDATE SET code = EXCLUDED.code,
       message = EXCLUDED.message, issues = EXCLUDED.issues, rejected_keys = EXCLUDED.rejected_keys, state = 'open'
     WHERE q.state NOT IN ('mended', 'dismissed')`,
    [
      ...[place.topic, place.partition, place.system, place.stream],
      ...[rejects.map((reject) => reject.offset), rejects.map((reject) => reject.key)],
      ...[rejects.map((reject) => reject.origin), rejects.map((reject) => reject.code)],
      ...[rejects.map((reject) => reject.message)],
      rejects.map((reject) => (reject.issues.length === 0 ? null : JSON.stringify(reject.issues))),
      rejects.map((reject) => Buffer.from(reject.raw)),
      rejects.map((reject) => (reject.keys === null ? null : JSON.stringify(reject.keys))),
    ],
  );
}
