import { dashed } from '../world/calendar.ts';
import { currentCode } from '../world/counties.ts';
import { classAt, entityAt } from '../world/entity.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import { writeRows } from './csv-out.ts';
import { type SampleDepartment, withoutServer } from './department.ts';

const UNIT_COLUMNS = ['XMBH', 'BSJDW', 'TYSHXYDM', 'XZQH', 'SJLX', 'SJND', 'JCRQ', 'BGRQ', 'SJJG'] as const;
const FINDING_COLUMNS = ['WTBH', 'XMBH', 'WTLX', 'WTMS', 'SJJE_WY', 'CLFS', 'ZGZT', 'ZGQX'] as const;
const KINDS = ['预算执行审计', '经济责任审计', '专项审计调查', '固定资产投资审计', '财务收支审计'];
const PROBLEMS = [
  ['违规使用专项资金', '将专项资金用于日常公用支出'],
  ['资金闲置', '项目资金结转两年以上未使用'],
  ['固定资产账实不符', '已处置资产未及时销账,"账面"与实物不一致'],
  ['政府采购程序不合规', '未按规定履行公开招标程序'],
  ['工程款超付', '结算审核前超进度支付工程款'],
  ['往来款清理不及时', '三年以上往来款未清理'],
] as const;
const MEASURES = ['限期整改', '上缴财政', '归还原渠道资金', '调整账目', '移送处理'];
const STATES = ['已整改', '正在整改', '未整改'];
const OFFICES = ['青海省审计厅', '西宁市审计局', '海东市审计局', '海西州审计局', '玉树州审计局'];

/** Organs and public institutions are audited, one in four. */
function* audited(world: WorldOptions): Generator<number> {
  for (let index = 0; index < world.entities; index++) {
    const entityClass = classAt(world, index);
    if ((entityClass === '11' || entityClass === '12') && below(world.seed, index, 3001, 4) === 0) yield index;
  }
}

const projectOf = (index: number): string => `QHSJ2024${String(index).padStart(6, '0')}`;
const findingsOf = ({ seed }: WorldOptions, index: number): number => below(seed, index, 3002, 5);

function* units(world: WorldOptions): Generator<readonly string[]> {
  const { seed } = world;
  for (const index of audited(world)) {
    const { name, uscc, county } = entityAt(world, index);
    const began = `2024${String(3 + below(seed, index, 3003, 6)).padStart(2, '0')}15`;
    const reported = `2024${String(9 + below(seed, index, 3004, 4)).padStart(2, '0')}20`;
    yield [
      ...[projectOf(index), name, uscc, currentCode(county), pick(KINDS, seed, index, 3005), '2023'],
      ...[dashed(began), dashed(reported), pick(OFFICES, seed, index, 3006)],
    ];
  }
}

function* findings(world: WorldOptions): Generator<readonly (string | null)[]> {
  const { seed } = world;
  for (const index of audited(world)) {
    for (let at = 0; at < findingsOf(world, index); at++) {
      const salt = 3100 + 10 * at;
      const [kind, text] = pick(PROBLEMS, seed, index, salt);
      const cents = below(seed, index, salt + 1, 90_000_000);
      yield [
        ...[`${projectOf(index)}-${at + 1}`, projectOf(index), kind, text],
        cents % 7 === 0 ? null : (cents / 10_000).toFixed(4),
        ...[pick(MEASURES, seed, index, salt + 2), pick(STATES, seed, index, salt + 3), '2025-06-30'],
      ];
    }
  }
}

/** 金审: what the audit management system sends after each round, as CSV in GB18030. */
export const goldenAudit: SampleDepartment = {
  name: 'golden-audit',
  async fill(place) {
    return {
      projects: await writeRows(place, 'SJXM_2024.csv', UNIT_COLUMNS, units(place.world)),
      findings: await writeRows(place, 'SJWT_2024.csv', FINDING_COLUMNS, findings(place.world)),
    };
  },
  open: async ({ folder }) => withoutServer({ GOLDEN_AUDIT_FOLDER: folder }),
};
