import { pinyin } from 'pinyin-pro';
import { editDistance } from '../nearest.ts';
import { CHARACTERS, SYLLABLES } from './name-variants.ts';
import { cleanText, foldWidth } from './text.ts';

/** The separator of minority names that 民委发〔2016〕33号 prescribes; in GB18030 A1A4. */
const SEPARATOR = '\u00b7';

/** What stands in its place in department systems. NFKC would change only some of them. */
const SEPARATORS = new Set([
  '\u00b7', // middle dot itself
  '\u2022', // bullet
  '\u2027', // hyphenation point
  '\u2219', // bullet operator
  '\u22c5', // dot operator
  '\u30fb', // katakana middle dot
  '\uff65', // its half-width form
  '\uff0e', // full-width full stop
  '.',
  '\ufe52', // small full stop
  '\u3002', // ideographic full stop
  '\u25cf', // black circle
  '-',
  '\u2010',
  '\u2013',
  '\u2014',
  '\uff0d',
]);
const SPACES = new Set([' ', '\u00a0', '\u3000', '\t', '\u2002', '\u2003']);

const isLatin = (sign: string): boolean => /^[A-Za-z\u00c0-\u024f]$/.test(sign);

const isPlainHan = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x4e00 || code > 0x9fff) return false;
  }
  return true;
};

export interface CleanName {
  readonly name: string;
  /** Another sign than U+00B7 stood between the parts (rule P18). */
  readonly changedSeparator: boolean;
}

/** Up to this many characters a blank is padding of a short name (`张　三`), beyond it stands for a separator. */
const PADDED = 3;

function clean(raw: string): CleanName {
  const signs = [...raw];
  const letters = signs.filter((sign) => !SPACES.has(sign) && !SEPARATORS.has(sign)).length;
  let name = '';
  let last = ''; // Not read from the end of `name`: each look flattens what was joined, which is quadratic.
  let changedSeparator = false;
  let between = '';
  let hasBlank = false;
  for (const sign of signs) {
    if (SPACES.has(sign)) {
      hasBlank = true;
      continue;
    }
    if (SEPARATORS.has(sign)) {
      between += sign;
      continue;
    }
    if (name !== '' && (between !== '' || hasBlank)) {
      const latin = isLatin(sign) || isLatin(last);
      if (latin) name += between === SEPARATOR || between === '' ? between || ' ' : `${between}${hasBlank ? ' ' : ''}`;
      else if (between !== '' || letters > PADDED) {
        name += SEPARATOR;
        if (between !== SEPARATOR || hasBlank) changedSeparator = true;
      }
    }
    between = '';
    hasBlank = false;
    name += sign;
    last = sign;
  }
  return { name, changedSeparator };
}

/**
 * A person's name as it is stored: separators of any kind between the parts become U+00B7, padding goes, characters stay.
 * Names in Latin letters keep their blanks, full stops and hyphens.
 */
export function cleanPersonName(raw: string): CleanName {
  if (isPlainHan(raw)) return { name: raw, changedSeparator: false };
  return clean(cleanText(raw));
}

const variants = new Map<string, string>();
{
  const signs = [...CHARACTERS];
  for (let i = 0; i + 1 < signs.length; i += 2) variants.set(signs[i]!, signs[i + 1]!);
}

function commonForms(text: string): string {
  let out = '';
  for (const sign of text) out += variants.get(sign) ?? sign;
  return out;
}

/** What two spellings of one name have in common: no separators, no blanks, common forms of characters, capitals. */
export function nameKey(name: string): string {
  const text = isPlainHan(name) ? name : foldWidth(cleanText(name)).toUpperCase();
  let out = '';
  for (const sign of text) if (!SEPARATORS.has(sign) && !SPACES.has(sign)) out += variants.get(sign) ?? sign;
  return out;
}

const syllables = SYLLABLES.flatMap((row) => {
  const [canonical, ...spellings] = row.split(' ') as [string, ...string[]];
  return spellings.map((spelling) => [spelling, canonical] as const);
});

/** The name key with each known syllable sequence in its first spelling. */
export function syllableKey(key: string): string {
  let text = key;
  for (const [spelling, canonical] of syllables)
    if (text.includes(spelling)) text = text.replaceAll(spelling, canonical);
  return text;
}

const readings = new Map<string, readonly string[]>();

function readingsOf(sign: string): readonly string[] {
  let known = readings.get(sign);
  if (known === undefined) {
    known = pinyin(sign, { toneType: 'none', type: 'array', multiple: true });
    readings.set(sign, known);
  }
  return known;
}

