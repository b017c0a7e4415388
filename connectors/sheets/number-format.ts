import { type Cell, plainNumber, serialDate } from './cells.ts';

/**
 * What a number format of Excel does to the meaning of a number: a day, a time, a factor, a unit. Layout (digits after the
 * point, colours, groups of three) is left alone: the number travels with all its digits.
 */
export interface NumberFormat {
  readonly sections: readonly Section[];
}

interface Section {
  /** `[>=10000]`; null: by place. */
  readonly condition: ((value: number) => boolean) | null;
  readonly kind: 'number' | 'day' | 'time' | 'elapsed' | 'literal';
  /** Power of ten between the number stored and the number shown. */
  readonly shift: number;
  /** A unit that the format writes behind the number: `%`, `万元`. */
  readonly unit: string;
  /** What stands there instead of a number. */
  readonly literal: string;
}

/** Formats that files name by number alone (ECMA-376 part 1, 18.8.30, with those of Chinese Excel), where they are more than layout. */
export const BUILT_IN: Readonly<Record<number, string>> = {
  ...{ 9: '0%', 10: '0.00%' },
  ...{ 14: 'yyyy/m/d', 15: 'd-mmm-yy', 16: 'd-mmm', 17: 'mmm-yy', 22: 'yyyy/m/d h:mm' },
  ...{ 18: 'h:mm AM/PM', 19: 'h:mm:ss AM/PM', 20: 'h:mm', 21: 'h:mm:ss', 45: 'mm:ss', 46: '[h]:mm:ss', 47: 'mm:ss.0' },
  ...{ 27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: 'm-d-yy', 31: 'yyyy"年"m"月"d"日"' },
  ...{ 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"' },
  ...{
    36: 'yyyy"年"m"月"',
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
  },
  ...{ 55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"' },
};

const PLAIN: NumberFormat = { sections: [] };

/** @param code as the workbook has it; undefined for a format that it names by number alone. */
export function numberFormat(id: number, code: string | undefined): NumberFormat {
  const written = code ?? BUILT_IN[id];
  if (written === undefined || /^\s*(General|G\/通用格式|@)?\s*$/i.test(written)) return PLAIN;
  return { sections: splitSections(written).map(sectionOf) };
}

/** The cell as its format shows it. @param stored text of a double */
export function asShown(stored: string, { sections }: NumberFormat, is1904: boolean): Cell {
  const value = Number(stored);
  const section = sections.length === 0 || !Number.isFinite(value) ? undefined : choose(sections, value);
  switch (section?.kind) {
    case 'day':
    case 'time':
    case 'elapsed': {
      const text = section.kind === 'day' ? serialDate(value, is1904) : timeOf(value, section.kind, is1904);
      return text === null ? { kind: 'number', text: stored } : { kind: 'date', text };
    }
    case 'literal':
      return { kind: 'text', text: section.literal };
    case 'number':
      return section.shift === 0 && section.unit === ''
        ? { kind: 'number', text: stored }
        : { kind: 'text', text: shifted(plainNumber(stored), section.shift) + section.unit };
    default:
      return { kind: 'number', text: stored };
  }
}

function choose(sections: readonly Section[], value: number): Section | undefined {
  const stated = sections.some(({ condition }) => condition !== null);
  if (stated) return sections.find(({ condition }, at) => (condition ?? elsewhere(sections, at))(value));
  // positive; negative; zero; text
  if (value < 0 && sections.length > 1) return sections[1];
  if (value === 0 && sections.length > 2) return sections[2];
  return sections[0];
}

/** A section without a condition beside one that has it takes the rest; a fourth one is for texts. */
const elsewhere =
  (sections: readonly Section[], at: number): ((value: number) => boolean) =>
  (value) =>
    at < 3 && !sections.slice(at + 1).some(({ condition }) => condition?.(value) === true);

/** Semicolons outside of quotes, brackets and escapes. */
function splitSections(code: string): readonly string[] {
  const sections = [''];
  for (const token of code.match(TOKEN) ?? [])
    if (token === ';') sections.push('');
    else sections[sections.length - 1] += token;
  return sections;
}

/** A quoted text, a bracket, an escaped character, a filler or a width (`_x`, `*x`), or one character. */
const TOKEN = /"[^"]*"|\[[^\]]*\]|[\\!].|[_*].|./gsu;
const CONDITION = /^\[\s*(<=|>=|<>|<|>|=)\s*(-?[\d.]+)\s*\]$/;
const ELAPSED = /^\[(h+|m+|s+)\]$/i;
/** Units in which a number means another one: scales and shares. `0"人"` is layout. */
const UNIT = /^[十百千万亿]+\s*[\p{L}]{0,4}$|^[%‰]$/u;

function sectionOf(code: string): Section {
  let condition: Section['condition'] = null;
  let isElapsed = false;
  let literal = '';
  let bare = '';
  let dots = 0;
  for (const token of code.match(TOKEN) ?? []) {
    const compared = CONDITION.exec(token);
    if (compared !== null) condition = comparison(compared[1] as string, Number(compared[2]));
    else if (ELAPSED.test(token)) isElapsed = true;
    else if (token.startsWith('"')) literal += token.slice(1, -1);
    else if (/^[\\!]/.test(token)) {
      // A point written as a text between digits: how 万 is shown by 0!.0, and #!.0000
      if (token.endsWith('.') && /[0#?]$/.test(bare)) {
        dots += 1;
        bare += '\uf000';
      } else literal += token.slice(1);
    } else if (!/^[[_*]/.test(token)) bare += token;
  }
  const section = { condition, shift: 0, unit: '', literal: '' };
  if (isElapsed) return { ...section, kind: 'elapsed' };
  const dated = datePart(bare);
  if (dated !== null) return { ...section, kind: dated };
  // A format may be empty, and hides the number: it is there all the same.
  if (!/[0#?@]|General/i.test(bare))
    return literal.trim() === '' && bare.trim() === ''
      ? { ...section, kind: 'number' }
      : { ...section, kind: 'literal', literal: (literal + bare).trim() };
  const thousands = /[0#?]\uf000?[0#?]*(,+)(?![0#?,])/.exec(bare)?.[1]?.length ?? 0;
  const hidden = dots === 0 ? 0 : (/\uf000([0#?]*)/.exec(bare)?.[1]?.length ?? 0);
  const percents = bare.split('%').length - 1;
  const written = `${percents > 0 ? '%'.repeat(percents) : ''}${literal.trim() || hanzi(bare)}`;
  return {
    ...section,
    kind: 'number',
    shift: 2 * percents - 3 * thousands - hidden,
    unit: UNIT.test(written) ? written : '',
  };
}

/** Units may stand without quotes. */
const hanzi = (bare: string): string => /[\p{Script=Han}‰]+/u.exec(bare)?.[0] ?? '';

/** Letters of days and times; an exponent (`0.00E+00`) is none, and a fraction of seconds is no number. */
function datePart(bare: string): 'day' | 'time' | null {
  const letters = bare
    .replace(/General/gi, '0')
    .replace(/[AP]M?\/[AP]M?|上午\/下午/gi, 'h')
    .replace(/s\.0+/gi, 's');
  if (/[0#?]/.test(letters)) return null;
  if (/[yde]/i.test(letters)) return 'day';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'day' : null;
}

const comparison = (operator: string, limit: number): ((value: number) => boolean) => {
  switch (operator) {
    case '<':
      return (value) => value < limit;
    case '<=':
      return (value) => value <= limit;
    case '>':
      return (value) => value > limit;
    case '>=':
      return (value) => value >= limit;
    case '<>':
      return (value) => value !== limit;
    default:
      return (value) => value === limit;
  }
};

/** Moves the decimal point of a plain number, exactly. */
function shifted(plain: string, places: number): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(plain) ?? [];
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const left = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const right = padded.slice(at).replace(/0+$/, '');
  return `${sign}${left}${right === '' ? '' : `.${right}`}`;
}

const DAY_SECONDS = 86_400;

/** `08:30:00` within a day, a moment beyond it; `36:00:00` for time that has passed. null for what is no time. */
function timeOf(serial: number, kind: 'time' | 'elapsed', is1904: boolean): string | null {
  if (serial < 0) return null;
  if (kind === 'time' && serial >= 1) return serialDate(serial, is1904);
  const seconds = Math.round(serial * DAY_SECONDS);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
