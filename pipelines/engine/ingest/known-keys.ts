import type { Pool } from 'pg';
import { copyLines, copyText } from '../../../schemas/store/copy.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { connect } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition } from '../../pipeline.ts';

export interface KeyComparison extends AsyncDisposable {
  /** Live rows of the stream that the base holds. */
  readonly known: number;
  /** Those among them that the source no longer has. */
  readonly vanished: number;
  /** The vanished keys, a batch at a time. */
  batches(): AsyncIterable<readonly string[]>;
}

const KEYS_A_BATCH = 5_000;

/**
 * Compares the keys that a source has now with those the base holds, in the database: neither side is ever held in
 * memory. Rows still on their way through the log are not known yet; the next comparison sees them.
 */
export async function compareKeys(
  pool: Pool,
  base: BaseDefinition,
  stream: { readonly system: string; readonly stream: string },
  present: AsyncIterable<readonly string[]>,
): Promise<KeyComparison> {
  const what = `comparing the keys of ${stream.system}/${stream.stream}`;
  const client = await connect(pool, what);
  const live = `${base.schema}.source_record AS r JOIN ${base.schema}.source AS s USING (source_id)
    WHERE s.system = $1 AND s.stream = $2 AND NOT r.deleted`;
  const values = [stream.system, stream.stream];
  try {
    await client.query('CREATE TEMPORARY TABLE IF NOT EXISTS present_key (source_key text); TRUNCATE present_key');
    for await (const keys of present) await copyLines(client, 'present_key (source_key)', keys.map(copyText));
    await client.query('ANALYZE present_key');
    await client.query('CREATE TEMPORARY TABLE IF NOT EXISTS vanished_key (source_key text); TRUNCATE vanished_key');
    const vanished = await client.query(
      `INSERT INTO vanished_key (source_key) SELECT r.source_key FROM ${live}
       AND NOT EXISTS (SELECT 1 FROM present_key AS p WHERE p.source_key = r.source_key)`,
      values,
    );
    const known = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${live}`, values);
    return {
      known: Number(known.rows[0]?.count ?? 0),
      vanished: vanished.rowCount ?? 0,
      async *batches() {
        // WITH HOLD: it outlives its statement, so no transaction stands open while the keys are dealt with.
        await client.query(
          'DECLARE vanished NO SCROLL CURSOR WITH HOLD FOR SELECT source_key FROM vanished_key ORDER BY source_key',
        );
        for (;;) {
          const { rows } = await client.query<{ source_key: string }>(`FETCH ${KEYS_A_BATCH} FROM vanished`);
          if (rows.length === 0) break;
          yield rows.map((row) => row.source_key);
        }
      },
      // The connection carries temporary tables and perhaps an open cursor: it is closed, not reused.
      [Symbol.asyncDispose]: async () => client.release(true),
    };
  } catch (error) {
    client.release(true);
    throw storeFailure(error, what);
  }
}
