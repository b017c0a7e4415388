import type { Pool } from 'pg';
import type { Repeats } from '../../connectors/connector.ts';
import { type RawPrint, rawPrintOf } from '../../schemas/raw-print.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { NewMessage } from '../log/event-log.ts';

/** A portion that a later read may give again, with the place of each message. */
interface Repeated extends Pick<Repeats, 'from' | 'isLast' | 'keysOnce'> {
  readonly messages: readonly NewMessage[];
  readonly places: readonly (number | null)[];
}

export interface Sifted {
  /** What the log does not have as it is. */
  readonly messages: readonly NewMessage[];
  readonly unchanged: number;
  /** To be called before the messages are appended: what was known of their keys is forgotten. */
  prepare(): Promise<void>;
  /** To be called when they are durable, and before the checkpoint behind them is saved. */
  remember(): Promise<void>;
  /** To be called when that checkpoint is saved: what no later read gives again is forgotten. */
  settle(): Promise<void>;
}

/**
 * `hub.known_row`: by key, what the log had last of the rows that a source gives again. What is known of a key is forgotten
 * before its next message is appended and written anew when that is durable, so a crash costs a row that is appended twice
 * and never one that is missed, also where it goes back to what it was. In memory is only what is under way.
 */
export interface KnownRows {
  /** To be called in the order of the portions. */
  sift(portion: Repeated): Promise<Sifted>;
}

const KNOWN = `SELECT n.at, r.content_print = n.content_print AS same
  FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS n (key_print, content_print, at)
  CROSS JOIN LATERAL (
    SELECT r.content_print FROM hub.known_row r WHERE r.stream_id = $1 AND r.key_print = n.key_print OFFSET 0) r`;
const REMEMBER = `INSERT INTO hub.known_row (stream_id, key_print, content_print, place)
  SELECT $1, n.key_print, n.content_print, n.place
  FROM unnest($2::bigint[], $3::bigint[], $4::float8[]) AS n (key_print, content_print, place)
  ON CONFLICT (stream_id, key_print) DO UPDATE SET content_print = EXCLUDED.content_print, place = EXCLUDED.place`;
const FORGET = 'DELETE FROM hub.known_row WHERE stream_id = $1 AND key_print = ANY ($2::bigint[])';

interface Appended {
  readonly content: string;
  readonly place: number | null;
}

type Place = { readonly system: string; readonly stream: string };

async function ask<Row extends object>(
  hub: Pick<Pool, 'query'>,
  { system, stream }: Place,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  try {
    return (await hub.query<Row>(sql, [...values])).rows;
  } catch (error) {
    throw storeFailure(error, `looking for known rows of ${system}/${stream}`);
  }
}

/** @param isFirst the stream is read from its start, or into a new topic: what was known of it means nothing any more. */
export async function openKnownRows(
  hub: Pick<Pool, 'query'>,
  { isFirst, ...place }: Place & { readonly isFirst: boolean },
): Promise<KnownRows> {
  const id = await streamIdOf(hub, place);
  const query = <Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    ask<Row>(hub, place, sql, [id, ...values]);
  if (isFirst) await query('DELETE FROM hub.known_row WHERE stream_id = $1', []);
  const [kept] = await query<{ any: boolean }>(
    'SELECT EXISTS (SELECT FROM hub.known_row WHERE stream_id = $1) AS "any"',
    [],
  );
  let isEmpty = kept?.any !== true;
  let isFirstPass = isFirst;
  /** Appended, or about to be, and not written to the table yet, by key. */
  const pending = new Map<string, Appended>();
  let writing: Promise<unknown> = Promise.resolve();

  /** Of each print that the table has a row for, by its index: whether that row is the same. */
  async function knownOf(prints: readonly RawPrint[]): Promise<ReadonlyMap<number, boolean>> {
    if (isEmpty || prints.length === 0) return new Map();
    const values = [prints.map(({ key }) => key), prints.map(({ content }) => content)];
    const rows = await query<{ at: string; same: boolean }>(KNOWN, values);
    return new Map(rows.map(({ at, same }) => [Number(at) - 1, same]));
  }

  return {
    async sift({ messages, places, from, isLast, keysOnce }) {
      const isRepeated = (place: number | null): boolean => place === null || from === null || place >= from;
      const isNew = isFirstPass && keysOnce;
      // A row that never comes again is of interest only where another one of its key may be known.
      const isSimple = isNew || (isEmpty && !places.some(isRepeated));
      const looked = messages.flatMap((message, index) => {
        const place = places[index] ?? null;
        if (isSimple && !isRepeated(place)) return [];
        const print = rawPrintOf(message.value as Uint8Array);
        // Asked before the table is: what is written meanwhile may be seen by neither afterwards.
        return [{ index, place, ...print, underWay: pending.get(print.key) }];
      });
      const known = isNew ? new Map<number, boolean>() : await knownOf(looked);
      const latest = new Map<string, string>();
      const appended = new Map<string, Appended>();
      const stale = new Set<string>();
      const left = new Set<number>();
      for (const [at, { index, place, key, content, underWay }] of looked.entries()) {
        const before = latest.get(key) ?? underWay?.content ?? (known.get(at) === true ? content : null);
        latest.set(key, content);
        if (before === content) {
          left.add(index);
          continue;
        }
        const row = { content, place };
        appended.set(key, row);
        pending.set(key, row);
        if (underWay !== undefined || known.has(at)) stale.add(key);
      }
      const kept = [...appended].filter(([, { place }]) => isRepeated(place));
      isEmpty &&= kept.length === 0;
      isFirstPass &&= !isLast;
      return {
        messages: left.size === 0 ? messages : messages.filter((_, index) => !left.has(index)),
        unchanged: left.size,
        async prepare() {
          if (stale.size === 0) return;
          await writing;
          await query(FORGET, [[...stale]]);
        },
        async remember() {
          // What a later portion is about to append is that portion's to write.
          const rows = kept.filter(([key, row]) => pending.get(key) === row);
          const values = [rows.map(([key]) => key), rows.map(([, { content }]) => content)];
          if (rows.length > 0) writing = query(REMEMBER, [...values, rows.map(([, { place }]) => place)]);
          await writing;
          for (const [key, row] of appended) if (pending.get(key) === row) pending.delete(key);
        },
        async settle() {
          if (isLast && from !== null && !isEmpty)
            await query('DELETE FROM hub.known_row WHERE stream_id = $1 AND place < $2', [from]);
        },
      };
    },
  };
}

async function streamIdOf(hub: Pick<Pool, 'query'>, place: Place): Promise<string> {
  const sql = `INSERT INTO hub.stream AS s (system, stream) VALUES ($1, $2)
    ON CONFLICT (system, stream) DO UPDATE SET stream = EXCLUDED.stream RETURNING s.stream_id AS id`;
  const [found] = await ask<{ id: string }>(hub, place, sql, [place.system, place.stream]);
  return found?.id as string;
}

/** To be called before deletes of these keys are appended: whatever comes under them is news then. */
export async function forgetKeys(
  hub: Pick<Pool, 'query'>,
  place: Place,
  deletes: readonly NewMessage[],
): Promise<void> {
  const sql = `DELETE FROM hub.known_row
    WHERE stream_id = (SELECT stream_id FROM hub.stream WHERE system = $1 AND stream = $2) AND key_print = ANY ($3::bigint[])`;
  await ask(hub, place, sql, [
    place.system,
    place.stream,
    deletes.map(({ value }) => rawPrintOf(value as Uint8Array).key),
  ]);
}
