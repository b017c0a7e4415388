import { moreYearsApart } from '../calendar.ts';
import type { Veto } from '../pipeline.ts';
import type { Attributes, AttributeValue } from '../record.ts';
import { namesCompatible } from '../standards/names.ts';
import { isPlaceholderName } from './name-rules.ts';

const FULL_DATE = 10;
/** Dates that systems fill in when they know none: no evidence either way. */
const FILLER_DATES = new Set(['1900-01-01', '1949-10-01']);

const nameOf = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' && value !== '' && !isPlaceholderName(value) ? value : null;

const birthOf = (attributes: Attributes): string | null => {
  const birth = attributes.birthDate;
  return typeof birth === 'string' && birth.length === FULL_DATE && !FILLER_DATES.has(birth) ? birth : null;
};

const related = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && (a === b || namesCompatible(a, b));

/** null when one side has no name. A former name speaks for its record as well as the present one. */
function namesAgree(a: Attributes, b: Attributes): boolean | null {
  const left = nameOf(a.name);
  const right = nameOf(b.name);
  if (left === null || right === null) return null;
  return related(left, right) || related(left, nameOf(b.formerName)) || related(nameOf(a.formerName), right);
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
    zh: '出生日期相差两年以上',
    title: 'birth dates more than two years apart',
    applies: (a, b) => {
      const left = birthOf(a);
      const right = birthOf(b);
      return left !== null && right !== null && left !== right && moreYearsApart(left, right, 2);
    },
  },
];
