import type { Pool } from 'pg';
import type { RejectedRow } from '../../connectors/connector.ts';
import type { HubError } from '../../schemas/kernel/errors.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { RawRecord } from '../../schemas/stream.ts';

/** Of a row that cannot go into the log, no more than this is kept. */
const MAX_RAW_BYTES = 1024 * 1024;

const STATEMENT_ROWS = 1_000;
const STATEMENT_BYTES = 8 * 1024 * 1024;

// The same row may be rejected again after a crash: it is the same loss.
const INSERT = `INSERT INTO hub.quarantine (system, stream, origin, raw_hash, code, message, raw)
  SELECT $1, r.stream, r.origin, sha256(r.raw), r.code, r.message, r.raw
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[]) AS r (stream, origin, code, message, raw)
  ON CONFLICT (system, stream, origin, raw_hash) DO NOTHING`;

/** Stores rejected rows in `hub.quarantine`; a row that is there already stays as it is. */
export async function storeRejects(
  hub: Pick<Pool, 'query'>,
  system: string,
  rows: readonly RejectedRow[],
): Promise<void> {
  for (let from = 0; from < rows.length; ) {
    let to = from;
    for (let bytes = 0; to < rows.length && to - from < STATEMENT_ROWS; to++) {
      bytes += rows[to]?.raw.length ?? 0;
      if (bytes > STATEMENT_BYTES && to > from) break;
    }
    const part = rows.slice(from, to);
    try {
      await hub.query(INSERT, [
        system,
        part.map(({ stream }) => stream),
        part.map(({ origin }) => storable(origin)),
        part.map(({ code }) => code),
        part.map(({ message }) => storable(message)),
        part.map(({ raw }) => asBuffer(raw)),
      ]);
    } catch (error) {
      throw storeFailure(error, `quarantining ${part.length} rows of ${system}`);
    }
    from = to;
  }
}

export interface RejectedRowEntry {
  readonly id: number;
  readonly system: string;
  readonly stream: string;
  readonly origin: string;
  readonly code: string;
  readonly message: string;
  readonly receivedAt: Date;
}

/** Open entries of `hub.quarantine`, oldest first. */
export async function listRejectedRows(
  hub: Pick<Pool, 'query'>,
  filter: { readonly system?: string; readonly stream?: string; readonly code?: string },
  limit: number,
): Promise<readonly RejectedRowEntry[]> {
  try {
    const { rows } = await hub.query(
      `SELECT quarantine_id, system, stream, origin, code, message, received_at FROM hub.quarantine
       WHERE state = 'open' AND ($1::text IS NULL OR system = $1) AND ($2::text IS NULL OR stream = $2)
         AND ($3::text IS NULL OR code = $3) ORDER BY quarantine_id LIMIT $4`,
      [filter.system ?? null, filter.stream ?? null, filter.code ?? null, limit],
    );
    return rows.map(({ quarantine_id, received_at, system, stream, origin, code, message }) => ({
      ...{ id: Number(quarantine_id), system, stream, origin, code, message, receivedAt: received_at },
    }));
  } catch (error) {
    throw storeFailure(error, 'listing the rows in quarantine');
  }
}

/** A record that the log cannot carry, with its row as JSON (bytes as base64). */
export function rejectRecord(record: RawRecord, error: HubError): RejectedRow {
  const { stream, key, op, value, observedAt, origin } = record;
  const row = { key, op, value, observedAt };
  const raw = Buffer.from(JSON.stringify(row, (_, cell: unknown) => base64(cell)));
  const cut = raw.length > MAX_RAW_BYTES ? ` (${raw.length} bytes, of which ${MAX_RAW_BYTES} are kept)` : '';
  return { stream, code: error.code, message: `${error.message}${cut}`, origin, raw: raw.subarray(0, MAX_RAW_BYTES) };
}

/** Buffer turns itself into an object of numbers before the replacer sees it. */
function base64(cell: unknown): unknown {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('base64');
  if (typeof cell !== 'object' || cell === null) return cell;
  const { type, data } = cell as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('base64') : cell;
}

/** PostgreSQL text holds everything but NUL. */
const storable = (text: string): string => text.replaceAll('\0', '\u2400');

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
