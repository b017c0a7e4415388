import type { Pool } from 'pg';
import type { RejectedRow } from '../../connectors/connector.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
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

/** Files that were read whole after all: their reports are settled. */
export async function closeFileReports(
  hub: Pick<Pool, 'query'>,
  system: string,
  stream: string,
  files: readonly string[],
): Promise<void> {
  if (files.length === 0) return;
  try {
    await hub.query(
      `UPDATE hub.quarantine SET state = 'replayed'
       WHERE system = $1 AND stream = $2 AND origin = ANY ($3::text[]) AND code = 'HUB_FILE_UNREADABLE' AND state = 'open'`,
      [system, stream, files.map(storable)],
    );
  } catch (error) {
    throw storeFailure(error, `settling the reports of files of ${system}`);
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
  readonly raw: Buffer;
}

/** One entry of `hub.quarantine` with its bytes. @throws HUB_CATALOG_NOT_FOUND */
export async function openRejectedRow(hub: Pick<Pool, 'query'>, id: number): Promise<OpenedRow> {
  try {
    const { rows } = await hub.query(
      `SELECT system, stream, origin, code, message, received_at, state, raw FROM hub.quarantine WHERE quarantine_id = $1`,
      [id],
    );
    const row = rows[0];
    if (row === undefined)
      throw new HubError('HUB_CATALOG_NOT_FOUND', `There is no entry ${id} at source`, {
        allowed: 'a number of `hub quarantine list`',
      });
    const { received_at: receivedAt, ...rest } = row;
    return { id, receivedAt, ...rest };
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
