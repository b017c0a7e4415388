import type { RawValue } from '../../schemas/stream.ts';
import type { Attributes, AttributeValue, Issue } from '../record.ts';

export interface Converted {
  readonly value: AttributeValue;
  readonly issues: readonly Issue[];
  /** Other attributes that the value also tells; they fill what the mapping leaves empty. */
  readonly extra?: Attributes;
}

/** The caller reuses one object and one array of values for all records: read, never keep. */
export interface ConversionInput {
  readonly attribute: string;
  /** `YYYY-MM-DD`: the date of the attribute that the mapping names in `at`. */
  readonly at?: string | null;
  /** `YYYY-MM-DD` in the province. */
  readonly today: string;
}

/** Pure and synchronous: one attribute of one record. Never throws on a value. */
export type Convert = (values: readonly RawValue[], input: ConversionInput) => Converted;

export interface ConversionSpec {
  readonly name: string;
  readonly summary: string;
  /** What may stand in brackets after the name; '' when nothing may. */
  readonly arguments: string;
  /** @throws HubError HUB_MAPPING_INVALID when the argument is missing or not allowed. */
  readonly prepare: (argument: string | null) => Convert;
  /** What a large library needs before the first value is converted; whoever converts awaits `loadConversions`. */
  readonly load?: () => Promise<void>;
}
