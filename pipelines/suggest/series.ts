import { findIndicator, INDICATORS, type Indicator } from '../macroeconomic/indicators.ts';
import { MEASURES } from '../standards/measures.ts';
import { type ReadColumn, type StreamSuggestion, type SuggestedEntry, suggestionOf } from './columns.ts';

type Choice = Omit<StreamSuggestion, 'stream'>;

const NUMBERS = ['value', 'amount', 'number', 'percent', 'integer'];
const IDENTIFIERS = ['citizen-number', 'uscc', 'organisation-code', 'registration-number', 'tax-number', 'phone'];
const SURE = 0.5;

const nameOf = ({ profile }: ReadColumn): string => profile.column.name;

/** The longest indicator whose name the column's title holds. */
function indicatorIn(title: string): Indicator | null {
  const whole = findIndicator(title);
  if (whole !== null) return whole;
  let best: { indicator: Indicator; length: number } | null = null;
  for (const indicator of INDICATORS)
    for (const name of [indicator.zh, ...indicator.names])
      if (name.length > 1 && title.includes(name) && name.length > (best?.length ?? 0))
        best = { indicator, length: name.length };
  return best?.indicator ?? null;
}

/** Year to date, or the period alone; null when the title does not say. */
const accumulationIn = (title: string): 'C' | 'S' | null =>
  /累计/.test(title) ? 'C' : /(本月|当月|本期)/.test(title) ? 'S' : null;

const DAY = /^\d{4}\D?\d{2}\D?\d{2}$/;
/** Which frequency the mapping must name, because the values do not: bare numbers beside a year, and days. */
function periodOf({ profile: { min, max } }: ReadColumn, part: ReadColumn | undefined): string {
  if (part !== undefined) {
    const { min: first, max: last } = part.profile;
    if (first === null || last === null || !/^\d+$/.test(first) || !/^\d+$/.test(last)) return 'period';
    return Number(last) <= 4 ? 'period(Q)' : 'period(M)';
  }
  if (min === null || max === null || !DAY.test(min) || !DAY.test(max)) return 'period';
  return /01\D?01$/.test(min) && /01\D?01$/.test(max) ? 'period(A)' : 'period(M)';
}

/** A unit of a table: by the name, or the only one that the indicator is measured in. */
function unitOf(
  { words, title }: ReadColumn,
  indicator: Indicator | null,
): { unit: string; why: string; sure: number } {
  if (words.unit !== null && words.unit in MEASURES)
    return { unit: words.unit, why: `the name says ${words.unit}`, sure: 1 };
  if (/(增长|增速|同比|比重|率)/.test(title)) return { unit: '%', why: 'a rate', sure: 0.9 };
  if (indicator !== null && indicator.unit !== 'CNY') {
    const unit = Object.keys(MEASURES).find((name) => MEASURES[name]?.unit === indicator.unit) ?? '个';
    return { unit, why: `no unit is told; ${unit} is the usual one of ${indicator.zh}`, sure: 0.8 };
  }
  return { unit: '元', why: 'no unit is told; yuan is assumed', sure: 0.8 };
}

/**
 * A table of statistics: a period, a place or an indicator, and numbers that name nobody.
 * @returns null when the columns are something else.
 */
