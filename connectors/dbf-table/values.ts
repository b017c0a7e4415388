import type { RawValue } from '../../schemas/stream.ts';
import type { DbfField } from './fields.ts';

/** A value, or what is wrong with it and how it stands there. */
export type Reading = { readonly value: RawValue } | { readonly fault: string; readonly text: string };

const NULL: Reading = { value: null };
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const DIGITS8 = /^\d{8}$/;
const BLANK = /^[\0 ]*$/;

/** Trailing blanks and NULs are padding; leading blanks belong to the text. */
export function endOfText(line: string, start: number, end: number): number {
  let at = end;
  while (at > start) {
    const code = line.charCodeAt(at - 1);
    if (code !== 0x20 && code !== 0) break;
    at -= 1;
  }
  return at;
}

/**
 * Everything but text. `cell` has one character a byte; `bytes` starts at the record.
 * Numbers stay exact text, dates become `YYYY-MM-DD` without a look at the calendar: judging is for the pipeline.
 */
export function readValue(field: DbfField, cell: string, bytes: Buffer, record: number): Reading {
  switch (field.kind) {
    case 'number':
      return readNumber(field, cell);
    case 'date': {
      if (!DIGITS8.test(cell))
        return BLANK.test(cell) ? NULL : { fault: `column ${field.name} holds no date`, text: cell };
      if (cell === '00000000') return NULL;
      return { value: `${cell.slice(0, 4)}-${cell.slice(4, 6)}-${cell.slice(6)}` };
    }
    case 'logical':
      if ('TtYy'.includes(cell)) return { value: true };
      if ('FfNn'.includes(cell)) return { value: false };
      return '? \0'.includes(cell) ? NULL : { fault: `column ${field.name} is neither true nor false`, text: cell };
    case 'int32':
      return { value: bytes.readInt32LE(record + field.offset) };
    case 'currency':
      return { value: tenThousandths(bytes.readBigInt64LE(record + field.offset)) };
    case 'double': {
      const value = bytes.readDoubleLE(record + field.offset);
      return Number.isFinite(value) ? { value } : { fault: `column ${field.name} is not a finite number`, text: cell };
    }
    case 'datetime':
      return readDateTime(
        field,
        cell,
        bytes.readInt32LE(record + field.offset),
        bytes.readInt32LE(record + field.offset + 4),
      );
    case 'text':
      return { value: cell };
  }
}

function readNumber(field: DbfField, cell: string): Reading {
  const text = (cell.includes('\0') ? cell.replaceAll('\0', ' ') : cell).trim();
  if (text === '') return NULL;
  if ((field.columnType === 'bigint' ? INTEGER : NUMBER).test(text)) return { value: text };
  // dBASE fills a column with asterisks when the number did not fit; GDAL and others, when there is none.
  return {
    fault: text.startsWith('*')
      ? `column ${field.name} overflowed when it was written`
      : `column ${field.name} holds no ${field.sourceType} number`,
    text,
  };
}

function tenThousandths(units: bigint): string {
  const magnitude = (units < 0n ? -units : units).toString().padStart(5, '0');
  return `${units < 0n ? '-' : ''}${magnitude.slice(0, -4)}.${magnitude.slice(-4)}`;
}

const JULIAN_DAY_OF_1970 = 2_440_588;
const DAY_MS = 86_400_000;
const LAST_JULIAN_DAY = 5_373_484; // 9999-12-31

/** Local time of the source, without a zone: `YYYY-MM-DD HH:MM:SS.mmm`. */
function readDateTime(field: DbfField, cell: string, day: number, milliseconds: number): Reading {
  if (BLANK.test(cell)) return NULL;
  const first = JULIAN_DAY_OF_1970 - 719_162; // 0001-01-01
  if (day < first || day > LAST_JULIAN_DAY || milliseconds < 0 || milliseconds >= DAY_MS)
    return { fault: `column ${field.name} holds no date and time`, text: cell };
  const text = new Date((day - JULIAN_DAY_OF_1970) * DAY_MS + milliseconds).toISOString();
  return { value: `${text.slice(0, 10)} ${text.slice(11, 23)}` };
}
