/** From a month on, an indicator covers something else than before. */
export interface SeriesBreak {
  readonly indicator: string;
  /** `YYYY-MM`. */
  readonly from: string;
  readonly kind: 'coverage' | 'classification';
  readonly zh: string;
  readonly en: string;
}

/*
 * indicator | from | kind | 说明 | what changed. After the notes of the statistics bureau to its monthly releases; growth across
 * a break is the publisher's to tell.
 */
const TABLE = `
industry.value-added | 2011-01 | coverage | 规模以上工业起点由年主营业务收入500万元提高到2000万元 | threshold raised from 5 to 20 million yuan of revenue
industry.value-added | 2012-01 | classification | 行业分类改用GB/T 4754-2011 | industries by GB/T 4754-2011
industry.value-added | 2018-01 | classification | 行业分类改用GB/T 4754-2017 | industries by GB/T 4754-2017
industry.profit | 2011-01 | coverage | 规模以上工业起点由年主营业务收入500万元提高到2000万元 | threshold raised from 5 to 20 million yuan of revenue
industry.profit | 2012-01 | classification | 行业分类改用GB/T 4754-2011 | industries by GB/T 4754-2011
industry.profit | 2018-01 | classification | 行业分类改用GB/T 4754-2017 | industries by GB/T 4754-2017
investment.fixed | 2011-01 | coverage | 项目起点由50万元提高到500万元,不含农户 | threshold of projects raised from 0.5 to 5 million yuan, without rural households
`;

export const BREAKS: readonly SeriesBreak[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [indicator = '', from = '', kind = '', zh = '', en = ''] = line.split('|').map((cell) => cell.trim());
    return { indicator, from, kind: kind as SeriesBreak['kind'], zh, en };
  });

/** Earliest first. */
export const breaksOf = (indicator: string): readonly SeriesBreak[] =>
  BREAKS.filter((one) => one.indicator === indicator).sort((a, b) => a.from.localeCompare(b.from));
