import { OWNER, type RuleFixtures } from '../rule-fixtures.ts';

const uscc = '91630000710425337H';

export const recordFixtures: Readonly<Record<string, RuleFixtures>> = {
  L06: {
    good: [
      { uscc, organisationCode: '710425337' },
      { uscc, organisationCode: null },
      { organisationCode: '710425337' },
    ],
    bad: [
      { uscc, organisationCode: '734561202' },
      { uscc, organisationCode: '226589014' },
      { uscc: '916328012265890142', organisationCode: '710425337' },
    ],
  },
  L09: {
    good: [
      { registrationNumber: '630000100012341' },
      { registrationNumber: '632801300000893' },
      { registrationNumber: '6300001200123' },
    ],
    bad: [
      { registrationNumber: '632123700815020' },
      { registrationNumber: '630102490601001' },
      { registrationNumber: '632321630704212' },
    ],
  },
  L10: {
    good: [
      { registrationNumber: '630000100012341', entityClass: '91' },
      { registrationNumber: '632124600003219', entityClass: '92' },
      { registrationNumber: '630000100012341' },
    ],
    bad: [
      { registrationNumber: '632124600003219', entityClass: '91' },
      { registrationNumber: '630000100012341', entityClass: '92' },
      { registrationNumber: '632721600123453', uscc },
    ],
  },
  L11: {
    good: [
      { taxNumber: '630000710425337', organisationCode: '710425337' },
      { taxNumber: '63020219900101001900', organisationCode: '710425337' },
      { taxNumber: uscc, uscc },
    ],
    bad: [
      { taxNumber: '632801226589014', organisationCode: '710425337' },
      { taxNumber: '916328012265890142', uscc },
      { taxNumber: '630102MA752PX11', organisationCode: '734561202' },
    ],
  },
  L12: {
    good: [{ uscc }, { organisationCode: '710425337' }, { taxNumber: null }],
    bad: [{ uscc: '000000000000000000' }, { registrationNumber: '111111111111111' }, { uscc: OWNER }],
  },
  L14: {
    good: [
      { name: '青海盐湖工业股份有限公司', uscc },
      { name: '乐都区雪山养殖专业合作社', entityClass: '93' },
      { name: '西宁市第二中学', entityClass: '12' },
    ],
    bad: [
      { name: '青海盐湖工业股份有限公司', uscc: '71630000710425337K' },
      { name: '公司' },
      { name: '乐都区雪山养殖场', entityClass: '93' },
    ],
  },
  L18: {
    good: [
      { legalRepresentativeNumber: '630102194906010015' },
      { legalRepresentativeNumber: null },
      { legalRepresentativeNumber: '630102490601001' },
    ],
    bad: [
      { legalRepresentativeNumber: '632701201404010155' },
      { legalRepresentativeNumber: '630106202001010013' },
      { legalRepresentativeNumber: '632701200806020155' },
    ],
  },
  L20: {
    good: [
      { establishedDate: '2004-01-31', approvedDate: '2004-01-31', expiryDate: '2024-01-30' },
      { establishedDate: '2004-01-31', expiryDate: '9999-12-31' },
      { approvedDate: '2004-01-31' },
    ],
    bad: [
      { establishedDate: '2004-01-31', approvedDate: '2004-01-30' },
      { establishedDate: '2027-01-01' },
      { establishedDate: '2004-01-31', expiryDate: '2003-01-30' },
    ],
  },
  L21: {
    good: [{ status: '4', deregisteredDate: '2019-05-06' }, { status: '1', deregisteredDate: null }, { status: '4' }],
    bad: [
      { status: '4', deregisteredDate: null },
      { status: '3', deregisteredDate: null },
      { status: '4', deregisteredDate: null, name: '青海盐湖工业股份有限公司' },
    ],
  },
  L22: {
    good: [
      { status: '2', deregisteredDate: null },
      { status: '3', deregisteredDate: '2019-05-06' },
      { status: '4', deregisteredDate: '2019-05-06' },
    ],
    bad: [
      { status: '2', deregisteredDate: '2019-05-06' },
      { status: '2', deregisteredDate: '2001-01-01' },
      { status: '2', deregisteredDate: '2026-01-01' },
    ],
  },
  L23: {
    good: [{ registeredCapital: '0' }, { registeredCapital: '5000000.00' }, { registeredCapital: null }],
    bad: [{ registeredCapital: '-1' }, { registeredCapital: '五百万' }, { registeredCapital: '1e6' }],
  },
  L24: {
    good: [{ industry: 'C1310' }, { industry: '05' }, { industry: 'S' }],
    bad: [{ industry: 'A1310' }, { industry: '98' }, { industry: 'Z01' }],
  },
  L26: {
    good: [
      { region: '630102', address: '西宁市城东区八一路3号' },
      { region: '632801', address: '格尔木市昆仑路' },
      { region: '630102', address: null },
    ],
    bad: [
      { region: '630102', address: '格尔木市昆仑路' },
      { region: '632801', address: '青海省西宁市城西区五四大街' },
      { region: '630202', address: '西宁市湟中区鲁沙尔镇' },
    ],
  },
  L32: {
    good: [
      { shareholders: '张三 60; 李四 40' },
      { shareholders: '青海三江有限公司 33.333; 马海 33.333; 韩英 33.334' },
      { shareholders: null },
    ],
    bad: [
      { shareholders: '张三 60; 李四 30' },
      { shareholders: '张三 100; 李四 0.02' },
      { shareholders: '马海 51; 韩英 51' },
    ],
  },
};
