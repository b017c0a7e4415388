import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { citizenCheck, parseCitizenNumber } from '../../../pipelines/standards/citizen-number.ts';
import { digits, holds } from './seed.ts';

const on = '2026-06-01';
const parse = (raw: string) => parseCitizenNumber(raw, { on });
const reason = (raw: string): string => {
  const parsed = parse(raw);
  return parsed.ok ? 'ok' : parsed.reason;
};

const VALID =
  '630102194906010015 630105198612310028 630121199502280459 630122199202291179 632125198811303346 632123197008150208 ' +
  '632124198503095614 63222119991010008X 632321196307042120 632721197801010139 632801198512311239 632802200002290067 ' +
  '632701201404010155 630106202001010013 63020319870615003X';
const UPGRADES =
  '632123700815020→632123197008150208 630102490601001→630102194906010015 632124850309561→632124198503095614 ' +
  '632721780101013→632721197801010139 632801851231123→632801198512311239 632321630704212→632321196307042120';
const INVALID: readonly (readonly [number: string, reason: string])[] = [
  ['630102198001010010', 'check'],
  ['630102198902290011', 'date'],
  ['630102198013010016', 'date'],
  ['630102198004310017', 'date'],
  ['63999919800101001X', 'area'],
  ['630130198001010014', 'area'],
  ['630124198811303348', 'area'],
  ['630102209901010015', 'date'],
  ['630102180001010013', 'date'],
  ['630102198001010000', 'sequence'],
  ['630102198001010091', 'check'],
  ['630012198001010019', 'check'],
  ['63010219800101001', 'length'],
  ['6301021980X1010019', 'characters'],
  ['111111111111111111', 'blocked'],
  ['000000000000000000', 'blocked'],
  ['', 'length'],
];

describe('vectors', () => {
  test.each(VALID.split(' '))('%s holds', (number) => {
    const parsed = parse(number);
    expect(parsed).toMatchObject({ ok: true, number, upgraded: false, kind: 'citizen', area: number.slice(0, 6) });
    if (parsed.ok) {
      expect(parsed.birthDate.replaceAll('-', '')).toBe(number.slice(6, 14));
      expect(parsed.sex).toBe(Number(number[16]) % 2 === 1 ? '1' : '2');
    }
  });
  test.each(INVALID)('"%s" is refused: %s', (number, why) => expect(reason(number)).toBe(why));
  test.each(UPGRADES.split(' '))('%s', (pair) => {
    const [short, long] = pair.split('→') as [string, string];
    expect(parse(short)).toMatchObject({ ok: true, number: long, upgraded: true });
  });
  test('sequences of centenarians are for review, never upgraded', () => {
    expect(parse('632123050101996')).toEqual({ ok: false, reason: 'century-review', normalised: '632123050101996' });
  });
  test("the standard's own examples have right check characters", () => {
    for (const number of ['11010519491231002X', '440524188001010014', '34052419800101001X']) {
      expect(citizenCheck(number)).toBe(number[17]);
    }
  });
  test('residence permits and permanent residence cards are no citizen numbers', () => {
    expect(parse('810000199001010019')).toMatchObject({ ok: true, kind: 'residence-permit' });
    expect(parse('91124719900101001X')).toMatchObject({ ok: true, kind: 'permanent-resident' });
    expect(reason(`810001${'19900101001'}${citizenCheck('81000119900101001')}`)).toBe('area');
  });
  test('a day that exists and nobody can be born on is told apart', () => {
    expect(parse('630102209901010015')).toMatchObject({ implausible: true });
    expect(parse('630102180001010013')).toMatchObject({ implausible: true });
    expect(parse('630102198902290011')).not.toHaveProperty('implausible');
    expect(parseCitizenNumber('440524188001010014', { on: '1999-06-01' }).ok).toBe(true);
    expect(reason('440524188001010014')).toBe('date');
  });
});

describe('what clerks and spreadsheets do to a number is undone', () => {
  const number = '63222119991010008X';
  test.each([
    '63222119991010008x',
    '６３２２２１１９９９１０１０００８Ｘ',
    "'63222119991010008X",
    ' 632221 19991010 008X\t',
    '63222119991010008X\u00a0',
    '\ufeff632221\u200b19991010008X',
  ])('%j', (raw) => expect(parse(raw)).toMatchObject({ ok: true, number }));
  test('other signs for X are not guessed', () => expect(reason('63222119991010008×')).toBe('characters'));
});

const sound = fc
  .tuple(
    fc.constantFrom('630102', '632123', '632801', '110105', '440524', '652201'),
    fc.date({ min: new Date('1905-01-01'), max: new Date('2025-12-31'), noInvalidDate: true }),
    fc.integer({ min: 1, max: 999 }),
  )
  .map(([area, date, sequence]) => {
    const body = area + date.toISOString().slice(0, 10).replaceAll('-', '') + String(sequence).padStart(3, '0');
    return body + citizenCheck(body);
  });

describe('properties', () => {
  test('made numbers hold', () => holds(fc.property(sound, (number) => expect(reason(number)).toBe('ok'))));
  test('every single wrong digit is found', () => {
    holds(
      fc.property(sound, (number) => {
        const missed: string[] = [];
        for (let at = 0; at < 18; at++) {
          for (const other of at === 17 ? '0123456789X' : '0123456789') {
            const wrong = number.slice(0, at) + other + number.slice(at + 1);
            if (other !== number[at] && parse(wrong).ok) missed.push(wrong);
          }
        }
        expect(missed).toEqual([]);
      }),
      100,
    );
  });
  test('every swap of neighbours is found', () => {
    holds(
      fc.property(sound, (number) => {
        for (let at = 0; at < 17; at++) {
          if (number[at] === number[at + 1]) continue;
          const swapped = number.slice(0, at) + number[at + 1]! + number[at]! + number.slice(at + 2);
          expect(parse(swapped).ok).toBe(false);
        }
      }),
      200,
    );
  });
  test('both forms of the check agree', () => {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    holds(
      fc.property(digits(17), (body) => {
        const sum = weights.reduce((total, weight, at) => total + weight * Number(body[at]), 0);
        expect(citizenCheck(body)).toBe('10X98765432'[sum % 11]);
      }),
    );
  });
  test('no text makes it throw, and what passes is 18 characters of the alphabet', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (raw) => {
        const parsed = parse(raw);
        if (parsed.ok) expect(parsed.number).toMatch(/^\d{17}[\dX]$/);
      }),
    );
  });
});
