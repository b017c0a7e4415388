import type { FeedCode, SeriesDescription } from '../options.ts';

export const AGENCY = 'QHSTATS';
export const FLOW = 'MACRO';
export const VERSION = '1.0';

/** A dimension as SDMX has it; `column` is where the base keeps it. */
export interface Dimension extends FeedCode {
  readonly column: string;
  readonly codes: readonly SdmxCode[];
}

/** SDMX ids are letters, digits, `_`, `-`, `@`, `$` (SDMX 2.1, IDType); `value` is what the base says. */
export interface SdmxCode extends FeedCode {
  readonly value: string;
}

const IDS: Readonly<Record<string, readonly [id: string, list: string]>> = {
  frequency: ['FREQ', 'CL_FREQ'],
  area: ['REF_AREA', 'CL_AREA'],
  indicator: ['INDICATOR', 'CL_INDICATOR'],
  accumulation: ['ACCUM', 'CL_ACCUM'],
  transformation: ['TRANSFORM', 'CL_TRANSFORM'],
  price: ['PRICE', 'CL_PRICE'],
  adjustment: ['ADJUST', 'CL_ADJUST'],
  item: ['ITEM', 'CL_ITEM'],
  unit: ['UNIT_MEASURE', 'CL_UNIT'],
};

export const listOf = (dimension: Dimension): string => IDS[dimension.column]?.[1] ?? `CL_${dimension.code}`;

/** An id that says what it can of the value, and is the same every time. */
export function sdmxId(value: string): string {
  const plain = value.replaceAll('.', '_').toUpperCase();
  if (/^[A-Za-z0-9_@$-]+$/.test(plain)) return plain;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(value)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `X${hash.toString(16).toUpperCase().padStart(8, '0')}`;
}

/**
 * Dimensions with their codes: those that the description lists, and of the others what the base holds.
 * @param values distinct values by column.
 */
export function dimensionsOf(
  description: SeriesDescription,
  values: Readonly<Record<string, readonly string[]>>,
): readonly Dimension[] {
  return description.dimensions.map(({ code: column, zh, en }) => {
    const known = new Map((description.codes[column] ?? []).map((one) => [one.code, one]));
    const all = [...new Set([...known.keys(), ...(values[column] ?? [])])];
    const codes = all.map((value) => ({
      ...{ code: sdmxId(value), value },
      ...{ zh: known.get(value)?.zh ?? value, en: known.get(value)?.en ?? value },
    }));
    return { code: IDS[column]?.[0] ?? column.toUpperCase(), column, zh, en, codes };
  });
}

export const OBS_STATUS: readonly FeedCode[] = [
  { code: 'A', zh: '正常', en: 'normal' },
  { code: 'B', zh: '口径变化', en: 'break in the series' },
  { code: 'E', zh: '估计', en: 'estimated' },
  { code: 'M', zh: '缺失', en: 'missing' },
  { code: 'P', zh: '初步', en: 'provisional' },
];
