import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isOrganisationCodeAt, parseOrganisationCode } from '../../../pipelines/standards/organisation-code.ts';
import { parseRegistrationNumber, registrationCheck } from '../../../pipelines/standards/registration-number.ts';
import { parseTaxNumber } from '../../../pipelines/standards/tax-number.ts';
import { isKnownNonconforming, isLegalPerson, parseUscc } from '../../../pipelines/standards/uscc.ts';
import { creditCode, organisationCode } from '../../../runner/demo/world/check-digits.ts';
import { digits, holds, lettersOf } from './seed.ts';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const reasonOf = (parsed: { ok: true } | { ok: false; reason: string }): string => (parsed.ok ? 'ok' : parsed.reason);

describe('credit codes', () => {
  const valid =
    '91630000710425337H 916328012265890142 91630102MA752PX114 92630202MA758HQ26D 93632721MA75ABC058 11630000015000126U ' +
    '12632321522630018W 51630000502630117L 52630121MJX1234569 53630000MJX5678902 N2632221MF1234567D 81630105MC1234566J ' +
    'Y1630000MB1A23457E 9144030071526726XG 91330100799655058B 914403001922038216';
  test.each(valid.split(' '))('%s holds', (code) => {
    expect(parseUscc(code)).toEqual({
      ok: true,
      code,
      department: code[0],
      entityClass: code.slice(0, 2),
      region: code.slice(2, 8),
      organisationCode: code.slice(8, 17),
    });
  });
  test.each(['54', '55'])('class %s, a committee of villagers or residents, is met and taken', (entityClass) => {
    const code = creditCode(`${entityClass}630102${organisationCode('71042533')}`);
    expect(parseUscc(code)).toMatchObject({ ok: true, entityClass });
  });
  test.each([
    ['91630000710425337J', 'check'],
    ['9163O000710425337H', 'characters'],
    ['91630000710425337', 'length'],
    ['91630000710425330U', 'organisation-code'],
    ['91639999710425337W', 'region'],
    ['946300007104253378', 'department'],
    ['Z1630000710425337H', 'characters'],
    ['91630000170425337H', 'check'],
    ['000000000000000000', 'blocked'],
    ['91350211M0000XUF46', 'check'],
    ['91350100M0001TGQXM', 'check'],
  ])('%s is refused: %s', (code, reason) => expect(reasonOf(parseUscc(code))).toBe(reason));
  test('lower case is normalised', () => {
    expect(parseUscc('91630000710425337h')).toMatchObject({ ok: true, code: '91630000710425337H' });
  });
  test('a company name under another department is not for the code to find', () => {
    expect(parseUscc('71630000710425337K')).toMatchObject({ ok: true, entityClass: '71' });
  });
  test("the standard's example has check 3", () => {
    expect(reasonOf(parseUscc('91350100M000100Y4Z'))).toBe('characters');
    expect(reasonOf(parseUscc('91350100M000100Y43'))).toBe('ok');
  });
  test('genuine codes that do not conform may be overridden, others with a wrong part may not', () => {
    for (const code of ['91350211M0000XUF46', '91350100M0001TGQXM']) {
      expect(parseUscc(code)).toMatchObject({ reason: 'check', overridable: true });
      expect(isKnownNonconforming(code)).toBe(true);
    }
    expect(parseUscc('91639999710425337X')).toMatchObject({ reason: 'check', overridable: false });
  });
  test('the nation registers too, sole traders are no legal persons', () => {
    expect(isLegalPerson('92')).toBe(false);
    expect(isLegalPerson('91')).toBe(true);
  });
  test('every single error and every swap of neighbours is found', () => {
    holds(
      fc.property(fc.constantFrom(...valid.split(' ')), (code) => {
        const missed: string[] = [];
        const mustFail = (wrong: string): void => void (parseUscc(wrong).ok && missed.push(wrong));
        for (let at = 0; at < 18; at++) {
          for (const other of ALPHABET)
            if (other !== code[at]) mustFail(code.slice(0, at) + other + code.slice(at + 1));
          if (at < 17 && code[at] !== code[at + 1])
            mustFail(code.slice(0, at) + code[at + 1]! + code[at]! + code.slice(at + 2));
        }
        expect(missed).toEqual([]);
      }),
      60,
    );
  });
});

