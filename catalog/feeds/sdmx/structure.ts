import type { NamedCode, SeriesDescription } from '../../../schemas/series.ts';

export const AGENCY = 'QHSTATS';
/** What was published, and what the hub computes of it. */
export const FLOWS = { published: 'MACRO', derived: 'MACRO_DERIVED' } as const;
export const VERSION = '1.0';

interface Component extends NamedCode {
  /** Column of a row that is written. */
  readonly column: string;
  readonly list?: string;
}

/** A dataflow with its structure. */
export interface Flow {
  readonly id: string;
  readonly title: Pick<NamedCode, 'zh' | 'en'>;
  readonly dimensions: readonly Dimension[];
  readonly attributes: readonly Component[];
}

export interface CodeList extends NamedCode {
  readonly codes: readonly NamedCode[];
}

/** A dimension as SDMX has it; `column` is where the base keeps it. */
export interface Dimension extends NamedCode {
  readonly column: string;
  readonly codes: readonly SdmxCode[];
}

/** SDMX ids are letters, digits, `_`, `-`, `@`, `$` (SDMX 2.1, IDType); `value` is what the base says. */
interface SdmxCode extends NamedCode {
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
  derivation: ['DERIVATION', 'CL_DERIVATION'],
};

export const listOf = (dimension: Dimension): string => IDS[dimension.column]?.[1] ?? `CL_${dimension.code}`;

/** An id that says what it can of the value, and is the same every time. */
function sdmxId(value: string): string {
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
function dimensionsOf(
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

const OBS_STATUS: readonly NamedCode[] = [
  { code: 'A', zh: '正常', en: 'normal' },
  { code: 'B', zh: '口径变化', en: 'break in the series' },
  { code: 'C', zh: '保密', en: 'confidential' },
  { code: 'E', zh: '估计', en: 'estimated' },
  { code: 'F', zh: '预测', en: 'forecast' },
  { code: 'L', zh: '有数据但未能读取', en: 'missing: the data exist and could not be read by the hub' },
  { code: 'M', zh: '不存在该项数据', en: 'missing: data cannot exist' },
  { code: 'N', zh: '不足最小单位', en: 'less than the smallest unit shown' },
  { code: 'O', zh: '缺失', en: 'missing' },
  { code: 'P', zh: '初步', en: 'provisional' },
  { code: 'Q', zh: '不予公布', en: 'missing: suppressed by the publisher' },
  { code: 'R', zh: '修订', en: 'revised' },
  { code: 'U', zh: '可靠性低', en: 'low reliability' },
];

const STATUS: Component = {
  ...{ code: 'OBS_STATUS', zh: '状态', en: 'observation status' },
  ...{ column: 'status', list: 'CL_OBS_STATUS' },
};
const PUBLISHED: readonly Component[] = [
  STATUS,
  { code: 'RELEASE_DATE', zh: '发布日期', en: 'day of release', column: 'released' },
  { code: 'COVERAGE', zh: '统计口径', en: 'coverage', column: 'coverage' },
  { code: 'OBS_NOTE', zh: '注释', en: 'note', column: 'note' },
  { code: 'OBS_MARK', zh: '标记', en: 'marks printed beside the value', column: 'mark' },
];
const DERIVED: readonly Component[] = [
  STATUS,
  {
    code: 'REASON',
    zh: '说明',
    en: 'why there is no value, or what care it needs',
    column: 'reason',
    list: 'CL_REASON',
  },
  { code: 'PUBLISHED_VALUE', zh: '公布值', en: 'what was published of the same', column: 'published' },
];

/** The dataflows of the feed. @param values distinct values by column, of what the base holds. */
export function flowsOf(
  title: Pick<NamedCode, 'zh' | 'en'>,
  series: SeriesDescription,
  values: Readonly<Record<string, readonly string[]>>,
): readonly [published: Flow, derived: Flow] {
  const dimensions = dimensionsOf(series, values);
  const how: Dimension = {
    ...{ code: 'DERIVATION', column: 'derivation', zh: '计算方法', en: 'derivation' },
    codes: series.derived.derivations.map((one) => ({ ...one, value: one.code })),
  };
  return [
    { id: FLOWS.published, title, dimensions, attributes: PUBLISHED },
    { id: FLOWS.derived, title: series.derived.title, dimensions: [...dimensions, how], attributes: DERIVED },
  ];
}

/** Lists that the flows refer to, each once. */
export function codeLists(flows: readonly Flow[], series: SeriesDescription): readonly CodeList[] {
  const lists = new Map<string, CodeList>();
  for (const { dimensions, attributes } of flows) {
    for (const dimension of dimensions)
      lists.set(listOf(dimension), { ...dimension, code: listOf(dimension), codes: dimension.codes });
    for (const { list, zh, en } of attributes)
      if (list !== undefined)
        lists.set(list, { code: list, zh, en, codes: list === 'CL_REASON' ? series.derived.reasons : OBS_STATUS });
  }
  return [...lists.values()];
}
