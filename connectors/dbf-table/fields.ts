import type { ColumnType } from '../../schemas/stream.ts';

/** How the bytes of a field are to be read. */
export type FieldKind = 'text' | 'number' | 'date' | 'logical' | 'int32' | 'currency' | 'double' | 'datetime';

export interface DbfField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly columnType: ColumnType;
  readonly sourceType: string;
  /** Byte position in the record; 0 is the deletion flag. */
  readonly offset: number;
  readonly length: number;
  /** Bit in the hidden _NullFlags field of Visual FoxPro; null when the field has none. */
  readonly nullBit: number | null;
}

export interface RawField {
  readonly name: string;
  readonly type: string;
  readonly length: number;
  readonly decimals: number;
}

const INTEGER_DIGITS_OF_BIGINT = 18;
const BINARY_LENGTHS: Readonly<Record<string, number>> = { I: 4, Y: 8, B: 8, T: 8, D: 8, L: 1 };

/** null: a type that is not read (memo, picture, unknown); `allowed` lengths are checked by the caller. */
export function fieldKind(
  field: RawField,
  foxPro: boolean,
): { readonly kind: FieldKind; readonly columnType: ColumnType } | null {
  switch (field.type) {
    case 'C':
      return { kind: 'text', columnType: 'text' };
    case 'N':
      return {
        kind: 'number',
        columnType: field.decimals === 0 && field.length <= INTEGER_DIGITS_OF_BIGINT ? 'bigint' : 'decimal',
      };
    case 'F':
      return { kind: 'number', columnType: 'decimal' };
    case 'D':
      return { kind: 'date', columnType: 'date' };
    case 'L':
      return { kind: 'logical', columnType: 'boolean' };
    case 'I':
      return { kind: 'int32', columnType: 'integer' };
    case 'Y':
      return { kind: 'currency', columnType: 'decimal' };
    case 'T':
      return { kind: 'datetime', columnType: 'timestamp' };
    case 'B':
      // In dBASE and old FoxPro the same letter is a memo of binary data.
      return foxPro ? { kind: 'double', columnType: 'float' } : null;
    default:
      return null;
  }
}

export const lengthFits = (field: RawField): boolean => (BINARY_LENGTHS[field.type] ?? field.length) === field.length;

export const typeName = ({ type, length, decimals }: RawField): string =>
  type === 'N' || type === 'F' ? `${type}(${length},${decimals})` : type === 'C' ? `C(${length})` : type;
