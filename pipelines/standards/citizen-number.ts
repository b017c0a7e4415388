import { digitsIn, isoDate, isRealDate, todayInShanghai } from './gregorian.ts';
import { regionKnown } from './regions.ts';
import { foldCode, isConstant } from './text.ts';

/**
 * GB 11643-1999. `upgraded` = made from 15 digits (GB 11643-1989): its check character is always right and proves nothing.
 * Residence permits of Hong Kong, Macao and Taiwan (81, 82, 83) and permanent residence cards (9) share form and check.
 */
export interface CitizenNumber {
  readonly ok: true;
  readonly number: string;
  readonly upgraded: boolean;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  readonly sex: '1' | '2';
  /** First six digits. */
  readonly area: string;
  readonly kind: 'citizen' | 'residence-permit' | 'permanent-resident';
}

export interface NoCitizenNumber {
  readonly ok: false;
  readonly reason: 'length' | 'characters' | 'check' | 'date' | 'area' | 'sequence' | 'blocked' | 'century-review';
  /** The value without blanks, half-width, upper case; digits are never repaired. */
  readonly normalised: string;
  /** With reason `date`: the day exists, but nobody alive on the given day was born then. */
  readonly implausible?: true;
}

export interface CitizenNumberOptions {
  /** The day on which the holder lives, `YYYY-MM-DD`; today when absent. */
  readonly on?: string;
}

const CHECKS = '10X98765432';
const PERMIT_AREAS = new Set(['810000', '820000', '830000']);
const OLDEST = 125;

/** ISO 7064 MOD 11-2 over the first 17 digits. */
export function citizenCheck(body: string): string {
  let p = 0;
  for (let i = 0; i < 17; i++) p = ((p + body.charCodeAt(i) - 48) * 2) % 11;
  return CHECKS[p]!;
}

const refused = (reason: NoCitizenNumber['reason'], normalised: string): NoCitizenNumber => ({
  ok: false,
  reason,
  normalised,
});

function areaExists(number: string): boolean {
  const first = number.charCodeAt(0);
  if (first === 57) return true;
  const area = number.slice(0, 6);
  return first === 56 ? PERMIT_AREAS.has(area) : regionKnown(area);
}

/**
 * The first of: length, characters, blocked (constant), check, date, area, sequence. The area is looked for in all periods:
 * numbers are for life. 15 digits become 18, except sequences 996 to 999, whose century may be another.
 */
export function parseCitizenNumber(raw: string, options?: CitizenNumberOptions): CitizenNumber | NoCitizenNumber {
  const folded = foldCode(raw);
  if (folded.length !== 18 && folded.length !== 15) return refused('length', folded);
  const upgraded = folded.length === 15;
  const digits = upgraded ? 15 : 17;
  for (let i = 0; i < digits; i++) {
    const code = folded.charCodeAt(i);
    if (code < 48 || code > 57) return refused('characters', folded);
  }
  if (!upgraded) {
    const last = folded.charCodeAt(17);
    if (last !== 88 && (last < 48 || last > 57)) return refused('characters', folded);
  }
  if (isConstant(upgraded ? folded : folded.slice(0, 17))) return refused('blocked', folded);
  if (upgraded && folded.charCodeAt(12) === 57 && folded.charCodeAt(13) === 57 && folded.charCodeAt(14) >= 54) {
    return refused('century-review', folded);
  }
  let number = folded;
  if (upgraded) {
    const body = `${folded.slice(0, 6)}19${folded.slice(6)}`;
    number = body + citizenCheck(body);
  } else if (citizenCheck(folded) !== folded[17]) return refused('check', folded);

  const year = digitsIn(number, 6, 10);
  const month = digitsIn(number, 10, 12);
  const day = digitsIn(number, 12, 14);
  if (!isRealDate(year, month, day)) return refused('date', folded);
  const birthDate = isoDate(year, month, day);
  const on = options?.on ?? todayInShanghai();
  if (birthDate > on || digitsIn(on, 0, 4) - year > OLDEST) {
    return { ok: false, reason: 'date', normalised: folded, implausible: true };
  }
  if (!areaExists(number)) return refused('area', folded);
  if (number.startsWith('000', 14)) return refused('sequence', folded);
  const first = number.charCodeAt(0);
  return {
    ok: true,
    number,
    upgraded,
    birthDate,
    sex: number.charCodeAt(16) % 2 === 1 ? '1' : '2',
    area: number.slice(0, 6),
    kind: first === 57 ? 'permanent-resident' : first === 56 ? 'residence-permit' : 'citizen',
  };
}
