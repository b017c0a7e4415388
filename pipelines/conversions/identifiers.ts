import type { RawValue } from '../../schemas/stream.ts';
import type { Attributes, Issue } from '../record.ts';
import { type CitizenNumber, type NoCitizenNumber, parseCitizenNumber } from '../standards/citizen-number.ts';
import { digitsIn } from '../standards/gregorian.ts';
import { parseOrganisationCode } from '../standards/organisation-code.ts';
import { regionKnown, regionKnownBetween } from '../standards/regions.ts';
import { parseRegistrationNumber } from '../standards/registration-number.ts';
import { parseTaxNumber } from '../standards/tax-number.ts';
import { isKnownNonconforming, type NoUscc, parseUscc } from '../standards/uscc.ts';
import type { ConversionInput, ConversionSpec, Convert, Converted } from './contract.ts';
import { asWritten, firstOf, flawed, NOTHING, ofValue, plainConversion, sound, undecodable } from './reading.ts';

/** Doubles hold these digits exactly; longer numbers from a numeric cell have already lost their end. */
const EXACT_DIGITS = 15;
/** `6.30102E+17`: what a spreadsheet writes into a text file when it has taken an identity number for a number. */
const SCIENTIFIC = /^\d(?:\.\d+)?[eE]\+?\d{2}$/;

const CITIZEN_FAULTS: Readonly<Record<NoCitizenNumber['reason'], readonly [rule: string, message: string]>> = {
  length: ['P01', 'not 18 or 15 characters long'],
  characters: ['P01', 'other characters than digits and a last X'],
  check: ['P02', 'the check character does not hold'],
  date: ['P03', 'digits 7 to 14 are no day of the calendar'],
  area: ['P05', 'the area code was never allocated'],
  sequence: ['P09', 'sequence 000, as in numbers that a spreadsheet has rounded'],
  blocked: ['P10', 'a filler, not a number'],
  'century-review': ['P08', '15 digits with sequence 996 to 999: the century needs a person'],
};

function citizenFault(parsed: NoCitizenNumber, input: ConversionInput): Converted {
  if (parsed.implausible === true) {
    return flawed(
      parsed.normalised,
      input,
      'P04',
      'E',
      'born after the day of the record, or more than 125 years before',
    );
  }
  const [rule, message] = CITIZEN_FAULTS[parsed.reason];
  return flawed(parsed.normalised, input, rule, rule === 'P08' ? 'W' : 'E', message);
}

function remarks(number: CitizenNumber, input: ConversionInput): readonly Issue[] {
  if (number.kind !== 'citizen') {
    const message =
      number.kind === 'permanent-resident'
        ? 'a permanent residence card'
        : 'a residence permit of Hong Kong, Macao or Taiwan';
    return [{ rule: 'P07', severity: 'I', attribute: input.attribute, message }];
  }
  const year = digitsIn(number.birthDate, 0, 4);
  // Issued with the registration of birth, so within the year of birth or the next.
  if (year < 2000 || regionKnownBetween(number.area, year, year + 1)) return NOTHING.issues;
  const message = `area ${number.area} was not in force when the number was issued`;
  return [{ rule: 'P06', severity: 'W', attribute: input.attribute, message }];
}

function citizenNumber(): Convert {
  let named = '';
  let fresh: Attributes = {};
  let upgraded: Attributes = {};
  const options = { on: '' };
  return (values: readonly RawValue[], input: ConversionInput): Converted => {
    const raw = firstOf(values);
    if (raw === null) return NOTHING;
    const text = asWritten(raw);
    if (text === null) return undecodable(input);
    if (typeof raw === 'number' && (text.length > EXACT_DIGITS || !Number.isSafeInteger(raw))) {
      return flawed(text, input, 'P09', 'F', 'came from a numeric cell, which cannot hold 18 digits');
    }
    if (SCIENTIFIC.test(text)) {
      return flawed(text, input, 'P09', 'F', 'was written by a spreadsheet as a rounded number');
    }
    options.on = input.at ?? input.today;
    const parsed = parseCitizenNumber(text, options);
    if (!parsed.ok) return parsed.normalised === '' ? NOTHING : citizenFault(parsed, input);
    if (named !== input.attribute) {
      named = input.attribute;
      fresh = Object.freeze({ [`${named}Upgraded`]: false });
      upgraded = Object.freeze({ [`${named}Upgraded`]: true });
    }
    return { value: parsed.number, issues: remarks(parsed, input), extra: parsed.upgraded ? upgraded : fresh };
  };
}

