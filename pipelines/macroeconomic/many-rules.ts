import type { Rule } from '../pipeline.ts';
import { elsewhere } from '../rules.ts';

const rule = (
  id: string,
  attribute: string,
  severity: Rule['severity'],
  title: string,
  zh: string,
  basis: Rule['basis'],
): Rule => elsewhere('search', { id, attribute, severity, title, zh, basis });

const ACCOUNTING = { zh: '核算关系', en: 'accounting' };
const HUB = { zh: '平台规则', en: 'hub' };
const NOTES = { zh: '国家统计局说明', en: '国家统计局 notes' };

/** Rules that compare many observations; `searches.ts` asks them. */
export const rulesOverMany: readonly Rule[] = [
  rule('M07', 'value', 'E', 'a year to date does not fall within its year', '本年累计值在年内不下降', ACCOUNTING),
  rule('M09', 'value', 'W', 'the year to December equals the year', '1-12月累计等于全年', ACCOUNTING),
  rule(
    'M10',
    'value',
    'E',
    'a single period is the step of one vintage and coverage',
    '当期值等于同一版本、同一口径累计值之差',
    HUB,
  ),
  rule(
    'M11',
    'value',
    'I',
    'published growth and growth of published levels',
    '公布增速与按公布数计算的增速相符',
    NOTES,
  ),
  rule('M14', 'value', 'E', 'parts sum to their whole', '分项之和等于总计', ACCOUNTING),
  rule('M15', 'value', 'I', 'areas sum to their whole within the tolerance', '下级地区之和与上级数在允许误差内', {
    zh: '统一核算',
    en: 'unified accounting',
  }),
  rule('M16', 'value', 'W', 'contributions sum to the growth', '各项拉动之和等于增速', ACCOUNTING),
  rule('M17', 'value', 'W', 'no outlier against the same month of other years', '与往年同月相比无异常值', {
    zh: '中位数与绝对中位差',
    en: 'median and MAD',
  }),
  rule('M18', 'value', 'I', 'January and February are compared together', '春节所在月变动时一、二月合并比较', '春节'),
  rule('M19', 'value', 'I', 'a February of 29 days is compared day by day', '闰年二月按日均比较', {
    zh: '历法',
    en: 'calendar',
  }),
  rule('M20', 'value', 'W', 'a change of coverage bears a break', '口径或分类变化有中断标记', NOTES),
  rule('M24', 'value', 'W', 'no revision of more than three usual ones', '修订幅度不超过常规修订的三倍', {
    zh: '数据版本',
    en: 'vintages',
  }),
  rule('M27', 'value', 'W', 'two departments agree on an indicator', '两部门同一指标一致', HUB),
  rule('M28', 'releaseDate', 'W', 'released by its calendar', '按发布日程发布', {
    zh: '发布日程',
    en: 'release calendar',
  }),
  rule('M29', 'releaseKind', 'W', 'a preliminary figure is replaced within 14 months', '初步数在14个月内被替换', HUB),
  rule('M31', 'value', 'E', 'no growth on a negative or zero base', '负基数或零基数不计算增速', {
    zh: '算术',
    en: 'arithmetic',
  }),
  rule('M32', 'accumulation', 'W', 'no year to date among single periods', '当期值序列中没有累计值', HUB),
];
