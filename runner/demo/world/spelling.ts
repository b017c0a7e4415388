import { DAYS, dayOf, LAST_DAY } from './calendar.ts';
import { breakCheck } from './check-digits.ts';
import { mistyped, PLACEHOLDER_NAMES, respelled, SEPARATOR, SEPARATOR_VARIANTS } from './names.ts';
import type { Person } from './person.ts';
import type { Dice, FaultKind } from './sample-system.ts';

/** A sound number as a clerk or a spreadsheet left it: still the same number for whoever normalises it. */
export function disfigured(number: string, draw: number): string {
  switch (draw % 5) {
    case 0:
      return number.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
    case 1:
      return `${number.slice(0, 6)} ${number.slice(6, 14)} ${number.slice(14)}`;
    case 2:
      return `'${number}`;
    case 3:
      return ` ${number}\t`;
    default:
      return number.endsWith('X') ? number.toLowerCase() : `${number}\u00a0`;
  }
}

/** Another real day, near enough to be a slip: digits of the year or of the day. */
export function otherDay(date: string, draw: number): string {
  const day = dayOf(date);
  const step = [1, -1, 9, -9, 365, -365, 3652, -3652][draw % 8]!;
  return DAYS[Math.min(LAST_DAY, Math.max(0, day + step))] === date
    ? DAYS[1]!
    : DAYS[Math.min(LAST_DAY, Math.max(0, day + step))]!;
}

/** Eight digits that are no day. */
export const impossibleDay = (date: string, draw: number): string =>
  `${date.slice(0, 4)}${['0230', '0231', '1301', '0431', '0015', '0932'][draw % 6]!}`;

export interface WrittenName {
  readonly name: string;
  readonly faults: readonly FaultKind[];
}

export interface NameHabits {
  /** Of a million names that have a separator, so many are written with another one. */
  readonly separator: number;
  /** Of a million names that can be heard differently. */
  readonly syllable: number;
}

/** The name of a person as a system has it. Uses salts 20 to 29. */
export function writtenName(
  person: Person,
  fault: FaultKind | null,
  habits: NameHabits,
  d: Dice,
  seed: number,
): WrittenName {
  if (fault === 'placeholder-name') {
    return { name: PLACEHOLDER_NAMES[d.below(20, PLACEHOLDER_NAMES.length)]!, faults: [] };
  }
  const faults: FaultKind[] = [];
  let { name } = person;
  if (fault === 'name-typo') name = mistyped(name, seed ^ d.below(21, 1_000_000), person.index);
  else if (d.happens(22, habits.syllable)) {
    const heard = respelled(name);
    if (heard !== null) {
      name = heard;
      faults.push('syllable-variant');
    }
  }
  if (name.includes(SEPARATOR) && d.happens(23, habits.separator)) {
    name = name.replace(SEPARATOR, SEPARATOR_VARIANTS[d.below(24, SEPARATOR_VARIANTS.length)]!);
    faults.push('separator-variant');
  }
  return { name, faults };
}

/** The number with the fault, if the fault is about numbers. */
export const brokenIf = (number: string, wanted: boolean): string => (wanted ? breakCheck(number) : number);
