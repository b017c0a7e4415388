import type { ConversionRuleFixtures, RawCase } from '../conversion-rule-fixtures.ts';

const number = (raw: string | number, at?: string): RawCase =>
  at === undefined ? ['citizen-number', raw] : ['citizen-number', raw, at];
const name = (raw: string): RawCase => ['person-name', raw];

export const conversionFixtures: Readonly<Record<string, ConversionRuleFixtures>> = {
  P01: {
    good: [number('630102194906010015'), number(' 63020319870615003x '), number('632123700815020')],
    bad: [number('63010219800101001'), number('6301021980x1010019'), number('6321237008150201')],
  },
  P02: {
    good: [number('630102194906010015'), number('632123197008150208'), number('63020319870615003X')],
    bad: [number('630102194906010016'), number('63212319700815020X'), number('630203198706150030')],
  },
  P03: {
    good: [number('630102194906010015'), number('630102200002290059'), number('632123700815020')],
    bad: [number('630102198902290011'), number('630102198013010016'), number('630102890229001')],
  },
  P04: {
    good: [
      number('630102194906010015'),
      number('440524188001010014', '1999-01-01'),
      number('632123197008150208', '1970-08-15'),
    ],
    bad: [number('630102209901010015'), number('440524188001010014'), number('632123197008150208', '1970-08-14')],
  },
  P05: {
    good: [number('630101198001010012'), number('632123197008150208'), number('63020319870615003X')],
    bad: [number('63999919800101001X'), number('129726198001010010'), number('700100198001010014')],
  },
  P06: {
    good: [number('630102194906010015'), number('632802200002290067'), number('632123197008150208')],
    bad: [number('632123201505010010'), number('632121201801010012'), number('630203200005010018')],
  },
  P07: {
    good: [number('630102194906010015'), number('632123700815020'), number('63020319870615003X')],
    bad: [number('810000199001010019'), number('91124719900101001X'), number('830000199001010012')],
  },
  P08: {
    good: [number('632123050101995'), number('632123700815020'), number('630102194906019968')],
    bad: [number('632123050101996'), number('632123050101999'), number('630102080808997')],
  },
  P09: {
    good: [number('630102194906010015'), number(632123700815020), number("'630102194906010015")],
    bad: [number(Number('630102194906010015')), number('6.30102E+17'), number('630102198001010000')],
  },
  P10: {
    good: [number('630102194906010015'), number('632123197008150208'), number('632123700815020')],
    bad: [number('111111111111111111'), number('000000000000000'), number('00000000000000000X')],
  },
  P13: {
    good: [
      ['sex', '男'],
      ['sex', '2'],
      ['sex(A=男,B=女)', 'B'],
    ],
    bad: [
      ['sex', '3'],
      ['sex', '先生'],
      ['sex(A=男,B=女)', 'C'],
    ],
  },
  P14: {
    good: [
      ['ethnicity', '藏族'],
      ['ethnicity', '30'],
      ['ethnicity', '撒拉'],
    ],
    bad: [
      ['ethnicity', '60'],
      ['ethnicity', '土土族'],
      ['ethnicity', '00'],
    ],
  },
  P15: {
    good: [
      ['marital-status', '已婚'],
      ['marital-status', '40'],
      ['marital-status', '未婚'],
    ],
    bad: [
      ['marital-status', '50'],
      ['marital-status', '同居'],
      ['marital-status', 'X'],
    ],
  },
  P18: {
    good: [name('阿不都·热合曼'), name('张　三'), name('John A. Smith')],
    bad: [name('阿不都•热合曼'), name('阿不都．热合曼'), name('尤努斯 阿布都拉')],
  },
  P22: {
    good: [
      ['region', '630102'],
      ['region', '632123'],
      ['region', '西宁市城东区'],
    ],
    bad: [
      ['region', '639999'],
      ['region', '青海省无名县'],
      ['region', '6301999'],
    ],
  },
  P27: {
    good: [
      ['household-relation', '户主'],
      ['household-relation', '52'],
      ['household-relation(H=02,S=10)', 'H'],
    ],
    bad: [
      ['household-relation', '邻居'],
      ['household-relation', '00'],
      ['household-relation', 'X'],
    ],
  },
};