/** Whether the names may be read alike, tones apart: at each place the same character or a common reading. */
export function soundAlike(a: string, b: string): boolean {
  const left = [...a];
  const right = [...b];
  if (left.length !== right.length) return false;
  return left.every((sign, at) => {
    const other = right[at]!;
    return sign === other || readingsOf(sign).some((reading) => readingsOf(other).includes(reading));
  });
}

/** How two spellings of names of people compare, best first. */
export type NameLikeness =
  | 'same'
  | 'variant'
  | 'sound'
  | 'order'
  | 'married'
  | 'unreadable'
  | 'one-off'
  | 'surname'
  | 'one-of-two'
  | 'different';

/** A sign that stands for a character which a system could not write. */
const UNREADABLE = /[?\u25a1\u25a0\u3013*\u25cb\u3007\u56d7\ufffd\u2573\u00d7\p{Co}]/u;
const LATIN_RUN = /[A-Z]+/g;
/** With fewer characters that can be read and agree, nothing is said. */
const FEWEST_READ = 2;

/** Characters, and in the place of one that is missing `?` or its reading in Latin letters; null where all can be read. */
function partsRead(key: string): readonly string[] | null {
  if (isPlainHan(key) || !/\p{Script=Han}/u.test(key)) return null;
  const parts: string[] = [];
  for (const part of key.replace(LATIN_RUN, (run) => ` ${run} `).split(' ')) {
    if (/^[A-Z]+$/.test(part)) parts.push(part.toLowerCase());
    else for (const sign of part) parts.push(UNREADABLE.test(sign) ? '?' : sign);
  }
  return parts.some((part) => part === '?' || /^[a-z]/.test(part)) ? parts : null;
}

/**
 * How many characters agree where they can be read, one unreadable place standing for one character; null where no place is
 * unreadable or some disagree.
 */
function agreedWhereRead(a: string, b: string): number | null {
  const damaged = partsRead(a) ?? partsRead(b);
  if (damaged === null) return null;
  const left = partsRead(a) ?? [...a];
  const right = partsRead(b) ?? [...b];
  if (left.length !== right.length) return null;
  let read = 0;
  for (const [at, sign] of left.entries()) {
    const other = right[at] as string;
    if (sign === '?' || other === '?') continue;
    if (sign !== other && !isReadingOf(sign, other) && !isReadingOf(other, sign)) return null;
    read += 1;
  }
  return read;
}

/** 陈冯富珍 and 冯富珍: the surname of the husband before the own one. */
const bearsHusband = (short: string, long: string): boolean =>
  long.endsWith(short) && short.length >= FEWEST_READ && [...long].length === [...short].length + 1;

/** 杨张氏 and 张氏 for 张桂花: of the own name only the surname is said. */
const SURNAME_ALONE = /^.?(.)氏$/u;
const saysSurname = (a: string, b: string): boolean => {
  if (!a.endsWith('氏')) return false;
  const own = SURNAME_ALONE.exec(a)?.[1];
  return own !== undefined && [...b][0] === own;
};

/** Whether the first is the second without one character: what no system could write is often left out. */
function lacksOne(a: string, b: string): boolean {
  if (a.length >= b.length) return false;
  const [short, long] = [[...a], [...b]];
  if (short.length !== long.length - 1 || short.length < FEWEST_READ) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  return short.slice(at).join('') === long.slice(at + 1).join('');
}

const isReadingOf = (reading: string, sign: string): boolean =>
  /^[a-z]+$/.test(reading) && sign.length <= 2 && readingsOf(sign).includes(reading);

/** 马军曌 and 军曌马, 先巴·尕藏 and 尕藏·先巴, BIN AHMAD YUSUF and YUSUF BIN AHMAD; 才让纹德 and 文德才让 too. */
function isReordered(a: string, b: string, x: string, y: string): boolean {
  if (x.length !== y.length || x === y) return false;
  if (`${x}${x}`.includes(y)) return true;
  if (x.length <= LONGEST_TURNED && sharesAllButOne(x, y) && rotations(x).some((turned) => soundAlike(turned, y)))
    return true;
  const parts = (name: string): readonly string[] =>
    foldWidth(cleanText(name))
      .toUpperCase()
      .split(/[\s\u00b7,]+/u)
      .map((part) => syllableKey(nameKey(part)))
      .filter((part) => part !== '')
      .sort();
  const [left, right] = [parts(a), parts(b)];
  return left.length > 1 && left.join(' ') === right.join(' ');
}

const LONGEST_TURNED = 12;

const rotations = (text: string): readonly string[] => {
  const signs = [...text];
  return signs.map((_, at) => [...signs.slice(at), ...signs.slice(0, at)].join(''));
};

function sharesAllButOne(x: string, y: string): boolean {
  const left = [...x];
  for (const sign of y) {
    const at = left.indexOf(sign);
    if (at >= 0) left.splice(at, 1);
  }
  return left.length === 1 && [...x].length > FEWEST_READ;
}

