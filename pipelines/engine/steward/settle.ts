import type { ClientBase, Pool } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { Issue } from '../../record.ts';

/** One entry with all that is known of it. */
export interface Quarantined {
  readonly id: number;
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  readonly key: string | null;
  readonly origin: string | null;
  readonly code: string;
  readonly message: string;
  readonly issues: readonly Issue[];
  readonly raw: Uint8Array;
  readonly receivedAt: Date;
  readonly state: 'open' | 'replayed' | 'dismissed' | 'mended';
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  readonly settledAt: Date | null;
  readonly changes: Readonly<Record<string, string | null>> | null;
}

/** An entry in any state. @throws HUB_CATALOG_NOT_FOUND */
export async function readQuarantined(pool: Pool, schema: string, id: number): Promise<Quarantined> {
  let found: Quarantined | undefined;
  try {
    const { rows } = await pool.query<Quarantined>(
      `SELECT quarantine_id::float8 AS id, system, stream, topic, source_key AS key, origin, code, message,
         coalesce(issues, '[]') AS issues, raw, received_at AS "receivedAt", state, settled_by AS "settledBy",
         settled_reason AS "settledReason", settled_at AS "settledAt", changes
       FROM ${schema}.quarantine WHERE quarantine_id = $1`,
      [id],
    );
    [found] = rows;
  } catch (error) {
    throw storeFailure(error, `reading entry ${id} of the quarantine of ${schema}`);
  }
  if (found !== undefined) return found;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `the quarantine of ${schema} has no entry ${id}`, {
    allowed: 'a number that hub quarantine list shows',
  });
}

export interface Settlement {
  readonly state: 'dismissed' | 'mended';
  readonly by: string;
  readonly reason: string;
  readonly changes?: Readonly<Record<string, string | null>>;
}

/** @throws HUB_QUARANTINE_REFUSED when the entry is no longer open */
export async function settleIn(
  client: ClientBase,
  schema: string,
  id: number,
  { state, by, reason, changes }: Settlement,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE ${schema}.quarantine SET state = $2, settled_by = $3, settled_reason = $4, settled_at = now(), changes = $5
      WHERE quarantine_id = $1 AND state = 'open'`,
    [id, state, by, reason, changes === undefined ? null : JSON.stringify(changes)],
  );
  if (rowCount !== 1) throw notOpen(id);
}

/** @throws HUB_QUARANTINE_REFUSED when the entry is not dismissed */
export async function reopenIn(
  client: ClientBase,
  schema: string,
  id: number,
  { by, reason }: Pick<Settlement, 'by' | 'reason'>,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE ${schema}.quarantine SET state = 'open', settled_by = $2, settled_reason = $3, settled_at = now()
      WHERE quarantine_id = $1 AND state = 'dismissed'`,
    [id, by, reason],
  );
  if (rowCount === 1) return;
  throw new HubError('HUB_QUARANTINE_REFUSED', `entry ${id} is not dismissed`, { allowed: 'a dismissed entry' });
}

export const notOpen = (id: number, state = 'settled'): HubError =>
  new HubError('HUB_QUARANTINE_REFUSED', `entry ${id} is ${state} already`, { allowed: 'an open entry' });
