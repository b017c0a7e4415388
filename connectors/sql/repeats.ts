import type { RawRecord, RawValue } from '../../schemas/stream.ts';
import type { Repeats } from '../connector.ts';
import { placeOfText } from '../cursor-place.ts';
import type { OpenStream, SqlColumn } from './database.ts';
import { textOf, timeOf } from './records.ts';

/** Rows from where the next pass begins, and those without a cursor; without a cursor at all, every row. */
export function repeatsOf(
  { cursor }: Pick<OpenStream, 'cursor'>,
  since: string | null,
  pass: Pick<Repeats, 'isLast' | 'keysOnce'>,
): Repeats {
  const placeOf = ({ value, observedAt }: RawRecord): number | null => {
    const cell = cursor === null ? null : (value?.[cursor.name] ?? null);
    if (cursor === null || cell === null) return null;
    // The record has the time of its cursor, which is dear to read twice.
    if (cursor.type === 'timestamp') return isDay(cell) ? observedAt : null;
    return placeOfCursor(cursor, textOf(cell));
  };
  return { from: since === null ? null : placeOfCursor(cursor as SqlColumn, since), placeOf, ...pass };
}

/** As against `infinity`. */
const isDay = (cell: RawValue): boolean => typeof cell !== 'string' || (cell >= '0' && cell < ':');

/** null where a text is no such value, as `infinity` is no time. */
function placeOfCursor({ type }: SqlColumn, text: string): number | null {
  if (type === 'timestamp' || type === 'date') return timeOf(text);
  if (type === 'bytes') return placeOfNumber(`0x${text}`);
  return type === 'text' ? placeOfText(text) : placeOfNumber(text);
}

function placeOfNumber(text: string): number | null {
  const number = Number(text);
  return Number.isNaN(number) ? null : number;
}
