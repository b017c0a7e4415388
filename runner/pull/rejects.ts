import type { Pool } from 'pg';
import type { RejectedRow } from '../../connectors/connector.ts';
import type { HubError } from '../../schemas/kernel/errors.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { query } from '../../schemas/store/query.ts';
import type { RawRecord } from '../../schemas/stream.ts';

/** Of a row that cannot go into the log, no more than this is kept. */
const MAX_RAW_BYTES = 1024 * 1024;

const STATEMENT_ROWS = 1_000;
const STATEMENT_BYTES = 8 * 1024 * 1024;

// The same row may be rejected again, after a crash or by a source that gives everything in each read: it is the same loss.
const INSERT = `INSERT INTO hub.quarantine AS q (system, stream, origin, raw_hash, code, message, raw)
  SELECT DISTINCT ON (r.stream, r.origin, r.raw) $1, r.stream, r.origin, sha256(r.raw), r.code, r.message, r.raw
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[]) AS r (stream, origin, code, message, raw)
  ON CONFLICT (system, stream, origin, raw_hash) DO UPDATE
    SET seen_at = now(), state = CASE q.state WHEN 'replayed' THEN 'open' ELSE q.state END`;

/** Stores rejected rows in `hub.quarantine`; one that is there and was dismissed stays dismissed. */
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

interface Place {
  readonly system: string;
  readonly stream: string;
}

const REPORT = "code = 'HUB_FILE_UNREADABLE'";
const SETTLE = `UPDATE hub.quarantine SET state = 'replayed', settled_at = now()
  WHERE system = $1 AND stream = $2 AND state = 'open'`;

/** Files that were read to their end after all: their reports are settled. */
export async function closeFileReports(hub: Pool, { system, stream }: Place, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const what = `settling the reports of files of ${system}`;
  await query(hub, what, `${SETTLE} AND ${REPORT} AND origin = ANY ($3::text[])`, [
    ...[system, stream, files.map(storable)],
  ]);
}

/** The file of a row: its place without its number. */
const FILE = "left(origin, length(origin) - strpos(reverse(origin), '#'))";

/**
 * Rows that a read of everything, begun at `since`, did not reject again are settled: they were mended, or are gone.
 * @param files that were read from their first row to their last; `all`: the whole stream was.
 */
export async function settleRejects(
  hub: Pool,
  { system, stream }: Place,
  files: readonly string[] | 'all',
  since: string,
): Promise<void> {
  if (files.length === 0) return;
  const within = files === 'all' ? '' : `AND ${FILE} = ANY ($4::text[])`;
  const sql = `${SETTLE} AND NOT ${REPORT} AND seen_at < $3::timestamptz ${within}`;
  const values = [system, stream, since, ...(files === 'all' ? [] : [files.map(storable)])];
  await query(hub, `settling the rows of ${system}/${stream}`, sql, values);
}

/** By the clock of the store, for `settleRejects`. */
export async function storeClock(hub: Pool): Promise<string> {
  const { rows } = await query<{ at: string }>(hub, 'asking for the time', 'SELECT clock_timestamp()::text AS at');
  return (rows[0] as { at: string }).at;
}

/** Rows of the stream, whenever they were read, that nobody has mended or dismissed. */
export async function countOpenRejects(hub: Pool, { system, stream }: Place): Promise<number> {
  const { rows } = await query<{ count: string }>(
    hub,
    `counting the rows in quarantine of ${system}/${stream}`,
    `SELECT count(*) FROM hub.quarantine WHERE system = $1 AND stream = $2 AND state = 'open' AND NOT ${REPORT}`,
    [system, stream],
  );
  return Number(rows[0]?.count ?? 0);
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
