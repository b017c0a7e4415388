import { HubError } from './kernel/errors.ts';
import type { ColumnSpec, RawRecord, RawValue } from './stream.ts';

const SLAB_BYTES = 256 * 1024;
/** A string of so few UTF-16 units takes at most 63 bytes, whose length takes one byte. */
const SHORT = 21;

/**
 * Writes raw envelopes as Avro binary after a Confluent frame. It gives the bytes avsc gives (a property test compares
 * them) several times faster: flat records need no union lookup, strings are measured while they are written, and many
 * messages share one slab. The bytes are never overwritten later.
 */
export function createRawWriter(schemaId: number, columns: readonly ColumnSpec[]): (record: RawRecord) => Uint8Array {
  const known: ReadonlySet<string> = new Set(columns.map((column) => column.name));
  const plain = columns.every((column) => !(column.name in Object.prototype));
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let start = 0;
  let pos = 0;
  let record: RawRecord;

  const unfit = (column: string, what: string, details: object = {}): HubError =>
    new HubError('HUB_RECORD_INVALID', `${record.origin}: column ${column} ${what}`, {
      column,
      origin: record.origin,
      ...details,
    });

  function reserve(bytes: number): void {
    if (slab.length - pos >= bytes) return;
    const written = pos - start;
    const next = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * written + bytes));
    slab.copy(next, 0, start, pos);
    slab = next;
    start = 0;
    pos = written;
  }

  /** Zig-zag; exact up to 2^52 either way. */
  function long(value: number): void {
    let rest = value >= 0 ? value * 2 : value * -2 - 1;
    while (rest >= 128) {
      slab[pos++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    slab[pos++] = rest;
  }

  function text(value: string, column: string): void {
    const { length } = value;
    reserve(length * 3 + 10);
    if (length <= SHORT) shortText(value, column);
    else longText(value, column);
  }

  function shortText(value: string, column: string): void {
    // Locals, because a closure's variables are read from memory for every byte.
    const buf = slab;
    const from = pos;
    let at = from + 1;
    for (let i = 0; i < value.length; i++) {
      let unit = value.charCodeAt(i);
      if (unit < 0x80) buf[at++] = unit;
      else if (unit < 0x800) {
        buf[at++] = 0xc0 | (unit >> 6);
        buf[at++] = 0x80 | (unit & 0x3f);
      } else if (unit < 0xd800 || unit > 0xdfff) {
        buf[at++] = 0xe0 | (unit >> 12);
        buf[at++] = 0x80 | ((unit >> 6) & 0x3f);
        buf[at++] = 0x80 | (unit & 0x3f);
      } else {
        const low = unit < 0xdc00 ? value.charCodeAt(++i) : 0;
        if (!(low >= 0xdc00 && low <= 0xdfff)) throw unfit(column, HALF);
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
        buf[at++] = 0xf0 | (unit >> 18);
        buf[at++] = 0x80 | ((unit >> 12) & 0x3f);
        buf[at++] = 0x80 | ((unit >> 6) & 0x3f);
        buf[at++] = 0x80 | (unit & 0x3f);
      }
    }
    buf[from] = (at - from - 1) * 2;
    pos = at;
  }

  function longText(value: string, column: string): void {
    if (!(value as MaybeWellFormed).isWellFormed()) throw unfit(column, HALF);
    // Written where it belongs if it is ASCII; moved when its length turns out to need more bytes.
    const from = pos;
    long(value.length);
    const guess = pos;
    const bytes = slab.write(value, guess, 'utf8');
    if (bytes !== value.length) {
      const at = from + longWidth(bytes);
      if (at !== guess) slab.copyWithin(at, guess, guess + bytes);
      pos = from;
      long(bytes);
    }
    pos += bytes;
  }

  function cell(value: RawValue, { name, type }: ColumnSpec): void {
    slab[pos++] = 2;
    switch (type) {
      case 'integer':
        if (typeof value !== 'number' || value !== (value | 0)) throw misfit(value, name, type);
        long(value);
        return;
      case 'float':
        if (typeof value !== 'number') throw misfit(value, name, type);
        pos = slab.writeDoubleLE(value, pos);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') throw misfit(value, name, type);
        slab[pos++] = value ? 1 : 0;
        return;
      case 'bytes':
        if (!(value instanceof Uint8Array)) throw misfit(value, name, type);
        reserve(value.length + 10);
        long(value.length);
        slab.set(value, pos);
        pos += value.length;
        return;
      default:
        if (typeof value !== 'string') throw misfit(value, name, type);
        text(value, name);
    }
  }

  const misfit = (value: RawValue, column: string, type: string): HubError =>
    unfit(
      column,
      `is of type ${type} but the value is ${typeof value === 'number' ? 'another number' : `a ${typeof value}`}`,
      { type },
    );

  function envelope(): void {
    if (typeof record.key !== 'string') throw unfit('_key', 'is not text');
    if (!Number.isInteger(record.observedAt) || Math.abs(record.observedAt) > 2 ** 52)
      throw unfit('_observed_at', 'is not a time in milliseconds');
    reserve(32);
    slab[pos] = 0;
    pos = slab.writeUInt32BE(schemaId, pos + 1);
    text(record.op, '_op');
    text(record.key, '_key');
    reserve(10);
    long(record.observedAt);
    text(record.origin, '_origin');
  }

  return (next) => {
    record = next;
    pos = start;
    envelope();
    const value = record.value ?? {};
    let present = 0;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as ColumnSpec;
      // Object.prototype has no such property, so a plain read finds only the row's own.
      const given = plain || Object.hasOwn(value, column.name) ? value[column.name] : undefined;
      reserve(16);
      if (given !== undefined) present++;
      if (given === undefined || given === null) slab[pos++] = 0;
      else cell(given, column);
    }
    if (Object.keys(value).length !== present) {
      const extra = Object.keys(value).find((name) => !known.has(name) && value[name] !== undefined);
      if (extra !== undefined) throw unfit(extra, 'is not in the schema of the stream', { allowed: [...known] });
    }
    const message = slab.subarray(start, pos);
    start = pos;
    return message;
  };
}

/** Bytes that `long` takes for a length. */
function longWidth(length: number): number {
  let width = 1;
  for (let rest = length * 2; rest >= 128; rest = Math.floor(rest / 128)) width++;
  return width;
}

const HALF = 'holds half of a surrogate pair, which UTF-8 cannot carry';
type MaybeWellFormed = string & { isWellFormed(): boolean };