describe('organisation codes', () => {
  const valid =
    '73456120-2 71042533-7 22658901-4 MA752PX1-1 MA758HQ2-6 MA75ABC0-5 01500012-6 52263001-8 G1234567-8 595000AB-2 ' +
    '71042502-X 71042507-0 D2143569-X';
  test.each(valid.split(' '))('%s holds', (code) => {
    expect(parseOrganisationCode(code)).toEqual({ ok: true, code: code.replace('-', ''), internal: false });
  });
  const invalid =
    '73456120-3 71042533-9 22658901-7 MA752PX1-2 MA758HQ2-8 MA75ABC0-8 01500012-7 52263001-X G1234567-0 595000AB-3';
  test.each(invalid.split(' '))('%s is refused', (code) => expect(reasonOf(parseOrganisationCode(code))).toBe('check'));
  test.each([
    ['7345612-2', 'length'],
    ['734561２0-Ａ', 'characters'],
    ['73456120A', 'characters'],
    ['00000000-0', 'blocked'],
  ])('%s: %s', (code, reason) => expect(reasonOf(parseOrganisationCode(code))).toBe(reason));
  test('PDY codes are for use inside', () => {
    const check = [...'0123456789X'].find((sign) => isOrganisationCodeAt(`PDY00001${sign}`, 0))!;
    expect(parseOrganisationCode(`pdy00001-${check}`)).toMatchObject({ ok: true, internal: true });
  });
  test('letters eleven apart share a check, as the standard has it', () => {
    for (const code of ['A12345674', 'L12345674', '012345671', 'B12345671'])
      expect(isOrganisationCodeAt(code, 0)).toBe(true);
  });
  test('every single wrong digit among digits is found', () => {
    holds(
      fc.property(digits(8), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 9 }), (body, at, step) => {
        const check = [...'0123456789X'].find((sign) => isOrganisationCodeAt(body + sign, 0))!;
        const wrong = body.slice(0, at) + ((Number(body[at]) + step) % 10) + body.slice(at + 1);
        expect(isOrganisationCodeAt(wrong + check, 0)).toBe(false);
      }),
    );
  });
});

describe('registration numbers', () => {
  const valid =
    '630000100012341 630100210005676 632801300000893 632124600003219 100000000123453 630000400000129 632721600123453 ' +
    '630105000000019 632223500007773 632500200099996 440301103448669';
  test.each(valid.split(' '))('%s holds', (number) => {
    expect(parseRegistrationNumber(number)).toEqual({ ok: true, number, legacy13: false });
  });
  const invalid =
    '630000100012342 630100210005678 632801300000896 632124600003213 100000000123458 630000400000125 632721600123450 ' +
    '630105000000017 632223500007774 632500200099998';
  test.each(invalid.split(' '))('%s is refused', (number) =>
    expect(reasonOf(parseRegistrationNumber(number))).toBe('check'),
  );
  test('thirteen digits, other lengths, letters, fillers', () => {
    expect(parseRegistrationNumber('6300001000123')).toMatchObject({ ok: true, legacy13: true });
    expect(reasonOf(parseRegistrationNumber('63000010001234'))).toBe('length');
    expect(reasonOf(parseRegistrationNumber('63000010001234A'))).toBe('characters');
    expect(reasonOf(parseRegistrationNumber('000000000000000'))).toBe('blocked');
  });
  test('every single wrong digit is found', () => {
    holds(
      fc.property(digits(14), fc.integer({ min: 0, max: 14 }), fc.integer({ min: 1, max: 9 }), (body, at, step) => {
        const number = body + registrationCheck(body);
        fc.pre(parseRegistrationNumber(number).ok);
        const wrong = number.slice(0, at) + ((Number(number[at]) + step) % 10) + number.slice(at + 1);
        expect(parseRegistrationNumber(wrong).ok).toBe(false);
      }),
    );
  });
});

describe('tax numbers', () => {
  test.each([
    ['91630000710425337H', 'uscc', '710425337'],
    ['630102194906010015', 'citizen', null],
    ['630000710425337', 'organisation', '710425337'],
    ['632801226589014', 'organisation', '226589014'],
    ['630102MA752PX11', 'organisation', 'MA752PX11'],
    ['63020219900101001900', 'citizen', null],
    ['63212370081502000000', 'citizen-15', null],
    ['63212370081502000', 'citizen-15', null],
    ['630102000123456', 'opaque', null],
  ])('%s is %s', (number, form, organisationCode) => {
    expect(parseTaxNumber(number)).toEqual({ ok: true, number, form, organisationCode });
  });
  test.each([
    ['6301021949060100', 'length'],
    ['630102194906010016', 'check'],
    ['63010219490601001600', 'check'],
    ['630102?00123456', 'characters'],
    ['000000000000000', 'blocked'],
  ])('%s is refused: %s', (number, reason) => expect(reasonOf(parseTaxNumber(number))).toBe(reason));
});

test('no text makes any of them throw', () => {
  holds(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), lettersOf(ALPHABET, 18), lettersOf(ALPHABET, 15)),
      (raw) => {
        for (const parse of [parseUscc, parseOrganisationCode, parseRegistrationNumber, parseTaxNumber]) {
          expect(typeof parse(raw).ok).toBe('boolean');
        }
      },
    ),
  );
});
