import type { RawValue } from '../../schemas/stream.ts';
import { prepareConversion } from '../conversions.ts';
import { findIndicator } from '../macroeconomic/indicators.ts';
import { parsePeriod } from '../standards/periods.ts';

/**
 * How much a value that reads well says about its column. checksum: nothing else passes; list: a long list of codes or a
 * strict form, so that a whole column of hits is no accident; form: many other columns look like it.
 */
type Proof = 'checksum' | 'list' | 'form' | 'none';

/** A kind of column that the hub knows: what its values look like and which conversion reads them. */
export interface Kind {
  readonly name: string;
  readonly zh: string;
  /** For `as` in a mapping; a unit is added in brackets where `unit` says so. */
  readonly conversion: string;
  readonly proof: Proof;
  /** Numbers of persons: no value of such a column is shown or written down. */
  readonly identifying: boolean;
  readonly unit: boolean;
  /** Made once a column. */
  readonly prepare: () => (raw: RawValue, text: string) => boolean;
}

const SURNAME_AND_NAME = /^\p{Script=Han}{2,4}$/u;
const MINORITY_NAME = /^\p{Script=Han}{1,10}([··•.・]\p{Script=Han}{1,10})+$/u;
const ORGANISATION =
  /(公司|厂|店|局|厅|政府|委员会|办公室|合作社|中心|学校|小学|中学|医院|协会|学会|联合会|基金会|商会|工会|所|社|院|馆|部|场|行|会|处|队)([((].*[))])?$/u;
const ADDRESS = /[省市县区州盟旗乡镇村街路道巷号社]/gu;
const NUMBER = /^-?\d{1,18}(\.\d+)?$/;

const read = (conversion: string) => (): ((raw: RawValue) => boolean) => {
  const convert = prepareConversion(conversion);
  const input = { attribute: 'probe', at: null, today: new Date().toISOString().slice(0, 10) };
  return (raw) => {
    const { value, issues } = convert([raw], input);
    return value !== null && !issues.some(({ severity }) => severity === 'E' || severity === 'F');
  };
};
const matches = (test: (text: string) => boolean) => () => (_: RawValue, text: string) => test(text);
const number = (text: string): number | null => (NUMBER.test(text) ? Number(text) : null);
const between = (least: number, most: number) =>
  matches((text) => {
    const value = number(text);
    return value !== null && text.includes('.') && value >= least && value <= most;
  });

const kind = (name: string, zh: string, proof: Proof, prepare: Kind['prepare'], more: Partial<Kind> = {}): Kind => ({
  ...{ name, zh, proof, prepare, conversion: name, identifying: false, unit: false },
  ...more,
});
const converted = (name: string, zh: string, proof: Proof, more: Partial<Kind> = {}): Kind =>
  kind(name, zh, proof, read(more.conversion ?? name), more);

/** In the order in which they are preferred when two fit equally. */
export const KINDS: readonly Kind[] = [
  converted('citizen-number', '公民身份号码', 'checksum', { identifying: true }),
  converted('uscc', '统一社会信用代码', 'checksum'),
  converted('registration-number', '工商注册号', 'checksum'),
  converted('organisation-code', '组织机构代码', 'checksum'),
  converted('tax-number', '纳税人识别号', 'form'),
  kind('geometry', '空间图形', 'list', () => (raw) => raw instanceof Uint8Array && raw.length > 8 && raw[0]! <= 1, {
    conversion: 'text',
  }),
  kind(
    'url',
    '网址',
    'list',
    matches((text) => /^https?:\/\/\S+$/.test(text)),
    { conversion: 'text' },
  ),
  kind(
    'date-time',
    '时间',
    'list',
    matches((text) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)),
    {
      conversion: 'text',
    },
  ),
  converted('region', '行政区划', 'list'),
  converted('chinese-date', '日期', 'list'),
  converted('chinese-date-end', '截止日期', 'list'),
  kind('period', '时期', 'form', () => (_, text) => text.length <= 12 && parsePeriod(text) !== null),
  kind(
    'year',
    '年份',
    'form',
    matches((text) => /^(19|20)\d{2}年?$/.test(text)),
    { conversion: 'period' },
  ),
  kind(
    'month',
    '月份',
    'form',
    matches((text) => /^(1[0-2]|0?[1-9])(-(1[0-2]|[1-9]))?月?$/.test(text)),
    {
      conversion: 'period',
    },
  ),
  kind(
    'indicator',
    '指标',
    'list',
    matches((text) => findIndicator(text) !== null),
  ),
  kind(
    'phone',
    '电话',
    'form',
    matches((text) => /^(\+?86)?1[3-9]\d{9}$|^0\d{2,3}-?\d{7,8}$/.test(text)),
    {
      identifying: true,
    },
  ),
  converted('ethnicity', '民族', 'form'),
  converted('sex', '性别', 'form'),
  converted('marital-status', '婚姻状况', 'form'),
  converted('entity-status', '登记状态', 'form'),
  converted('entity-class', '机构类型', 'form'),
  converted('tax-status', '纳税状态', 'form'),
  converted('insurance-status', '参保状态', 'form'),
  converted('industry', '行业代码', 'form'),
  kind(
    'entity-name',
    '名称',
    'list',
    matches((text) => text.length >= 5 && ORGANISATION.test(text)),
  ),
  kind(
    'person-name',
    '姓名',
    'form',
    matches((text) => SURNAME_AND_NAME.test(text) || MINORITY_NAME.test(text)),
  ),
  kind(
    'address',
    '地址',
    'form',
    matches((text) => text.length >= 6 && (text.match(ADDRESS)?.length ?? 0) >= 2),
  ),
  kind('longitude', '经度', 'form', between(73, 136), { conversion: 'text' }),
  kind('latitude', '纬度', 'form', between(3, 54), { conversion: 'text' }),
  kind(
    'amount',
    '金额',
    'none',
    matches((text) => number(text) !== null),
    { unit: true },
  ),
  kind(
    'value',
    '数值',
    'none',
    matches((text) => number(text.replaceAll(',', '')) !== null),
    { unit: true },
  ),
  kind(
    'integer',
    '数量',
    'none',
    matches((text) => /^-?\d{1,10}$/.test(text)),
  ),
  kind(
    'number',
    '数值',
    'none',
    matches((text) => number(text) !== null),
    { conversion: 'text' },
  ),
  kind(
    'percent',
    '百分比',
    'none',
    matches((text) => number(text.replace('%', '')) !== null),
    { conversion: 'text' },
  ),
  kind('row-key', '编号', 'none', () => () => true, { conversion: 'text' }),
  kind('code', '代码', 'none', () => () => true, { conversion: 'text' }),
  kind('name', '名称', 'none', () => () => true, { conversion: 'text' }),
  kind('text', '文本', 'none', () => () => true),
];

const byName = new Map(KINDS.map((one) => [one.name, one]));
export const kindOf = (name: string): Kind => byName.get(name)!;
