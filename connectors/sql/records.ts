import type { RunContext } from '../../schemas/kernel/context.ts';
import { KEY_SEPARATOR, type RawRecord, type RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { type Cell, type Database, guarded, type OpenStream, qualified, type Row, type SqlColumn } from './database.ts';
import { selectKeyless } from './select.ts';

/** What a comparison with this cell binds; bytes as hexadecimal. */
export const textOf = (cell: Cell | undefined): string =>
  cell instanceof Uint8Array ? Buffer.from(cell).toString('hex').toUpperCase() : String(cell);

export const keyOf = (row: Row, keys: readonly number[]): string =>
  keys.length === 1 ? textOf(row[keys[0] as number]) : keys.map((index) => textOf(row[index])).join(KEY_SEPARATOR);

/** Observed when the row says it was changed; when it does not say, now. */
export function recordsOf(stream: OpenStream, rows: readonly Row[], ctx: RunContext): readonly RawRecord[] {
  const make = recordMaker(stream);
  const now = ctx.now().getTime();
  const records: RawRecord[] = new Array(rows.length);
  for (let r = 0; r < rows.length; r++) records[r] = make(rows[r] as Row, now);
  return records;
}

/** @returns what makes a record of a row, with the time at which it was so when the row does not say. */
export function recordMaker(stream: OpenStream): (row: Row, now: number) => RawRecord {
  const { columns, cursor } = stream;
  const names = columns.map(({ name }) => name);
  const readers = columns.map(({ read }) => read);
  const count = columns.length;
  const keys = stream.key.map((column) => columns.indexOf(column));
  const timed = cursor === null || cursor.type !== 'timestamp' ? -1 : columns.indexOf(cursor);
  const origin = `${qualified(stream)}#`;
  return (row, now) => {
    const value: Record<string, RawValue> = {};
    for (let c = 0; c < count; c++) {
      const read = readers[c] as SqlColumn['read'];
      const cell = row[c] as Cell;
      value[names[c] as string] = read === null ? cell : read(cell);
    }
    const key = keyOf(row, keys);
    const observedAt = timed === -1 ? now : (timeOf(row[timed] as string | null) ?? now);
    return { stream: stream.stream, key, op: 'upsert', value, observedAt, origin: origin + key };
  };
}

const PLAIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?(\+08)?$/;
const FULL = /^(\d{4}-\d\d-\d\d)[ T]?(\d\d:\d\d:\d\d)?(\.\d+)? ?([+-]\d\d(?::?\d\d)?|Z)?$/;
const BEIJING_MS = 8 * 3_600_000;

/** `2013-02-08 00:00:00.123456+08` in milliseconds; without an offset it is Beijing time; no such time gives null. */
export function timeOf(text: string | null): number | null {
  if (text === null) return null;
  if (PLAIN.test(text)) {
    const number = (at: number, digits: number): number => {
      let sum = 0;
      for (let i = at; i < at + digits; i++) sum = sum * 10 + text.charCodeAt(i) - 48;
      return sum;
    };
    const [year, month, day] = [number(0, 4), number(5, 2), number(8, 2)];
    const isDay = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
    if (isDay && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60) {
      const ms = text.charCodeAt(19) === 46 ? Math.trunc(Number.parseFloat(text.slice(19, 23)) * 1_000 + 1e-6) : 0;
      return Date.UTC(year, month - 1, day, number(11, 2), number(14, 2), number(17, 2), ms) - BEIJING_MS;
    }
  }
  const [, day, time = '00:00:00', fraction = '', offset = '+08'] = FULL.exec(text) ?? [];
  const zone = offset === 'Z' ? 'Z' : offset.length === 3 ? `${offset}:00` : offset;
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}

const KEYLESS_KEPT = 1_000;

/** A row whose key is NULL cannot be followed: it goes to quarantine; beyond a thousand one entry stands for the rest. */
export async function keyless(db: Database, stream: OpenStream): Promise<readonly RejectedRow[]> {
  if (!stream.key.some(({ nullable }) => nullable)) return [];
  const place = qualified(stream);
  const query = selectKeyless(db, stream, stream.columns, stream.key, KEYLESS_KEPT + 1);
  const rows = await guarded(db, `reading rows without key of ${place}`, () => db.rows(query));
  const keyNames = stream.key.map(({ name }) => name).join(' + ');
  const reject = (message: string, origin: string, raw: object): RejectedRow => ({
    ...{ stream: stream.stream, code: 'HUB_RECORD_INVALID', message, origin },
    raw: Buffer.from(JSON.stringify(raw)),
  });
  const rejects = rows.slice(0, KEYLESS_KEPT).map((row, i) => {
    const cells = stream.columns.map(({ name }, c) => [name, row[c] instanceof Uint8Array ? textOf(row[c]) : row[c]]);
    const origin = `${place}, row ${i + 1} without key`;
    return reject(`a row without a key: ${keyNames} is NULL`, origin, Object.fromEntries(cells));
  });
  if (rows.length <= KEYLESS_KEPT) return rejects;
  const more = `more than ${KEYLESS_KEPT} rows without a key: the others are not read until ${keyNames} is filled`;
  return [...rejects, reject(more, `${place}, rows without key`, { table: place, key: keyNames })];
}
