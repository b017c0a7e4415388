import type { ClientBase, Pool } from 'pg';
import { inTransaction, type TransactionOptions } from '../../../schemas/store/transaction.ts';

/*
 * Changes go to the outbox only while somebody reads them. When that begins, the whole state goes first, so that a
 * subscriber never has to ask for what lies before: each entity once, in its order of number, the gone and the merged
 * ones too, since an earlier subscriber may still hold them.
 */

const SLICE = 5_000;

/** No batch is under way: what it has changed is in the state, and what the next one changes goes to the outbox. */
const beside = (schema: string): TransactionOptions => ({ alone: `sanjiang.${schema}` });

/** The life of the topic to which the base is published; null while it is not. */
export async function publishedTo(client: Pick<ClientBase, 'query'>, schema: string): Promise<string | null> {
  const { rows } = await client.query<{ life: string }>(`SELECT life FROM ${schema}.publication`);
  return rows[0]?.life ?? null;
}

/** The whole state is sent from now on, also when it was sent to an earlier life. */
export const beginPublication = (pool: Pool, schema: string, life: string): Promise<void> =>
  inTransaction(
    pool,
    `beginning to publish ${schema}`,
    async (client) => {
      await client.query(
        `INSERT INTO ${schema}.publication AS p (life) VALUES ($1)
         ON CONFLICT (is_on) DO UPDATE SET life = EXCLUDED.life, filled_to = 0, since = now() WHERE p.life <> EXCLUDED.life`,
        [life],
      );
    },
    beside(schema),
  );

/** What still waits is forgotten: whoever reads later is sent the state of then. */
export const endPublication = (pool: Pool, schema: string): Promise<void> =>
  inTransaction(
    pool,
    `ending to publish ${schema}`,
    async (client) => {
      const { rowCount } = await client.query(`DELETE FROM ${schema}.publication`);
      if (rowCount !== 0) await client.query(`DELETE FROM ${schema}.outbox`);
    },
    beside(schema),
  );

/** Puts the next slice of the state into the outbox. @returns false when all of it has been put there */
export const publishState = (pool: Pool, schema: string): Promise<boolean> =>
  inTransaction(
    pool,
    `publishing the state of ${schema}`,
    async (client) => {
      const { rows } = await client.query<{ more: boolean }>(
        `WITH slice AS (
           SELECT e.entity_id, e.merged_into FROM ${schema}.entity AS e
           WHERE e.entity_id > (SELECT filled_to FROM ${schema}.publication) ORDER BY e.entity_id LIMIT ${SLICE}
         ), sent AS (
           INSERT INTO ${schema}.outbox (entity_id, kind, attributes, into_id)
           SELECT s.entity_id,
             CASE WHEN s.merged_into IS NOT NULL THEN 'merge' WHEN g.entity_id IS NULL THEN 'delete' ELSE 'upsert' END,
             CASE WHEN s.merged_into IS NULL THEN g.attributes END, s.merged_into
           FROM slice AS s LEFT JOIN ${schema}.golden AS g USING (entity_id) ORDER BY s.entity_id
         )
         UPDATE ${schema}.publication SET filled_to = (SELECT max(entity_id) FROM slice)
         WHERE filled_to IS NOT NULL RETURNING filled_to IS NOT NULL AS more`,
      );
      return rows[0]?.more === true;
    },
    beside(schema),
  );
