import { describe, expect, test } from '@jest/globals';
import { legalEntity } from '../../../pipelines/legal-entity/definition.ts';
import { legalEntityMatching } from '../../../pipelines/legal-entity/matching.ts';
import { withinOneEdit } from '../../../pipelines/legal-entity/within-one-edit.ts';
import { weigher } from '../../../pipelines/matching.ts';
import { editDistance } from '../../../pipelines/nearest.ts';
import type { Attributes, Issue } from '../../../pipelines/record.ts';
import { whyVeto } from '../../../pipelines/veto.ts';

const uscc = '91630000710425337H';
const other = '916328012265890142';
const issue = (rule: string, attribute: string, severity: Issue['severity'] = 'E'): Issue => ({
  rule,
  severity,
  attribute,
  message: '',
});
const keys = (attributes: Attributes, issues: readonly Issue[] = []): string[] =>
  legalEntity.linkKeys(attributes, issues).map((key) => `${key.scheme}:${key.value}`);

describe('link keys of a legal entity', () => {
  test('all schemes, strongest first, each value once', () => {
    expect(
      keys({
        uscc,
        organisationCode: '710425337',
        registrationNumber: '630000100012341',
        taxNumber: '630000710425337',
      }),
    ).toEqual([`uscc:${uscc}`, 'org:710425337', 'reg:630000100012341', 'tax:630000710425337']);
  });
  test('the organisation code is derived from the credit code', () => {
    expect(keys({ uscc })).toEqual([`uscc:${uscc}`, 'org:710425337']);
  });
  test('a tax number that is a credit code gives that code, one that embeds an organisation code gives both', () => {
    expect(keys({ taxNumber: uscc })).toEqual([`uscc:${uscc}`, 'org:710425337']);
    expect(keys({ uscc, taxNumber: uscc })).toEqual([`uscc:${uscc}`, 'org:710425337']);
    expect(keys({ taxNumber: '632801226589014' })).toEqual(['org:226589014', 'tax:632801226589014']);
    expect(keys({ taxNumber: '63212370081502000000' })).toEqual(['tax:63212370081502000000']);
  });
  test('invalid identifiers link nothing', () => {
    expect(keys({ uscc }, [issue('L02', 'uscc')])).toEqual([]);
    expect(keys({ organisationCode: '734561203' }, [issue('L07', 'organisationCode')])).toEqual([]);
    expect(keys({ registrationNumber: '630000100012342' }, [issue('L08', 'registrationNumber')])).toEqual([]);
    expect(keys({ taxNumber: '000000000000000' }, [issue('L12', 'taxNumber')])).toEqual([]);
  });
  test('an organisation code that contradicts the credit code is left out', () => {
    expect(keys({ uscc, organisationCode: '734561202' }, [issue('L06', 'organisationCode')])).toEqual([
      `uscc:${uscc}`,
      'org:710425337',
    ]);
  });
  test('a citizen number in the column of registration numbers links nothing, though only a warning', () => {
    expect(keys({ registrationNumber: '632123700815020' }, [issue('L09', 'registrationNumber', 'W')])).toEqual([]);
  });
  test('internal PDY codes link nothing', () => {
    const internal = [
      'PDY000010',
      'PDY000011',
      'PDY000012',
      'PDY000013',
      'PDY000014',
      'PDY000015',
      'PDY000016',
      'PDY000017',
      'PDY000018',
      'PDY000019',
      'PDY00001X',
    ];
    for (const organisationCode of internal) expect(keys({ organisationCode })).toEqual([]);
  });
});

describe('vetoes of the legal entity base', () => {
  const why = (a: Attributes, b: Attributes): string | null => {
    expect(whyVeto(legalEntity, b, a)).toBe(whyVeto(legalEntity, a, b));
    return whyVeto(legalEntity, a, b);
  };
  const registrationNumber = '630000100012341';

  test('two valid credit codes are two entities', () => {
    expect(why({ uscc, registrationNumber }, { uscc: other, registrationNumber })).toBe('two-credit-codes');
  });
  test('an invalid credit code proves nothing', () => {
    expect(
      why({ uscc, organisationCode: '710425337' }, { uscc: '91630000710425337J', organisationCode: '710425337' }),
    ).toBeNull();
  });
  test('two valid organisation codes are two entities', () => {
    expect(
      why({ organisationCode: '734561202', registrationNumber }, { organisationCode: '226589014', registrationNumber }),
    ).toBe('two-organisation-codes');
    expect(why({ uscc, registrationNumber }, { organisationCode: '226589014', registrationNumber })).toBe(
      'two-organisation-codes',
    );
  });
  test('an internal code is no evidence', () => {
    expect(
      why({ organisationCode: '734561202', registrationNumber }, { organisationCode: 'PDY000010', registrationNumber }),
    ).toBeNull();
  });
  test('a registration number alone needs a compatible name', () => {
    const here = { registrationNumber, name: '西宁市昆仑商贸有限公司' };
    expect(why(here, { registrationNumber, name: '格尔木盐湖化工有限公司' })).toBe('weak-key-other-name');
    expect(why(here, { registrationNumber, name: '西宁市昆伦商贸有限公司' })).toBeNull();
    expect(why(here, { registrationNumber, name: '西宁市昆仑商贸有限公司 ' })).toBeNull();
    expect(why(here, { registrationNumber, name: null })).toBeNull();
  });
  test('a changed name does not part records with the same credit or organisation code', () => {
    expect(why({ uscc, name: '西宁市昆仑商贸有限公司' }, { uscc, name: '青海江源实业有限公司' })).toBeNull();
    expect(
      why(
        { organisationCode: '226589014', name: '西宁市昆仑商贸有限公司' },
        { taxNumber: '632801226589014', name: '青海江源实业有限公司' },
      ),
    ).toBeNull();
  });
});

