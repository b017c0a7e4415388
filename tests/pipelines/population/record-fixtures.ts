import type { RuleFixtures } from '../rule-fixtures.ts';

const number = '630102194906010015'; // a man born on 1 June 1949
const woman = '632123197008150208';

export const recordFixtures: Readonly<Record<string, RuleFixtures>> = {
  P10: {
    good: [{ citizenNumber: number }, { citizenNumber: woman }, { citizenNumber: null }],
    bad: [
      { citizenNumber: '11010519491231002X' },
      { citizenNumber: '111111111111111111' },
      { citizenNumber: '000000000000000' },
    ],
  },
  P11: {
    good: [
      { citizenNumber: number, birthDate: '1949-06-01' },
      { citizenNumber: number, birthDate: null },
      { citizenNumber: '630102490601001', birthDate: '1980-01-01' },
    ],
    bad: [
      { citizenNumber: number, birthDate: '1949-01-06' },
      { citizenNumber: number, birthDate: '1950-06-01' },
      { citizenNumber: woman, birthDate: '1970-08-16' },
    ],
  },
  P12: {
    good: [
      { citizenNumber: number, sex: '1' },
      { citizenNumber: woman, sex: '2' },
      { citizenNumber: number, sex: '9' },
    ],
    bad: [
      { citizenNumber: number, sex: '2' },
      { citizenNumber: woman, sex: '1' },
      { citizenNumber: '63020319870615003X', sex: '2' },
    ],
  },
  P13: { good: [{ sex: '0' }, { sex: '9' }, {}], bad: [{ sex: '3' }, { sex: '男' }, { sex: '01' }] },
  P14: {
    good: [{ ethnicity: '01' }, { ethnicity: '35' }, { ethnicity: '98' }],
    bad: [{ ethnicity: '00' }, { ethnicity: '57' }, { ethnicity: '4' }],
  },
  P15: {
    good: [
      { maritalStatus: '20', sex: '1', birthDate: '2004-06-01' },
      { maritalStatus: '10', sex: '2', birthDate: '2020-01-01' },
      { maritalStatus: '90' },
    ],
    bad: [
      { maritalStatus: '21', sex: '1', birthDate: '2004-06-02' },
      { maritalStatus: '22', sex: '2', birthDate: '2008-01-01' },
      { maritalStatus: '50' },
    ],
  },
  P17: {
    good: [
      { name: '才让卓玛' },
      { name: '阿不都·热合曼' },
      { name: 'John Smith', citizenNumber: '91124719900101001X' },
    ],
    bad: [{ name: '马' }, { name: '张3' }, { name: 'Wang Wei', citizenNumber: number }],
  },
  P19: {
    good: [{ name: '㼆䶮' }, { name: '韩索菲娅' }, { name: null }],
    bad: [{ name: '王\ue863' }, { name: '李\u0378' }, { name: '马\u{f0000}' }],
  },
  P20: {
    good: [{ name: '吴名' }, { name: '张三' }, { name: '空竹' }],
    bad: [{ name: '未知' }, { name: '无名氏' }, { name: '测试12' }],
  },
  P22: {
    good: [
      { householdRegion: '630102' },
      { householdRegion: '632123' },
      { householdRegion: '630111', householdAddress: '西宁市城北区朝阳街1号' },
    ],
    bad: [{ householdRegion: '639999' }, { householdRegion: '630111' }, { householdRegion: '630130' }],
  },
  P23: {
    good: [
      { householdRegion: '630202', householdAddress: '青海省海东市乐都区碾伯镇' },
      { householdRegion: '632123', householdAddress: '青海省海东市乐都区碾伯镇' },
      { householdRegion: '630102', householdAddress: '五四大街12号' },
    ],
    bad: [
      { householdRegion: '630102', householdAddress: '青海省海东市乐都区碾伯镇' },
      { householdRegion: '632801', householdAddress: '西宁市城东区八一路3号' },
      { householdRegion: '632721', householdAddress: '青海省黄南州同仁县隆务镇' },
    ],
  },
  P24: {
    good: [
      { birthDate: '1949-06-01', deathDate: '2020-02-29' },
      { birthDate: '2026-06-01', deathDate: '2026-06-01' },
      { birthDate: '1949-06-01', deathDate: null },
    ],
    bad: [
      { birthDate: '1949-06-01', deathDate: '1949-05-31' },
      { deathDate: '2026-06-02' },
      { birthDate: '2000-01-01', deathDate: '1999-12-31' },
    ],
  },
  P26: {
    good: [
      { birthDate: '1999-06-02', fatherNumber: '630102197906010013', motherNumber: woman },
      { birthDate: '1961-06-01', fatherNumber: number },
      { birthDate: '1949-06-01', fatherNumber: '630102490601001' },
    ],
    bad: [
      { birthDate: '1961-05-31', fatherNumber: number },
      { birthDate: '2026-08-15', motherNumber: woman },
      { birthDate: '1969-01-01', motherNumber: woman },
    ],
  },
  P28: {
    good: [{ phone: '13897001234' }, { phone: '19997001234' }, { phone: null }],
    bad: [{ phone: '12897001234' }, { phone: '0971-6123456' }, { phone: '1389700123' }],
  },
};