export function suggestSeries(columns: readonly ReadColumn[]): Choice | null {
  const sure = columns.filter(({ confidence }) => confidence >= SURE);
  const first = (...kinds: readonly string[]): ReadColumn | undefined =>
    sure
      .filter(({ kind }) => kinds.includes(kind.name))
      .reduce<ReadColumn | undefined>((a, b) => (a === undefined || b.confidence > a.confidence ? b : a), undefined);
  const period = first('period');
  const year = first('year');
  const month = first('month');
  const area = first('region');
  const indicator = first('indicator');
  const when = period ?? year;
  if (when === undefined || (area === undefined && indicator === undefined)) return null;
  if (sure.some(({ kind }) => IDENTIFIERS.includes(kind.name))) return null;
  const numbers = columns.filter(
    (one) =>
      NUMBERS.includes(one.kind.name) && !(one.isKey && one.kind.name !== 'value') && one !== year && one !== month,
  );
  const known = numbers.filter((one) => indicatorIn(one.title) !== null);
  const values = indicator === undefined ? known : numbers;
  if (values.length === 0) return null;

  const mapping: Record<string, SuggestedEntry> = {};
  const attributeOf = new Map<ReadColumn, string>();
  const put = (attribute: string, from: readonly ReadColumn[], as: string): void => {
    const names = from.map(nameOf);
    for (const one of from) attributeOf.set(one, attribute);
    mapping[attribute] = {
      ...{ from: names.length === 1 ? (names[0] as string) : names, as },
      confidence: Math.min(...from.map(({ confidence }) => confidence)),
      evidence: from.flatMap(({ evidence }) => evidence).join('; '),
    };
  };
  if (indicator !== undefined) put('indicator', [indicator], 'indicator');
  if (area !== undefined) put('area', [area], 'region');
  put(
    'period',
    period === undefined && month !== undefined ? [when, month] : [when],
    periodOf(when, period === undefined ? month : undefined),
  );
  const item = breakdown(columns, [...attributeOf.keys(), ...values]);
  if (item !== null) put('item', [item], 'text');

  const records: Record<string, Record<string, SuggestedEntry>> = {};
  for (const one of values) {
    const found = indicator === undefined ? indicatorIn(one.title) : null;
    const { unit, why, sure: unitSure } = unitOf(one, found);
    const accumulation = accumulationIn(one.title);
    const constant = (value: string, why: string): SuggestedEntry => ({
      ...{ from: [], as: `constant(${value})`, confidence: 0.8, evidence: why },
    });
    records[partNameOf(one, found)] = {
      ...(found === null ? {} : { indicator: constant(found.code, `"${one.title}" names ${found.zh}`) }),
      ...(accumulation === null ? {} : { accumulation: constant(accumulation, `"${one.title}"`) }),
      value: {
        ...{ from: nameOf(one), as: `value(${unit})` },
        confidence: Math.round(one.confidence * unitSure * 100) / 100,
        evidence: [...one.evidence, why].join('; '),
      },
    };
    attributeOf.set(one, 'value');
  }
  const entries = Object.values(records);
  const single = entries.length === 1 ? (entries[0] as Record<string, SuggestedEntry>) : null;
  const all = single === null ? mapping : { ...mapping, ...single };
  const shown = columns.map((column) => {
    const attribute = attributeOf.get(column) ?? null;
    const part = entries.find(({ value }) => value?.from === nameOf(column));
    return suggestionOf(column, attribute, attribute === 'value' ? (part ?? {}) : mapping);
  });
  return {
    base: 'macroeconomic',
    baseEvidence: `${[area ?? indicator, when].map((one) => nameOf(one as ReadColumn)).join(' and ')} make cells of ${values.map(nameOf).join(', ')}`,
    ...{ columns: shown, mapping: all, records: single === null ? records : null },
  };
}

const partNameOf = (column: ReadColumn, indicator: Indicator | null): string => {
  const name = (indicator === null ? '' : `${indicator.code.replaceAll('.', '-')}-`) + nameOf(column).toLowerCase();
  const plain = name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return /^[a-z]/.test(plain) ? plain.slice(0, 40) : `value-${column.profile.column.name.length}`;
};

/** The column of words that divides the total: few values, Chinese, and none of the dimensions. */
function breakdown(columns: readonly ReadColumn[], used: readonly ReadColumn[]): ReadColumn | null {
  const words = columns.filter((one) => {
    if (used.includes(one) || !['code', 'name', 'text', 'entity-name'].includes(one.kind.name)) return false;
    const { values, distinct } = one.profile;
    return distinct > 1 && values.length > 0 && values.every(({ value }) => /\p{Script=Han}/u.test(value));
  });
  return words[0] ?? null;
}
