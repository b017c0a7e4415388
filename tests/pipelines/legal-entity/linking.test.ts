import { describe, expect, test } from '@jest/globals';
import { legalEntity } from '../../../pipelines/legal-entity/definition.ts';
import { withinOneEdit } from '../../../pipelines/legal-entity/within-one-edit.ts';
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

test('withinOneEdit agrees with the edit distance on every pair of short texts', () => {
  const texts = ['', 'a', 'b', 'ab', 'ba', 'aa', 'abc', 'acb', 'bc', 'abcd', 'abd', 'xbcd', 'abcde'];
  for (const a of texts)
    for (const b of texts) expect([a, b, withinOneEdit(a, b)]).toEqual([a, b, editDistance(a, b) <= 1]);
});
