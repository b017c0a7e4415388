import type { Pool, PoolClient } from 'pg';
import { query } from '../../schemas/store/query.ts';
import { FLUSHED, inTransaction } from '../../schemas/store/transaction.ts';
import { bytesOf, type Event, entryOf } from './entry.ts';
import { EMPTY, EMPTY_ROOT, extend, type Frontier, type Hash, leafHash, rootOf, rootOver } from './merkle.ts';
import { signCheckpoint, type Verifier } from './note.ts';
import { openSecrets } from './secrets.ts';
import { hashesAt, splitHashes, TILE_WIDTH } from './tiles.ts';

export interface AuditLog {
  /** Of its checkpoints. */
  readonly verifier: Verifier;
  /** By which outsiders verify: `name+keyId+base64`. */
  readonly verifierKey: string;
  /**
   * Resolves when the entries are on the disk, under a signed checkpoint. What waits for the answer rests on it. An entry whose
   * append fails may have been written all the same: whoever repeats it may see it twice.
   * @returns the number of the first one; the others follow without a gap.
   * @throws HUB_REQUEST_INVALID before anything is written; HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY, HUB_STORE_SLOW
   */
  append(events: readonly Event[]): Promise<number>;
}

/** More wait for the next group: one that fails should not take everybody with it. */
const MOST_IN_A_GROUP = 4_096;

interface Waiting {
  readonly entries: readonly string[];
  resolve(first: number): void;
  reject(error: unknown): void;
}

/** The log in the schema `exchange` of the hub's own database, for whichever process writes to it. */
export async function openAuditLog(pool: Pool, now: () => Date = () => new Date()): Promise<AuditLog> {
  const { signer, blindIndex } = await openSecrets(pool);
  await query(
    pool,
    'opening the audit log',
    `INSERT INTO exchange.proof_head (size, peaks, checkpoint) VALUES (0, '', $1) ON CONFLICT DO NOTHING`,
    [signCheckpoint({ size: 0, root: EMPTY_ROOT }, signer)],
  );
  const waiting: Waiting[] = [];
  let isWriting = false;

  /** Who comes while a group is written waits with the others for the next one. */
  async function write(): Promise<void> {
    isWriting = true;
    for (;;) {
      // Who has just been answered may have more to say: all of them are in one group, and not in two by turns.
      await new Promise((resolve) => setImmediate(resolve));
      const group = nextGroup(waiting);
      if (group.length === 0) break;
      try {
        let first = await appendGroup(
          pool,
          group.flatMap(({ entries }) => entries),
          (tree) => signCheckpoint({ size: tree.size, root: rootOf(tree) }, signer),
        );
        for (const { entries, resolve } of group) {
          resolve(first);
          first += entries.length;
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isWriting = false;
  }

  return {
    ...{ verifier: signer, verifierKey: signer.verifierKey },
    append(events) {
      return new Promise((resolve, reject) => {
        const at = now();
        // What is wrong with one caller's entries is no matter of the others.
        waiting.push({ entries: events.map((event) => bytesOf(entryOf(event, at, blindIndex))), resolve, reject });
        if (!isWriting) void write();
      });
    },
  };
}

function nextGroup(waiting: Waiting[]): readonly Waiting[] {
  let [callers, entries] = [0, 0];
  for (const one of waiting) {
    if (callers > 0 && entries + one.entries.length > MOST_IN_A_GROUP) break;
    callers += 1;
    entries += one.entries.length;
  }
  return waiting.splice(0, callers);
}

/** One transaction, one at a time over all processes: the order of the lock is the order of the log. */
const appendGroup = (pool: Pool, entries: readonly string[], sign: (tree: Frontier) => string): Promise<number> =>
  inTransaction(
    pool,
    'writing to the audit log',
    async (client) => {
      const { rows } = await client.query<{ size: number; peaks: Buffer }>(
        'SELECT size::float8 AS size, peaks FROM exchange.proof_head',
      );
      const [head] = rows;
      const before: Frontier = head === undefined ? EMPTY : { size: head.size, peaks: splitHashes(head.peaks) };
      const leaves = entries.map((entry) => leafHash(Buffer.from(entry)));
      const after = extend(before, leaves);
      const tiles = await filledTiles(client, before.size, leaves);
      await client.query(
        `WITH entries AS (
           INSERT INTO exchange.proof_entry (entry_index, leaf, entry)
           SELECT $1::bigint + n - 1, leaf, entry FROM unnest($2::bytea[], $3::text[]) WITH ORDINALITY AS e (leaf, entry, n)),
         tiles AS (
           INSERT INTO exchange.proof_tile (level, tile_index, root, hashes)
           SELECT level, tile_index, root, hashes
           FROM unnest($4::smallint[], $5::bigint[], $6::bytea[], $7::bytea[]) AS t (level, tile_index, root, hashes))
         UPDATE exchange.proof_head SET size = $8, peaks = $9, checkpoint = $10`,
        [
          ...[before.size, leaves, entries],
          ...[tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
          ...[tiles.map(({ root }) => root), tiles.map(({ hashes }) => Buffer.concat(hashes))],
          ...[after.size, Buffer.concat(after.peaks), sign(after)],
        ],
      );
      return before.size;
    },
    { ...FLUSHED, alone: 'exchange.proof' },
  );

interface FilledTile {
  readonly level: number;
  readonly index: number;
  readonly root: Hash;
  readonly hashes: readonly Hash[];
}

/** The tiles, of every level, that are full once these leaves are there and were not before. */
async function filledTiles(client: PoolClient, size: number, leaves: readonly Hash[]): Promise<readonly FilledTile[]> {
  const filled: FilledTile[] = [];
  const after = size + leaves.length;
  let added = leaves;
  for (let level = 0; hashesAt(level + 1, after) > hashesAt(level + 1, size); level++) {
    const first = hashesAt(level + 1, size);
    const start = first * TILE_WIDTH;
    const there = await hashesBetween(client, level, start, hashesAt(level, size));
    const hashes = [...there, ...added];
    const tiles = Array.from({ length: hashesAt(level + 1, after) - first }, (_, at) => {
      const own = hashes.slice(at * TILE_WIDTH, (at + 1) * TILE_WIDTH);
      return { level, index: first + at, root: rootOver(own), hashes: own };
    });
    filled.push(...tiles);
    added = tiles.map(({ root }) => root);
  }
  return filled;
}

/** Hashes of a level from `start` up to `end`. */
async function hashesBetween(client: PoolClient, level: number, start: number, end: number): Promise<readonly Hash[]> {
  if (start === end) return [];
  const { rows } = await client.query<{ hash: Buffer }>(
    level === 0
      ? `SELECT leaf AS hash FROM exchange.proof_entry WHERE entry_index >= $1 AND entry_index < $2 ORDER BY entry_index`
      : `SELECT root AS hash FROM exchange.proof_tile WHERE level = $3 AND tile_index >= $1 AND tile_index < $2 ORDER BY tile_index`,
    level === 0 ? [start, end] : [start, end, level - 1],
  );
  return rows.map(({ hash }) => hash);
}
