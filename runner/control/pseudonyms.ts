import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { createPseudonyms, type Pseudonyms } from '../../schemas/masking/pseudonyms.ts';
import { storeFailure } from '../../schemas/store/failure.ts';

const NAME = 'pseudonyms';
const KEY_BYTES = 32;

/**
 * The pseudonyms of rows, the same in every process of a hub: the first one makes their key, which stays in `hub.secret`.
 * Another key gives every row another pseudonym.
 * @throws HUB_STORE_UNAVAILABLE
 */
export async function openPseudonyms(pool: Pool): Promise<Pseudonyms> {
  const read = () => pool.query<{ value: Buffer }>('SELECT value FROM hub.secret WHERE name = $1', [NAME]);
  try {
    let [found] = (await read()).rows;
    if (found === undefined) {
      await pool.query('INSERT INTO hub.secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [
        NAME,
        randomBytes(KEY_BYTES),
      ]);
      [found] = (await read()).rows;
    }
    return createPseudonyms((found as { value: Buffer }).value);
  } catch (error) {
    throw storeFailure(error, 'reading the key of the pseudonyms');
  }
}
