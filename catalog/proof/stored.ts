import type { Pool } from 'pg';
import { query } from '../../schemas/store/query.ts';
import { bundleOf, TILE_WIDTH, type Tile } from './tiles.ts';

/** A log as outsiders read it: the files of C2SP tlog-tiles, wherever they lie. */
export interface LogFiles {
  checkpoint(): Promise<string>;
  /** null: there is no such tile, or not so much of it. */
  tile(tile: Tile): Promise<Uint8Array | null>;
}

/** The files of the hub's own log, made of its rows. @throws HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY, HUB_STORE_SLOW */
export function storedLog(pool: Pool): LogFiles {
  const what = 'reading the audit log';
  const rowsOf = async <Value>(sql: string, values: readonly unknown[]): Promise<readonly Value[]> =>
    (await query<{ value: Value & string }>(pool, what, sql, values)).rows.map(({ value }) => value);

  async function partsOf({ level, index, width }: Tile): Promise<readonly Uint8Array[]> {
    const range = [index * TILE_WIDTH, index * TILE_WIDTH + width];
    if (level === 'entries') {
      const entries = await rowsOf<string>(
        'SELECT entry AS value FROM exchange.proof_entry WHERE entry_index >= $1 AND entry_index < $2 ORDER BY entry_index',
        range,
      );
      return entries.map((entry) => Buffer.from(entry));
    }
    if (width === TILE_WIDTH) {
      const [full] = await rowsOf<Buffer>(
        'SELECT hashes AS value FROM exchange.proof_tile WHERE level = $1 AND tile_index = $2',
        [level, index],
      );
      return full === undefined ? [] : Array.from({ length: width }, (_, at) => full.subarray(at * 32, at * 32 + 32));
    }
    return level === 0
      ? await rowsOf<Buffer>(
          'SELECT leaf AS value FROM exchange.proof_entry WHERE entry_index >= $1 AND entry_index < $2 ORDER BY entry_index',
          range,
        )
      : await rowsOf<Buffer>(
          'SELECT root AS value FROM exchange.proof_tile WHERE level = $3 AND tile_index >= $1 AND tile_index < $2 ORDER BY tile_index',
          [...range, level - 1],
        );
  }

  return {
    async checkpoint() {
      const [checkpoint] = await rowsOf<string>('SELECT checkpoint AS value FROM exchange.proof_head', []);
      return checkpoint ?? '';
    },
    async tile(tile) {
      const parts = await partsOf(tile);
      if (parts.length !== tile.width) return null;
      return tile.level === 'entries' ? bundleOf(parts) : Buffer.concat(parts);
    },
  };
}