/**
 * How two names compare. One edit counts only where enough of the name is left to carry it: of two characters with a common
 * surname one edit is another name.
 * @param a a name; so is `b`.
 */
export function compareNames(a: string, b: string): NameLikeness {
  if (a === b) return 'same';
  const left = nameKey(a);
  const right = nameKey(b);
  if (left === '' || right === '') return 'different';
  return compareNameKeys(
    { name: a, key: left, syllables: syllableKey(left) },
    { name: b, key: right, syllables: syllableKey(right) },
  );
}

export interface NameForms {
  readonly name: string;
  /** `nameKey` of it. */
  readonly key: string;
  /** `syllableKey` of that. */
  readonly syllables: string;
}

/** As `compareNames`, for names whose forms are at hand. */
export function compareNameKeys(a: NameForms, b: NameForms): NameLikeness {
  if (a.name === b.name) return 'same';
  const [x, y] = [a.syllables, b.syllables];
  if (a.key === b.key || x === y) return 'variant';
  if (soundAlike(x, y)) return 'sound';
  if (isReordered(a.name, b.name, x, y)) return 'order';
  if (bearsHusband(x, y) || bearsHusband(y, x)) return 'married';
  const read = agreedWhereRead(a.key, b.key);
  if ((read ?? 0) >= FEWEST_READ || lacksOne(x, y) || lacksOne(y, x)) return 'unreadable';
  if (read === 1 || saysSurname(x, y) || saysSurname(y, x)) return 'surname';
  // A wrong character may end or make a syllable that is spelt in several ways.
  if (!isOneEdit(x, y) && !isOneEdit(a.key, b.key)) return 'different';
  return Math.min([...x].length, [...y].length) > 2 ? 'one-off' : 'one-of-two';
}

// Ideographs beyond the basic plane count two units, so the lengths only bound the distance from below by half.
const isOneEdit = (a: string, b: string): boolean => Math.abs(a.length - b.length) <= 2 && editDistance(a, b) <= 1;

/** Whether two spellings may be one person's name. */
export function namesCompatible(a: string, b: string): boolean {
  const likeness = compareNames(a, b);
  return likeness !== 'different' && likeness !== 'one-of-two';
}

/** What names have in common whatever the order of their parts. */
export const unorderedKey = (syllables: string): string => [...syllables].sort().join('');

/** Pinyin without tones, syllables joined by blanks; for search. */
export const nameSound = (name: string): string => pinyin(nameKey(name), { toneType: 'none', surname: 'head' });

const BRACKETS: Readonly<Record<string, string>> = {
  '(': '（',
  ')': '）',
  '﹙': '（',
  '﹚': '）',
  '❨': '（',
  '❩': '）',
};

/** The name of an entity as it is stored: full-width brackets, no blanks at the ends, none beside Chinese characters. */
export function canonicalEntityName(raw: string): string {
  const text = cleanText(raw);
  if (isPlainHan(text)) return text;
  let out = '';
  let last = ''; // As above.
  let blank = false;
  for (const sign of text) {
    if (SPACES.has(sign)) {
      blank = true;
      continue;
    }
    const known = BRACKETS[sign] ?? sign;
    if (blank && isAscii(known) && isAscii(last)) out += ' ';
    blank = false;
    out += known;
    last = known;
  }
  return out;
}

const isAscii = (sign: string): boolean => sign !== '' && sign <= '~';

const IGNORED = /[\s（）()〔〕【】[\]《》“”"'‘’·.,，、。\-—_]/gu;

/** What two spellings of an entity's name have in common: the province before it, brackets and 责任 fall away. */
export function entityNameKey(name: string): string {
  const text = commonForms(foldWidth(cleanText(name)))
    .toUpperCase()
    .replace(IGNORED, '');
  const local = text.startsWith('青海省') ? text.slice(3) : text.startsWith('青海') ? text.slice(2) : text;
  const key = local.length >= 4 ? local : text;
  return key.replace('有限责任公司', '有限公司');
}

const FORM =
  /(?:股份有限公司|有限责任公司|有限公司|股份公司|集团公司|公司|农民专业合作社联合社|农民专业合作社|专业合作社|合作社|基金会|协会|学会|商会)$/u;
const PLACE = /^(?:中国|青海省?|[\u4e00-\u9fff]{2,4}?(?:市|自治州|州|自治县|县|区))/u;

/** The trade name with its line of business: the key without places before it and the legal form after it. */
export function entityCoreName(name: string): string {
  let core = entityNameKey(name).replace(FORM, '');
  for (let i = 0; i < 3; i++) {
    const rest = core.replace(PLACE, '');
    if (rest.length < 2 || rest === core) break;
    core = rest;
  }
  return core;
}