describe('vetoes by name and class', () => {
  const veto = (a: Attributes, b: Attributes): string | null => whyVeto(legalEntity, a, b);
  const registrationNumber = '630000100012341';
  const home = {
    ...{ registrationNumber, legalRepresentativeName: '马国强', address: '青海省西宁市城东区八一路12号' },
    establishedDate: '2009-04-05',
  };
  const here = { ...home, name: '西宁市昆仑商贸有限公司' };
  test.each<[string, Attributes, string | null]>([
    ['a new name of the same head at the same address', { ...home, name: '青海江源实业有限公司' }, null],
    ['without the legal form', { registrationNumber, name: '西宁市昆仑商贸' }, null],
    [
      'its former name',
      { registrationNumber, name: '青海江源有限公司', formerName: '昆仑有限公司、西宁市昆仑商贸有限公司' },
      null,
    ],
    ['a slip in the name of the province', { registrationNumber, name: '青诲西宁市昆仑商贸有限公司' }, null],
    ['a branch', { registrationNumber, name: '西宁市昆仑商贸有限公司海东分公司' }, 'weak-key-other-name'],
    ['another head', { ...home, legalRepresentativeName: '王海', name: '青海江源实业有限公司' }, 'weak-key-other-name'],
    [
      'the same head at the same address, founded on another day',
      { ...home, establishedDate: '2011-04-05', name: '青海江源实业有限公司' },
      'weak-key-other-name',
    ],
    ['a sole trader', { ...home, uscc: '92630102MA7529C02A', name: '西宁市昆仑商贸' }, 'sole-trader-and-company'],
  ])('%s', (_, other, expected) => {
    expect(veto(here, other)).toBe(expected);
    expect(veto(other, here)).toBe(expected);
  });
  test('a number in the name is no slip', () => {
    const school = (name: string): Attributes => ({ registrationNumber, name });
    expect(veto(school('湟中区第一中学'), school('湟中区第二中学'))).toBe('weak-key-other-name');
    expect(veto(school('湟中区苐一中学'), school('湟中区第一中学'))).toBeNull();
  });
});

describe('matching of bodies', () => {
  const { weight, explain } = weigher(legalEntityMatching);
  const company = {
    ...{ name: '青海昆仑商贸有限公司', legalRepresentativeName: '马国强', region: '630102' },
    ...{ address: '青海省西宁市城东区八一路12号', establishedDate: '2009-04-05' },
  };
  const bits = (a: object, b: object): number =>
    weight(legalEntityMatching.features({ ...company, ...a }), legalEntityMatching.features({ ...company, ...b }));
  const { link, review } = legalEntityMatching.model;
  test.each<[string, object, boolean]>([
    ['another address', { address: '青海省西宁市城北区七一路3号' }, true],
    ['another head', { legalRepresentativeName: '王海', establishedDate: null }, true],
    ['a filler for the day of founding', { establishedDate: '1900-01-01' }, true],
    ['another name, all else the same', { name: '青海江源实业有限公司' }, true],
    ['another name and no day of founding', { name: '青海江源实业有限公司', establishedDate: null }, false],
    [
      'another name and another registration number',
      { name: '江源实业', registrationNumber: '630000100012341' },
      false,
    ],
  ])('%s', (_, other, expected) => {
    const found = bits({ registrationNumber: '630000100012359' }, other);
    expect(found).toBeGreaterThan(review);
    expect(found >= link).toBe(expected);
  });
  test('a name alone is not enough, of a shop less than of a company', () => {
    const alone = { legalRepresentativeName: null, address: null, establishedDate: null };
    const shop = { ...alone, name: '城东区昆仑便利店' };
    expect(bits(alone, alone)).toBeGreaterThan(bits(shop, shop));
    expect(bits(shop, shop)).toBeLessThan(link);
  });
  test('each level of the model is a share, and shares of a field add up to one', () => {
    for (const { name, levels } of legalEntityMatching.fields) {
      const { m, u } = legalEntityMatching.model.fields[name] ?? { m: [], u: [] };
      expect([name, m.length, u.length]).toEqual([name, levels.length, levels.length]);
      for (const shares of [m, u]) expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
    }
    const [a, b] = [legalEntityMatching.features(company), legalEntityMatching.features({ ...company, name: '江源' })];
    expect(explain(a, b).map(({ level }) => level)).toEqual([5, 0, 0, 0, 0, -1]);
  });
});

test('withinOneEdit agrees with the edit distance on every pair of short texts', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', 'abc', 'acb', 'bc', 'abcd', 'abd', 'xbcd', 'abcde'];
  for (const a of texts)
    for (const b of texts) expect([a, b, withinOneEdit(a, b)]).toEqual([a, b, editDistance(a, b) <= 1]);
});
