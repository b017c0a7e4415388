import { HubError } from '../../schemas/kernel/errors.ts';

/** A value of a changed row: text, NULL, or one that was not sent because it did not change (TOAST). */
type TupleCell = string | null | undefined;
export type Tuple = readonly TupleCell[];

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
}

export type Change =
  /** `commit`: where its commit lies in the log. */
  | { readonly kind: 'begin'; readonly commit: bigint; readonly atMs: number }
  | { readonly kind: 'commit'; readonly end: bigint }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'insert'; readonly oid: number; readonly row: Tuple }
  /** `old`: the key, or the whole row with REPLICA IDENTITY FULL; null when the key stayed. */
  | { readonly kind: 'update'; readonly oid: number; readonly old: Tuple | null; readonly row: Tuple }
  | { readonly kind: 'delete'; readonly oid: number; readonly old: Tuple }
  | { readonly kind: 'truncate'; readonly oids: readonly number[] }
  | { readonly kind: 'other' };

const EPOCH_2000_MS = 946_684_800_000;

/** One message of the output plugin `pgoutput`, protocol version 1 (PostgreSQL documentation, 55.9). */
export function parseChange(bytes: Buffer): Change {
  const reader = new Reader(bytes);
  const kind = reader.letter();
  switch (kind) {
    case 'B':
      return { kind: 'begin', commit: reader.lsn(), atMs: Math.floor(Number(reader.lsn()) / 1000) + EPOCH_2000_MS };
    case 'C':
      reader.int8();
      reader.lsn();
      return { kind: 'commit', end: reader.lsn() };
    case 'R':
      return { kind: 'relation', relation: reader.relation() };
    case 'I': {
      const oid = reader.int32();
      reader.letter();
      return { kind: 'insert', oid, row: reader.tuple() };
    }
    case 'U': {
      const oid = reader.int32();
      const which = reader.letter();
      const old = which === 'N' ? null : reader.tuple();
      if (old !== null) reader.letter();
      return { kind: 'update', oid, old, row: reader.tuple() };
    }
    case 'D': {
      const oid = reader.int32();
      reader.letter();
      return { kind: 'delete', oid, old: reader.tuple() };
    }
    case 'T': {
      const count = reader.int32();
      reader.int8();
      return { kind: 'truncate', oids: Array.from({ length: count }, () => reader.int32()) };
    }
    default:
      return { kind: 'other' };
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  letter(): string {
    return String.fromCharCode(this.int8());
  }

  int8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  lsn(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const start = this.#take(end - this.#at + 1);
    return this.#bytes.toString('utf8', start, end);
  }

  relation(): Relation {
    const oid = this.int32();
    const schema = this.text();
    const table = this.text();
    this.int8();
    const count = this.int16();
    const columns = Array.from({ length: count }, () => {
      this.int8();
      const name = this.text();
      this.#take(8);
      return name;
    });
    return { oid, schema: schema === '' ? 'pg_catalog' : schema, table, columns };
  }

  tuple(): Tuple {
    const count = this.int16();
    return Array.from({ length: count }, (): TupleCell => {
      const kind = this.letter();
      if (kind === 'n') return null;
      if (kind === 'u') return undefined;
      const length = this.int32();
      const start = this.#take(length);
      return this.#bytes.toString('utf8', start, start + length);
    });
  }

  #take(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (length < 0 || this.#at > this.#bytes.length)
      throw new HubError('HUB_SOURCE_READ_FAILED', 'a change of the replication slot is cut off', {
        bytes: this.#bytes.length,
      });
    return start;
  }
}

/** `16/B374D848` as a number. */
export function parseLsn(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
export const formatLsn = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;