const USCC_FAULTS: Readonly<Record<NoUscc['reason'], readonly [rule: string, message: string]>> = {
  length: ['L01', 'not 18 characters long'],
  characters: ['L01', 'a character outside the alphabet of 31'],
  check: ['L02', 'the check character does not hold'],
  department: ['L03', 'no such pair of department and class'],
  region: ['L04', 'the region code was never allocated'],
  'organisation-code': ['L05', 'characters 9 to 17 are no organisation code'],
  blocked: ['L12', 'a filler, not a code'],
};
/** Before it no credit codes were issued; older entities got theirs with the regions of then or later. */
const CREDIT_CODES_SINCE = '2015-10-01';

function uscc(text: string, input: ConversionInput): Converted {
  const parsed = parseUscc(text);
  if (!parsed.ok) {
    const [rule, message] = USCC_FAULTS[parsed.reason];
    if (parsed.reason === 'check' && isKnownNonconforming(parsed.normalised)) {
      return flawed(parsed.normalised, input, rule, 'W', 'a genuine code whose check character is known not to hold');
    }
    const more = parsed.overridable === true ? '; all else holds, so a person may confirm it' : '';
    return flawed(parsed.normalised, input, rule, 'E', message + more);
  }
  const extra = { entityClass: parsed.entityClass };
  const since = input.at ?? null;
  if (since !== null && parsed.region.startsWith('63')) {
    const issued = since < CREDIT_CODES_SINCE ? CREDIT_CODES_SINCE : since;
    if (!regionKnown(parsed.region, issued)) {
      const message = `region ${parsed.region} was not in force on ${issued}`;
      return { ...flawed(parsed.code, input, 'L04', 'W', message), extra };
    }
  }
  return { value: parsed.code, issues: NOTHING.issues, extra };
}

const GS15_SINCE = '2007-07-01';

function registrationNumber(text: string, input: ConversionInput): Converted {
  const parsed = parseRegistrationNumber(text);
  if (!parsed.ok) {
    if (parsed.reason === 'blocked') return flawed(parsed.normalised, input, 'L12', 'E', 'a filler, not a number');
    const message = {
      length: 'not 15 digits long',
      characters: 'other characters than digits',
      check: 'the check digit does not hold',
    }[parsed.reason];
    return flawed(parsed.normalised, input, 'L08', 'E', message);
  }
  if (!parsed.legacy13) return sound(parsed.number);
  const closed = input.at ?? null;
  if (closed !== null && closed < GS15_SINCE) return sound(parsed.number);
  const severity = closed === null ? 'W' : 'E';
  return flawed(
    parsed.number,
    input,
    'L08',
    severity,
    '13 digits, which only entities closed before July 2007 still bear',
  );
}

function organisationCode(text: string, input: ConversionInput): Converted {
  const parsed = parseOrganisationCode(text);
  if (parsed.ok) {
    return parsed.internal
      ? flawed(parsed.code, input, 'L07', 'E', 'PDY codes are for use inside one system')
      : sound(parsed.code);
  }
  if (parsed.reason === 'blocked') return flawed(parsed.normalised, input, 'L12', 'E', 'a filler, not a code');
  const message = {
    length: 'not 9 characters long',
    characters: 'other characters than digits and letters',
    check: 'the check character does not hold',
  }[parsed.reason];
  return flawed(parsed.normalised, input, 'L07', 'E', message);
}

function taxNumber(text: string, input: ConversionInput): Converted {
  const parsed = parseTaxNumber(text);
  if (parsed.ok) return sound(parsed.number);
  if (parsed.reason === 'blocked') return flawed(parsed.normalised, input, 'L12', 'E', 'a filler, not a number');
  const message = {
    length: 'not 15, 17, 18 or 20 characters long',
    characters: 'other characters than digits and letters',
    check: 'neither a credit code nor a citizen number is in it',
  }[parsed.reason];
  return flawed(parsed.normalised, input, 'L11', 'E', message);
}

export const identifierConversions: readonly ConversionSpec[] = [
  plainConversion(
    'citizen-number',
    '公民身份号码: 15 digits become 18; `at` names the day on which the holder lived',
    citizenNumber,
  ),
  plainConversion('uscc', '统一社会信用代码; also tells entityClass. `at` names the day of establishment', () =>
    ofValue(uscc),
  ),
  plainConversion('organisation-code', '组织机构代码, without hyphen', () => ofValue(organisationCode)),
  plainConversion('registration-number', '注册号; `at` names the day of deregistration, for 13 digits', () =>
    ofValue(registrationNumber),
  ),
  plainConversion('tax-number', '纳税人识别号', () => ofValue(taxNumber)),
];
