import { describe, expect, test } from '@jest/globals';
import { population } from '../../../pipelines/population/definition.ts';
import { populationMatching } from '../../../pipelines/population/matching.ts';
import type { Attributes, Issue } from '../../../pipelines/record.ts';
import { whyVeto } from '../../../pipelines/veto.ts';

const number = '630102194906010015';
const issue = (rule: string, severity: Issue['severity'], attribute = 'citizenNumber'): Issue => ({
  rule,
  severity,
  attribute,
  message: '',
});
const keys = (attributes: Attributes, issues: readonly Issue[] = []): string[] =>
  population.linkKeys(attributes, issues).map((key) => `${key.scheme}:${key.value}`);

describe('link keys of a person', () => {
  test('a valid number is the key', () => expect(keys({ citizenNumber: number })).toEqual([`citizen:${number}`]));

  test('an upgraded number gives the same key', () => {
    expect(keys({ citizenNumber: number, citizenNumberUpgraded: true })).toEqual([`citizen:${number}`]);
  });

  test.each(['P01', 'P02', 'P03', 'P04', 'P05', 'P10'])('a number that breaks %s links nothing', (rule) => {
    expect(keys({ citizenNumber: number }, [issue(rule, 'E')])).toEqual([]);
  });

  test('warnings and errors of other attributes do not take the key away', () => {
    expect(keys({ citizenNumber: number }, [issue('P06', 'W'), issue('P11', 'E', 'birthDate')])).toHaveLength(1);
  });

  test('no number, or 15 digits left for review, links nothing', () => {
    expect(keys({})).toEqual([]);
    expect(keys({ citizenNumber: null })).toEqual([]);
    expect(keys({ citizenNumber: '632123050101996' })).toEqual([]);
  });

  test('cards of other schemes link under their own scheme', () => {
    expect(keys({ citizenNumber: '91124719900101001X' })).toEqual(['residence-card:91124719900101001X']);
    expect(keys({ citizenNumber: '810000199001010019' })).toEqual(['residence-permit:810000199001010019']);
  });
});

describe('vetoes of the population base', () => {
  const why = (a: Attributes, b: Attributes): string | null => {
    expect(whyVeto(population, b, a)).toBe(whyVeto(population, a, b));
    return whyVeto(population, a, b);
  };
  const person = { citizenNumber: number, name: '才让多杰', birthDate: '1949-06-01' };

  test('the same person passes', () => expect(why(person, { ...person })).toBeNull());
  test('two unrelated names under one number are two persons', () => {
    expect(why(person, { ...person, name: '王建国' })).toBe('names-contradict');
  });
  test('separator variants are the same name', () => {
    expect(why({ ...person, name: '阿不都·热合曼' }, { ...person, name: '阿不都热合曼' })).toBeNull();
  });
  test('a former name explains the difference', () => {
    expect(why({ ...person, name: '王建国', formerName: '才让多杰' }, person)).toBeNull();
  });
  test('no name, or a placeholder, contradicts nothing', () => {
    expect(why(person, { ...person, name: null })).toBeNull();
    expect(why(person, { ...person, name: '未知' })).toBeNull();
  });
  test('an upgraded number needs name or birth date', () => {
    const upgraded = { citizenNumber: number, citizenNumberUpgraded: true };
    expect(why(person, { ...upgraded, name: null, birthDate: null })).toBe('upgraded-number-alone');
    expect(why(person, { ...upgraded, name: null, birthDate: '1949-06-02' })).toBe('upgraded-number-alone');
    expect(why(person, { ...upgraded, name: '才让多杰', birthDate: null })).toBeNull();
    expect(why(person, { ...upgraded, name: null, birthDate: '1949-06-01' })).toBeNull();
    expect(why(person, { citizenNumber: number, name: null, birthDate: null })).toBeNull();
  });
  test('a masked name proves nothing, and still contradicts another surname', () => {
    const upgraded = { citizenNumber: number, citizenNumberUpgraded: true, birthDate: null };
    for (const masked of ['张*', '*淼', '张○']) {
      expect(why({ ...person, name: '张淼' }, { ...upgraded, name: masked })).toBe('upgraded-number-alone');
      expect(why({ ...person, name: '张淼' }, { ...person, name: masked })).toBeNull();
      const { features } = populationMatching;
      expect(features({ ...person, name: masked }).name).toBeNull();
    }
    expect(populationMatching.features({ name: '张*三' })).toMatchObject({ name: null, key: '' });
    expect(why({ ...person, name: '张淼' }, { ...person, name: '王*' })).toBe('names-contradict');
  });
  test('birth dates more than two years apart are two persons, filler dates are no evidence', () => {
    expect(why(person, { ...person, birthDate: '1951-06-01' })).toBeNull();
    expect(why(person, { ...person, birthDate: '1951-06-02' })).toBe('births-apart');
    expect(why(person, { ...person, birthDate: '1947-05-31' })).toBe('births-apart');
    expect(why(person, { ...person, birthDate: '1900-01-01' })).toBeNull();
    // One digit is a slip, also of the decade.
    expect(why(person, { ...person, birthDate: '1969-06-01' })).toBeNull();
    expect(why(person, { ...person, birthDate: '1969-06-02' })).toBe('births-apart');
  });
  test('of two characters one in common is somebody else, unless under one number they share a home', () => {
    const [a, b] = [
      { ...person, name: '李成', residenceAddress: '青海省西宁市城东区八一路12号' },
      { ...person, name: '季成', householdAddress: '青海西宁城东区八一路十二号' },
    ];
    expect(why(a, b)).toBeNull();
    expect(why(a, { ...b, householdAddress: '青海省西宁市城东区八一路13号' })).toBe('names-contradict');
    expect(why({ ...a, phone: '13912345678' }, { ...person, name: '季成', phone: '13912345678' })).toBeNull();
  });
  test('what cannot be read, a husband and a lone surname contradict nothing', () => {
    for (const [a, b] of [
      ['张淼', '张?'],
      ['冯富珍', '陈冯富珍'],
      ['张桂花', '杨张氏'],
      ['完么次仁', '完么次人'],
    ])
      expect(why({ ...person, name: a as string }, { ...person, name: b as string })).toBeNull();
    expect(why({ ...person, name: '张淼' }, { ...person, name: '王?' })).toBe('names-contradict');
    expect(why({ ...person, name: '张桂花' }, { ...person, name: '张杨氏' })).toBe('names-contradict');
  });
});
