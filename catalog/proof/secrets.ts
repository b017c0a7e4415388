import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { query } from '../../schemas/store/query.ts';
import { type BlindIndex, createBlindIndex } from './entry.ts';
import { createSigner, type Signer } from './note.ts';

export interface Secrets {
  readonly signer: Signer;
  readonly blindIndex: BlindIndex;
}

const NAMES = ['log-key', 'blind-index'] as const;
const KEY_BYTES = 32;

/** The log is called by its key, so that no two hubs are ever taken for one. */
const originOf = (publicKey: Uint8Array): string =>
  `sanjiang.audit/${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`;

/**
 * The keys of the audit log, the same in every process of a hub: the first one makes them. With another signing key it is another
 * log; with another key of blind indexes nobody finds again who was looked up before.
 * @throws HUB_STORE_UNAVAILABLE
 */
export async function openSecrets(pool: Pool): Promise<Secrets> {
  const what = 'reading the keys of the audit log';
  const read = async (): Promise<ReadonlyMap<string, Buffer>> => {
    const { rows } = await query<{ name: string; value: Buffer }>(
      pool,
      what,
      'SELECT name, value FROM exchange.proof_secret WHERE name = ANY ($1)',
      [NAMES],
    );
    return new Map(rows.map(({ name, value }) => [name, value]));
  };
  let found = await read();
  if (found.size < NAMES.length) {
    await query(
      pool,
      what,
      `INSERT INTO exchange.proof_secret (name, value) SELECT name, value FROM unnest($1::text[], $2::bytea[]) AS s (name, value)
       ON CONFLICT (name) DO NOTHING`,
      [NAMES, NAMES.map(() => randomBytes(KEY_BYTES))],
    );
    found = await read();
  }
  const [logKey, blindKey] = NAMES.map((name) => found.get(name) as Buffer);
  return {
    signer: createSigner(logKey as Buffer, originOf),
    blindIndex: createBlindIndex(blindKey as Buffer),
  };
}
