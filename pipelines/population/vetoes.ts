import { moreYearsApart } from '../calendar.ts';
import type { Veto } from '../pipeline.ts';
import type { Attributes, AttributeValue } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { isFillerDay } from '../standards/fillers.ts';
import { isMaskedName } from '../standards/name-cells.ts';
import { compareNames, type NameLikeness } from '../standards/names.ts';
import { isPlaceholderName } from './name-rules.ts';

const FULL_DATE = 10;

const nameOf = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' && value !== '' && !isPlaceholderName(value) ? value : null;

const birthOf = (attributes: Attributes): string | null => {
  const birth = attributes.birthDate;
  return typeof birth === 'string' && birth.length === FULL_DATE && !isFillerDay(birth) ? birth : null;
};

/** A former name speaks for its record as well as the present one; null when one side has no name. */
function likenessOf(a: Attributes, b: Attributes): readonly NameLikeness[] | null {
  const left = [nameOf(a.name), nameOf(a.formerName)].filter((name) => name !== null);
  const right = [nameOf(b.name), nameOf(b.formerName)].filter((name) => name !== null);
  if (left.length === 0 || right.length === 0) return null;
  return left.flatMap((one, i) => right.flatMap((other, j) => (i > 0 && j > 0 ? [] : [compareNames(one, other)])));
}

/** A wrong digit, also of the decade. */
function isOneDigit(a: string, b: string): boolean {
  let differing = 0;
  for (let i = 0; i < FULL_DATE; i++) if (a[i] !== b[i]) differing += 1;
  return differing === 1;
}

/** Who has another's number by mistake lives elsewhere. */
function shareHome(a: Attributes, b: Attributes): boolean {
  if (typeof a.phone === 'string' && a.phone === b.phone) return true;
  const homes = [b.householdAddress, b.residenceAddress].flatMap((one) =>
    typeof one === 'string' ? addressKey(one) : [],
  );
  return [a.householdAddress, a.residenceAddress].some(
    (one) => typeof one === 'string' && homes.includes(addressKey(one)),
  );
}

const isAgreement = (likeness: NameLikeness): boolean => likeness !== 'different' && likeness !== 'one-of-two';
const isShared = (a: Attributes, b: Attributes): boolean =>
  typeof a.citizenNumber === 'string' && a.citizenNumber === b.citizenNumber;

const isMasked = ({ name }: Attributes): boolean => typeof name === 'string' && isMaskedName(name);

/**
 * null when one side has no name, or one that is masked and does not contradict: what is left of it may be anybody's. Of two
 * characters one in common is asked about; under one number it is another person, unless they share a home.
 */
function namesAgree(a: Attributes, b: Attributes): boolean | null {
  const found = likenessOf(a, b);
  if (found === null) return null;
  const doAgree = found.some(isAgreement) || (found.includes('one-of-two') && (!isShared(a, b) || shareHome(a, b)));
  return doAgree && (isMasked(a) || isMasked(b)) ? null : doAgree;
}

/** Cheap: asked for every candidate pair. All of them suppose that the two records share a number. */
export const populationVetoes: readonly Veto[] = [
  {
    id: 'names-contradict',
    zh: '两个姓名互不相关（P21）',
    title: 'the two names are no variants of each other (P21)',
    applies: (a, b) => a.name !== b.name && namesAgree(a, b) === false,
  },
  {
    id: 'upgraded-number-alone',
    zh: '由15位升位的号码不能单独作证，姓名或出生日期须一致',
    title: 'a number upgraded from 15 digits proves nothing alone: name or birth date must agree',
    applies: (a, b) => {
      if (a.citizenNumberUpgraded !== true && b.citizenNumberUpgraded !== true) return false;
      if (namesAgree(a, b) === true) return false;
      const birth = birthOf(a);
      return birth === null || birth !== birthOf(b);
    },
  },
  {
    id: 'births-apart',
    zh: '出生日期相差两年以上，且不止一个数字不同',
    title: 'birth dates more than two years apart, in more than one digit',
    applies: (a, b) => {
      const left = birthOf(a);
      const right = birthOf(b);
      return (
        left !== null && right !== null && left !== right && moreYearsApart(left, right, 2) && !isOneDigit(left, right)
      );
    },
  },
];
