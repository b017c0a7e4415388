import type { ConversionRuleFixtures, RawCase } from '../conversion-rule-fixtures.ts';

const of =
  (as: string) =>
  (raw: string, at?: string): RawCase =>
    at === undefined ? [as, raw] : [as, raw, at];
const uscc = of('uscc');
const organisation = of('organisation-code');
const registration = of('registration-number');
const tax = of('tax-number');
const name = of('entity-name');
const industry = of('industry');

export const conversionFixtures: Readonly<Record<string, ConversionRuleFixtures>> = {
  L01: {
    good: [uscc('91630000710425337H'), uscc('91630000710425337h'), uscc(' 916328012265890142')],
    bad: [uscc('91630000710425337'), uscc('9163O000710425337H'), uscc('91630000-710425337H')],
  },
  L02: {
    good: [uscc('91630000710425337H'), uscc('916328012265890142'), uscc('1163000001500002XD')],
    bad: [uscc('91630000710425337J'), uscc('916328012265890143'), uscc('91350211M0000XUF46')],
  },
  L03: {
    good: [uscc('91630000710425337H'), uscc('1163000001500002XD'), uscc('116300000150040478')],
    bad: [uscc('946300007104253378'), uscc('98630000710425337U'), uscc('00630000710425337X')],
  },
  L04: {
    good: [
      uscc('91630000710425337H'),
      uscc('91630000710425337H', '1998-03-02'),
      uscc('916328012265890142', '2016-01-01'),
    ],
    bad: [
      uscc('91639999710425337W'),
      uscc('91630106710425337D', '2016-01-01'),
      uscc('91632123710425337R', '2017-01-01'),
    ],
  },
  L05: {
    good: [uscc('91630000710425337H'), uscc('916328012265890142'), uscc('1163000001500002XD')],
    bad: [uscc('91630000710425330U'), uscc('91632801226589012U'), uscc('11630000015000020K')],
  },
  L07: {
    good: [organisation('71042533-7'), organisation('226589014'), organisation('01500002-X')],
    bad: [organisation('71042533-9'), organisation('PDY00001-0'), organisation('7104253')],
  },
  L08: {
    good: [
      registration('630000100012341'),
      registration('6300001000123', '2005-12-31'),
      registration(' 630000100012341 '),
    ],
    bad: [registration('630000100012342'), registration('6300001000123'), registration('6300001000123', '2012-01-01')],
  },
  L11: {
    good: [tax('630000710425337'), tax('91630000710425337H'), tax('63212319700815020800')],
    bad: [tax('6300007104'), tax('63000071042533771042533'), tax('630000-71*')],
  },
  L12: {
    good: [uscc('91630000710425337H'), organisation('710425337'), registration('630000100012341')],
    bad: [uscc('000000000000000000'), organisation('000000000'), tax('000000000000000')],
  },
  L15: {
    good: [name('青海盐湖工业股份有限公司'), name('青海三江（集团）有限公司'), name('SOHO中国')],
    bad: [name('青海三江(集团)有限公司'), name('青海 盐湖工业股份有限公司'), name('西宁市( 城东)商行')],
  },
  L24: {
    good: [industry('C1310'), industry('05'), industry('S')],
    bad: [industry('A1310'), industry('98'), industry('食品')],
  },
};
