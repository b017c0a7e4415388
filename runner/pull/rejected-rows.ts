import type { Pool } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';

/* What people do with the rows that never reached the log. */

export interface RejectedRowEntry {
  readonly id: number;
  readonly system: string;
  readonly stream: string;
  readonly origin: string;
  readonly code: string;
  readonly message: string;
  readonly receivedAt: Date;
}

/** Open entries of `hub.quarantine`, newest first, and how many there are in all. @param before number of an entry: older ones only */
export async function listRejectedRows(
  hub: Pick<Pool, 'query'>,
  filter: { readonly system?: string; readonly stream?: string; readonly code?: string; readonly before?: number },
  limit: number,
): Promise<{ readonly entries: readonly RejectedRowEntry[]; readonly total: number }> {
  try {
    const { rows } = await hub.query(
      `SELECT quarantine_id, system, stream, origin, code, message, received_at, count(*) OVER () AS total
       FROM hub.quarantine
       WHERE state = 'open' AND ($1::text IS NULL OR system = $1) AND ($2::text IS NULL OR stream = $2)
         AND ($3::text IS NULL OR code = $3) AND ($5::bigint IS NULL OR quarantine_id < $5)
       ORDER BY quarantine_id DESC LIMIT $4`,
      [filter.system ?? null, filter.stream ?? null, filter.code ?? null, limit, filter.before ?? null],
    );
    const entries = rows.map(({ quarantine_id, received_at, system, stream, origin, code, message }) => ({
      ...{ id: Number(quarantine_id), system, stream, origin, code, message, receivedAt: received_at },
    }));
    return { entries, total: Number(rows[0]?.total ?? 0) };
  } catch (error) {
    throw storeFailure(error, 'listing the rows in quarantine');
  }
}

export interface OpenedRow extends RejectedRowEntry {
  readonly state: string;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  readonly raw: Buffer;
}

/** One entry of `hub.quarantine` with its bytes. @throws HUB_CATALOG_NOT_FOUND */
export async function openRejectedRow(hub: Pick<Pool, 'query'>, id: number): Promise<OpenedRow> {
  try {
    const { rows } = await hub.query(
      `SELECT system, stream, origin, code, message, received_at, state, settled_by, settled_reason, raw
       FROM hub.quarantine WHERE quarantine_id = $1`,
      [id],
    );
    const row = rows[0];
    if (row === undefined)
      throw new HubError('HUB_CATALOG_NOT_FOUND', `There is no entry ${id} at source`, {
        allowed: 'a number of `hub quarantine list`',
      });
    const { received_at: receivedAt, settled_by: settledBy, settled_reason: settledReason, ...rest } = row;
    return { id, receivedAt, settledBy, settledReason, ...rest };
  } catch (error) {
    throw storeFailure(error, `opening entry ${id} of the quarantine`);
  }
}

/** Bytes as a person can read them: as text where they are text in UTF-8 or GB18030, otherwise in hexadecimal digits. */
export function readableBytes(raw: Uint8Array): { readonly as: string; readonly text: string } {
  for (const as of ['utf-8', 'gb18030'])
    try {
      const text = new TextDecoder(as, { fatal: true, ignoreBOM: true }).decode(raw);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no text holds
      if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return { as, text };
    } catch {
      // Not in this one.
    }
  const lines =
    Buffer.from(raw)
      .toString('hex')
      .match(/.{1,64}/g) ?? [];
  return { as: 'hex', text: lines.map((line) => line.replace(/(..)(?=.)/g, '$1 ')).join('\n') };
}

interface Decision {
  readonly by: string;
  readonly reason: string;
}

/** Be done with entries; their bytes are kept. All or none. @throws HUB_QUARANTINE_REFUSED when one of them is not open */
export const dismissRejectedRows = (hub: Pool, ids: readonly number[], decision: Decision): Promise<void> =>
  decide(hub, ids, decision, 'open', 'dismissed');

/** Takes dismissals back. All or none. @throws HUB_QUARANTINE_REFUSED when one of them is not dismissed */
export const reopenRejectedRows = (hub: Pool, ids: readonly number[], decision: Decision): Promise<void> =>
  decide(hub, ids, decision, 'dismissed', 'open');

async function decide(
  hub: Pool,
  ids: readonly number[],
  { by, reason }: Decision,
  from: 'open' | 'dismissed',
  to: 'open' | 'dismissed',
): Promise<void> {
  await inTransaction(hub, 'deciding on rows in quarantine', async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `UPDATE hub.quarantine SET state = $2, settled_by = $3, settled_reason = $4, settled_at = now()
        WHERE quarantine_id = ANY ($1::bigint[]) AND state = $5 RETURNING quarantine_id::float8 AS id`,
      [ids, to, by, reason, from],
    );
    const done = new Set(rows.map(({ id }) => id));
    const others = ids.filter((id) => !done.has(id));
    if (others.length > 0)
      throw new HubError(
        'HUB_QUARANTINE_REFUSED',
        `not ${from} at source, so nothing was changed: ${others.join(', ')}`,
        { allowed: `entries that are ${from}` },
      );
  });
}
