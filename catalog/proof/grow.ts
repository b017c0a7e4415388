import type { Pool, PoolClient } from 'pg';
import { query } from '../../schemas/store/query.ts';
import { FLUSHED, inTransaction } from '../../schemas/store/transaction.ts';
import { EMPTY, extend, type Frontier, type Hash, leafHash, rootOver } from './merkle.ts';
import { hashesAt, splitHashes, TILE_WIDTH } from './tiles.ts';

/** The stored tree, as one process continues it. */
export interface GrowingTree {
  /** One transaction, on the disk when it resolves. Not to be called again before. @returns the number of the first entry */
  append(entries: readonly string[]): Promise<number>;
}

interface FilledTile {
  readonly level: number;
  readonly index: number;
  readonly root: Hash;
  readonly hashes: readonly Hash[];
}

/** After another process was in between, so many groups ask first where the tree ends. */
const WARY = 32;
const WHAT = 'writing to the audit log';

/**
 * The row of `proof_head` is the lock: whoever holds it writes, over all processes, and its order is the order of the log. A process
 * that was the last to write knows where the tree ends, and needs one message to the server; the row tells when it is wrong.
 */
export function growTree(pool: Pool, sign: (tree: Frontier) => string): GrowingTree {
  let known: Frontier | null = null;
  let wary = 0;

  async function appendAtKnown(
    before: Frontier,
    entries: readonly string[],
    leaves: readonly Hash[],
  ): Promise<boolean> {
    const after = extend(before, leaves);
    known = null;
    const { rows } = await query<{ moved: number }>(
      pool,
      WHAT,
      // Local to this one statement, whose end is the commit.
      `${growth('WHERE size = $1 AND peaks = $7')}
       SELECT (SELECT count(*) FROM head)::int AS moved, set_config('synchronous_commit', 'on', true)`,
      [...valuesOf(before, after, entries, leaves, sign), Buffer.concat(before.peaks)],
    );
    if (rows[0]?.moved !== 1) return false;
    known = after;
    return true;
  }

  const appendAtEnd = (entries: readonly string[], leaves: readonly Hash[]): Promise<Frontier> =>
    inTransaction(
      pool,
      WHAT,
      async (client) => {
        const { rows } = await client.query<{ size: number; peaks: Buffer }>(
          'SELECT size::float8 AS size, peaks FROM exchange.proof_head FOR UPDATE',
        );
        const [head] = rows;
        const before = head === undefined ? EMPTY : { size: head.size, peaks: splitHashes(head.peaks) };
        const after = extend(before, leaves);
        await keepTiles(client, await filledTiles(client, before.size, leaves));
        await client.query(`${growth('')} SELECT 1`, valuesOf(before, after, entries, leaves, sign));
        return after;
      },
      FLUSHED,
    );

  return {
    async append(entries) {
      const leaves = entries.map((entry) => leafHash(Buffer.from(entry)));
      const before = known;
      const fillsNoTile = before !== null && (before.size % TILE_WIDTH) + leaves.length < TILE_WIDTH;
      if (wary === 0 && before !== null && fillsNoTile) {
        if (await appendAtKnown(before, entries, leaves)) return before.size;
        wary = WARY;
      }
      wary = Math.max(0, wary - 1);
      known = null;
      known = await appendAtEnd(entries, leaves);
      return known.size - leaves.length;
    },
  };
}

/** Entries and the new end of the tree, or nothing of it where the end was another. */
const growth = (where: string): string => `
  WITH head AS (
    UPDATE exchange.proof_head SET size = $4, peaks = $5, checkpoint = $6 ${where} RETURNING 1),
  entries AS (
    INSERT INTO exchange.proof_entry (entry_index, leaf, entry)
    SELECT $1::bigint + n - 1, leaf, entry FROM unnest($2::bytea[], $3::text[]) WITH ORDINALITY AS e (leaf, entry, n)
    WHERE EXISTS (SELECT 1 FROM head))`;

const valuesOf = (
  before: Frontier,
  after: Frontier,
  entries: readonly string[],
  leaves: readonly Hash[],
  sign: (tree: Frontier) => string,
): unknown[] => [before.size, leaves, entries, after.size, Buffer.concat(after.peaks), sign(after)];

async function keepTiles(client: PoolClient, tiles: readonly FilledTile[]): Promise<void> {
  if (tiles.length === 0) return;
  await client.query(
    `INSERT INTO exchange.proof_tile (level, tile_index, root, hashes)
     SELECT level, tile_index, root, hashes
     FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bytea[]) AS t (level, tile_index, root, hashes)`,
    [
      ...[tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
      ...[tiles.map(({ root }) => root), tiles.map(({ hashes }) => Buffer.concat(hashes))],
    ],
  );
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
