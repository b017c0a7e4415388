import { firstMonth } from '../standards/periods.ts';
import { cleanText, foldWidth } from '../standards/text.ts';
import { breaksOf, type SeriesBreak } from './breaks.ts';

/** How values of an indicator add up over time. */
type Kind = 'flow' | 'stock' | 'rate';

/** One definition: what is measured, and what checks may rely on. */
export interface Indicator {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  readonly kind: Kind;
  /** Base unit; an observation of another one is an error. */
  readonly unit: string;
  readonly negative: boolean;
  /** Part of another indicator: the parts of one whole sum to it. */
  readonly partOf: string | null;
  /** Other names in tables. */
  readonly names: readonly string[];
  /** First year of the definition, where it is bounded. */
  readonly since: number | null;
  /** Breaks of coverage or classification, earliest first; each begins another edition of the definition. */
  readonly breaks: readonly SeriesBreak[];
  /** What was measured for parts of an area adds up to the whole. */
  readonly sums: boolean;
  /** January is published with February only. */
  readonly withFebruary: boolean;
  /** Growth is published at comparable prices, so that it is not that of the published levels. */
  readonly comparable: boolean;
  /** Runs day by day: a February of 29 days is a day longer. */
  readonly daily: boolean;
}

/*
 * code | 名称 | name | kind | unit | part of | other names | traits | since. `~` after the kind: may be negative.
 * Names follow the tables of the provincial yearbook and the monthly bulletins; editions rise with each break (`breaks.ts`).
 */
const TABLE = `
gdp | 地区生产总值 | gross regional product | flow | CNY | | 生产总值,GDP,地区生产总值(GDP) | comparable |
gdp.primary | 第一产业增加值 | value added of primary industry | flow | CNY | gdp | 第一产业 | comparable |
gdp.secondary | 第二产业增加值 | value added of secondary industry | flow | CNY | gdp | 第二产业 | comparable |
gdp.tertiary | 第三产业增加值 | value added of tertiary industry | flow | CNY | gdp | 第三产业 | comparable |
industry.value-added | 规模以上工业增加值 | value added of industry above designated size | flow | CNY | | 规上工业增加值,工业增加值 | comparable,with-february,daily |
investment.fixed | 固定资产投资 | investment in fixed assets | flow | CNY | | 固定资产投资(不含农户),全社会固定资产投资 | with-february |
retail.sales | 社会消费品零售总额 | retail sales of consumer goods | flow | CNY | | 消费品零售总额 | with-february |
trade.total | 进出口总额 | imports and exports | flow | CNY | | 外贸进出口总额,进出口总值
trade.exports | 出口总额 | exports | flow | CNY | trade.total | 出口,出口总值
trade.imports | 进口总额 | imports | flow | CNY | trade.total | 进口,进口总值
budget.revenue | 一般公共预算收入 | general public budget revenue | flow~ | CNY | | 地方一般公共预算收入,一般预算收入
budget.expenditure | 一般公共预算支出 | general public budget expenditure | flow~ | CNY | | 地方一般公共预算支出,一般预算支出
tax.revenue | 税收收入 | tax revenue | flow~ | CNY | | 入库税额,税额,税收
tax.refund | 退库税额 | tax refunds | flow | CNY | | 退税
deposits.balance | 金融机构存款余额 | balance of deposits | stock | CNY | | 各项存款余额,存款余额
loans.balance | 金融机构贷款余额 | balance of loans | stock | CNY | | 各项贷款余额,贷款余额
population.resident | 常住人口 | resident population | stock | PS | | 年末常住人口,常住人口数
population.registered | 户籍人口 | registered population | stock | PS | | 年末户籍人口,总人口
income.urban | 城镇居民人均可支配收入 | disposable income of urban residents, per person | flow | CNY | | 城镇常住居民人均可支配收入 | per-person |
income.rural | 农村居民人均可支配收入 | disposable income of rural residents, per person | flow | CNY | | 农村常住居民人均可支配收入 | per-person | 2013
prices.consumer | 居民消费价格指数 | consumer price index | rate | IX | | CPI,居民消费价格总指数
prices.producer | 工业生产者出厂价格指数 | producer price index | rate | IX | | PPI
crops.area | 农作物播种面积 | sown area of crops | flow | HAR | | 播种面积
crops.output | 农作物产量 | output of crops | flow | TNE | | 产量,粮食产量
livestock.stock | 牲畜存栏 | livestock on hand | stock | HD | | 存栏,年末存栏
livestock.slaughtered | 牲畜出栏 | livestock slaughtered | flow | HD | | 出栏
meat.output | 肉类产量 | output of meat | flow | TNE | | 肉产量
electricity.output | 发电量 | electricity generated | flow | KWH | | | daily |
freight.turnover | 货物周转量 | freight turnover | flow | TKM | | | daily |
unemployment.urban | 城镇调查失业率 | surveyed urban unemployment rate | rate | PT | | 失业率 |  | 2018
enterprises.count | 企业单位数 | number of enterprises | stock | EA | | 单位数,企业数
trade.balance | 进出口差额 | balance of trade | flow~ | CNY | | 贸易差额,进出口顺差
industry.profit | 规模以上工业企业利润总额 | profits of industry above designated size | flow~ | CNY | | 工业企业利润总额,利润总额 | with-february |
population.births | 人口出生率 | births in a thousand | rate | PM | | 出生率
population.deaths | 人口死亡率 | deaths in a thousand | rate | PM | | 死亡率
`;

export const INDICATORS: readonly Indicator[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [code = '', zh = '', en = '', kind = '', unit = '', partOf = '', names = '', traits = '', since = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return {
      ...{ code, zh, en, unit, kind: kind.replace('~', '') as Kind, negative: kind.endsWith('~') },
      partOf: partOf === '' ? null : partOf,
      names: names === '' ? [] : names.split(','),
      since: since === '' ? null : Number(since),
      breaks: breaksOf(code),
      sums: !kind.startsWith('rate') && !traits.includes('per-person'),
      withFebruary: traits.includes('with-february'),
      comparable: traits.includes('comparable'),
      daily: traits.includes('daily'),
    };
  });

const folded = (text: string): string => foldWidth(cleanText(text)).replace(/\s+/g, '').toUpperCase();
const byName = new Map<string, Indicator>();
for (const one of INDICATORS) for (const name of [one.code, one.zh, ...one.names]) byName.set(folded(name), one);

/** By code, name or another name; units and notes in brackets at the end do not matter. null when there is none. */
export function findIndicator(text: string): Indicator | null {
  const whole = folded(text);
  return byName.get(whole) ?? byName.get(whole.replace(/\([^()]*\)$/, '')) ?? null;
}

const byCode = new Map(INDICATORS.map((one) => [one.code, one]));
export const indicatorOf = (code: unknown): Indicator | null =>
  typeof code === 'string' ? (byCode.get(code) ?? null) : null;

/** Number of the definition that holds in a period, from 1. */
const editionAt = (indicator: Indicator, period: string): number =>
  1 + indicator.breaks.filter(({ from }) => from <= firstMonth(period)).length;

/** Whether a break lies between two periods, so that a change from one to the other says nothing. */
export const isBroken = (indicator: Indicator, earlier: string, later: string): boolean =>
  editionAt(indicator, earlier) !== editionAt(indicator, later);
