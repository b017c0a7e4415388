import { dashed } from './calendar.ts';
import { register } from './register.ts';

const TYPES: Readonly<Record<string, string>> = { '11': '机关', '12': '事业单位' };
const FUNDING = ['财政全额拨款', '财政差额拨款', '自收自支'];

/** 编办 机构编制: organs and public institutions. */
export const staffingOffice = register({
  name: 'staffing-office',
  id: 6,
  classes: ['11', '12'],
  known: 985_000,
  numberPrefix: 'BZ',
  titles: [
    ...['编制证号', '统一社会信用代码', '机构名称', '机构类别', '法定代表人', '举办单位', '经费来源'],
    ...['编制数', '开办资金(万元)', '住所', '批准成立日期', '证书有效期至', '状态'],
  ],
  cells: ({ entity, uscc, name, head, address, established, d }) => [
    ...[uscc, name, TYPES[entity.entityClass] ?? '事业单位', head],
    entity.regionCode === '630000' ? '青海省人民政府' : `${entity.county.name}人民政府`,
    entity.entityClass === '11' ? '财政全额拨款' : FUNDING[d.below(4, FUNDING.length)]!,
    String(3 + entity.headcount),
    entity.entityClass === '11' ? null : String(10 * (1 + d.below(5, 300))),
    ...[address, established, dashed(`20${28 + d.below(6, 4)}0331`), '正常'],
  ],
});
