/** Units of statistical tables: what one of them is in the base unit that the macroeconomic base stores. */
export interface Measure {
  /** Code of the base unit. */
  readonly unit: string;
  /** One of the named unit is `times / per` of the base unit. */
  readonly times: bigint;
  readonly per: bigint;
}

/** Code: Chinese name, English name, decimals that a page shows. */
export const BASE_UNITS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  CNY: { zh: '元', en: 'yuan' },
  USD: { zh: '美元', en: 'US dollars' },
  PS: { zh: '人', en: 'persons' },
  HH: { zh: '户', en: 'households' },
  HD: { zh: '头(只)', en: 'head' },
  TNE: { zh: '吨', en: 'tonnes' },
  HAR: { zh: '公顷', en: 'hectares' },
  KWH: { zh: '千瓦时', en: 'kilowatt hours' },
  TKM: { zh: '吨公里', en: 'tonne-kilometres' },
  EA: { zh: '个', en: 'number' },
  PT: { zh: '%', en: 'percent' },
  PP: { zh: '百分点', en: 'percentage points' },
  PM: { zh: '‰', en: 'per mille' },
  IX: { zh: '指数', en: 'index' },
};

const measure = (unit: string, times: bigint, per = 1n): Measure => ({ unit, times, per });
const MYRIAD = 10_000n;
const HUNDRED_MILLION = 100_000_000n;

/** By the words of table heads. A share is stored as percent, a growth of an index as its index. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  元: measure('CNY', 1n),
  千元: measure('CNY', 1_000n),
  万元: measure('CNY', MYRIAD),
  百万元: measure('CNY', 1_000_000n),
  亿元: measure('CNY', HUNDRED_MILLION),
  美元: measure('USD', 1n),
  万美元: measure('USD', MYRIAD),
  亿美元: measure('USD', HUNDRED_MILLION),
  人: measure('PS', 1n),
  万人: measure('PS', MYRIAD),
  户: measure('HH', 1n),
  万户: measure('HH', MYRIAD),
  头: measure('HD', 1n),
  只: measure('HD', 1n),
  头只: measure('HD', 1n),
  万头: measure('HD', MYRIAD),
  万只: measure('HD', MYRIAD),
  万头只: measure('HD', MYRIAD),
  公斤: measure('TNE', 1n, 1_000n),
  吨: measure('TNE', 1n),
  万吨: measure('TNE', MYRIAD),
  亩: measure('HAR', 1n, 15n),
  万亩: measure('HAR', MYRIAD, 15n),
  公顷: measure('HAR', 1n),
  千公顷: measure('HAR', 1_000n),
  万公顷: measure('HAR', MYRIAD),
  千瓦时: measure('KWH', 1n),
  万千瓦时: measure('KWH', MYRIAD),
  亿千瓦时: measure('KWH', HUNDRED_MILLION),
  万吨公里: measure('TKM', MYRIAD),
  亿吨公里: measure('TKM', HUNDRED_MILLION),
  个: measure('EA', 1n),
  家: measure('EA', 1n),
  份: measure('EA', 1n),
  '%': measure('PT', 1n),
  百分点: measure('PP', 1n),
  '‰': measure('PM', 1n),
  指数: measure('IX', 1n),
};
