import { register } from './register.ts';

const TYPES: Readonly<Record<string, string>> = { '51': '社会团体', '52': '民办非企业单位', '53': '基金会' };
const RESULTS = ['合格', '合格', '合格', '基本合格', '不合格'];
const SUPERVISORS = ['民政局', '教育局', '文化体育旅游局', '农牧和科技局', '卫生健康局', '工商业联合会'];

/** 民政 社会组织登记: associations, private non-enterprise units, foundations. */
export const civilAffairs = register({
  name: 'civil-affairs',
  id: 7,
  classes: ['51', '52', '53'],
  known: 970_000,
  numberPrefix: 'MZ',
  titles: [
    ...['登记证号', '统一社会信用代码', '社会组织名称', '社会组织类型', '法定代表人', '业务主管单位', '注册资金(万元)'],
    ...['住所', '成立登记日期', '年检年度', '年检结果', '登记状态'],
  ],
  cells: ({ entity, uscc, name, head, address, established, d }) => [
    ...[uscc, name, TYPES[entity.entityClass] ?? '社会团体', head],
    `${entity.county.name}${SUPERVISORS[d.below(4, SUPERVISORS.length)]}`,
    entity.entityClass === '53' ? String(200 + 50 * d.below(5, 20)) : String(3 + d.below(5, 48)),
    ...[address, established, '2024', RESULTS[d.below(6, RESULTS.length)]!],
    d.happens(7, 40_000) ? '已撤销' : '正常',
  ],
});
