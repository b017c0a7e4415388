import { setTimeout as sleep } from 'node:timers/promises';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { guarded } from '../sql/database.ts';
import type { PgDatabase } from '../sql/pg.ts';
import { type Change, formatLsn, parseChange, parseLsn } from './pgoutput.ts';
import { preparedTransactions } from './prepared.ts';

/** The replication slot of one stream: the server keeps its log from there until it is told that it is not needed. */
export interface Slot {
  readonly name: string;
  /** Begins anew: what the slot held before is let go. @returns where it begins, and the time of the server */
  create(): Promise<{ readonly lsn: bigint; readonly atMs: number }>;
  /** @throws HUB_SOURCE_LOG_LOST when changes after `lsn` are no longer to be had */
  require(lsn: bigint): Promise<void>;
  /** The end of a record up to which the log is on disk: nothing before it is still to come. */
  current(): Promise<bigint>;
  /**
   * Whole transactions from the slot's own position on, at least `most` changes if there are so many. They come by the
   * portion: a transaction may be larger than memory.
   */
  peek(upTo: bigint | null, most: number): AsyncIterable<readonly Change[]>;
  advance(lsn: bigint): Promise<void>;
}

/** Of a page of the log; the first one of a segment has the longer. */
const PAGE_HEAD = 40n;
/** The writer of the log comes by several times a second. */
const FLUSH_WAIT_MS = 20;
const FLUSH_WAITS = 500;
/** SQLSTATE: another session reads the slot. */
const OBJECT_IN_USE = '55006';
/** Changes that are in memory at a time. */
const PORTION = 2_000;

export function openSlot(db: PgDatabase, name: string, publication: string): Slot {
  const ask = async (what: string, sql: string, values: readonly (string | number | null)[] = []) =>
    (await guarded(db, what, () => db.rows(db.knex.raw(sql, values as string[])))) as readonly (readonly (
      | string
      | null
    )[])[];
  // The server lets one session at a time use a slot: reading it and moving it take turns.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  };
  const lost = (why: string): HubError =>
    new HubError('HUB_SOURCE_LOG_LOST', `the replication slot ${name} cannot go on: ${why}`, { slot: name });

  return {
    name,
    async create() {
      await ask(
        'letting go of the old slot',
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ? AND NOT active AND database = current_database()',
        [name],
      );
      const [row] = await ask(
        `making the replication slot ${name}`,
        `SELECT lsn::text, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint::text
         FROM pg_create_logical_replication_slot(?, 'pgoutput')`,
        [name],
      ).catch(async (error: unknown) => {
        const [waiting] = await preparedTransactions(db).catch(() => []);
        if (waiting === undefined) throw error;
        throw new HubError(
          'HUB_SOURCE_READ_FAILED',
          `making the replication slot ${name}: ${waiting}`,
          { slot: name },
          { cause: error },
        );
      });
      return { lsn: parseLsn(row?.[0] ?? '0/0'), atMs: Number(row?.[1]) };
    },
    async require(lsn) {
      const [row] = await ask(
        'looking at the replication slot',
        'SELECT confirmed_flush_lsn::text, wal_status FROM pg_replication_slots WHERE slot_name = ?',
        [name],
      );
      if (row === undefined) throw lost('it is gone');
      const [confirmed, status] = row;
      if (status === 'lost' || status === 'unreserved')
        throw lost(`the server has removed its log (wal_status ${status})`);
      if (parseLsn(confirmed ?? '0/0') > lsn) throw lost(`it has moved on to ${confirmed}, beyond ${formatLsn(lsn)}`);
    },
    async current() {
      for (let waits = 0; waits < FLUSH_WAITS; waits++) {
        const [row = []] = await ask(
          'asking for the end of the log',
          "SELECT pg_current_wal_insert_lsn()::text, pg_current_wal_flush_lsn()::text, current_setting('wal_block_size')",
        );
        const [inserted, flushed] = [parseLsn(row[0] ?? '0/0'), parseLsn(row[1] ?? '0/0')];
        if (flushed >= inserted) return inserted;
        // Where a page is full, the next record begins behind the head of the next page, and nothing lies between.
        const beyond = inserted % BigInt(row[2] ?? 8192);
        if (beyond <= PAGE_HEAD && flushed === inserted - beyond) return flushed;
        await sleep(FLUSH_WAIT_MS);
      }
      throw new HubError('HUB_SOURCE_READ_FAILED', 'the server does not bring its log to its disk', { slot: name });
    },
    async *peek(upTo, most) {
      const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
      const until = upTo === null ? 'NULL' : text(formatLsn(upTo));
      const portions = db
        .portions(
          `SELECT encode(data, 'hex') FROM pg_logical_slot_peek_binary_changes(${text(name)}, ${until}, ${most},
             'proto_version', '1', 'publication_names', ${text(publication)})`,
          PORTION,
        )
        [Symbol.asyncIterator]();
      const what = `reading the replication slot ${name}`;
      try {
        // The slot is read to the end by the first portion; the others are kept by the cursor.
        let part = await inTurn(() => guarded(db, what, () => portions.next()));
        while (part.done !== true) {
          yield part.value.map(([hex]) => parseChange(Buffer.from(String(hex), 'hex')));
          part = await guarded(db, what, () => portions.next());
        }
      } finally {
        await portions.return?.();
      }
    },
    advance: (lsn) =>
      inTurn(async () => {
        // A slot that is being read right now cannot be moved; the next saved checkpoint moves it.
        const free =
          'SELECT 1 FROM pg_replication_slots WHERE slot_name = ? AND NOT active AND confirmed_flush_lsn < ?::pg_lsn';
        await ask(
          'moving the replication slot',
          `SELECT end_lsn::text FROM pg_replication_slot_advance(?, ?::pg_lsn) WHERE EXISTS (${free})`,
          [name, formatLsn(lsn), name, formatLsn(lsn)],
        ).catch((error: unknown) => {
          if (!isHubError(error) || error.details['serverCode'] !== OBJECT_IN_USE) throw error;
        });
      }),
  };
}
