import { CARVED, GATHERING, PROVINCES, QINGHAI, STATISTICAL } from './regions-data.ts';
import { OUTSIDE } from './regions-outside.ts';

type RegionLevel = 'province' | 'prefecture' | 'county';
/** What happened to a code, or `same` when it is in force, `outside` when it lies in another province. */
type RegionKind = 'same' | 'rename' | 'recode' | 'reparent' | 'split' | 'merge' | 'outside';

export interface Resolution {
  readonly code: string;
  /** Stays when a place gets another code or name: 632124, 630122 and 630106 (湟中) share one. */
  readonly uid: string;
  /** The name under this code on the given day, otherwise the last one. */
  readonly name: string;
  /** Codes of today. Several for a split: without an address nobody can say which. */
  readonly current: readonly string[];
  /** Codes that stood for the place on the given day; equal to `current` without a day. */
  readonly inForce: readonly string[];
  readonly kind: RegionKind;
  /** Founded later out of this place: a record older than that may belong there. */
  readonly carved: readonly string[];
}

export interface Region {
  readonly code: string;
  readonly name: string;
  readonly level: RegionLevel;
  readonly parent: string | null;
}

interface Entry {
  readonly code: string;
  readonly name: string;
  readonly from: string;
  readonly to: string | null;
  readonly kind: RegionKind;
  readonly successors: readonly string[];
}

const ENTRIES: readonly Entry[] = QINGHAI.trim()
  .split('\n')
  .map((line) => {
    const [code, name, from, to, kind, successors] = line.split(' ') as [
      string,
      string,
      string,
      ...(string | undefined)[],
    ];
    return {
      code,
      name,
      from,
      to: to ?? null,
      kind: (kind ?? 'same') as RegionKind,
      successors: successors?.split(',') ?? [],
    };
  });

const byCode = new Map<string, readonly Entry[]>();
for (const entry of ENTRIES) byCode.set(entry.code, [...(byCode.get(entry.code) ?? []), entry]);

const last = (code: string): Entry => byCode.get(code)!.at(-1)!;

function currentOf(code: string): readonly string[] {
  const entry = last(code);
  return entry.to === null ? [code] : entry.successors.flatMap(currentOf);
}

/** One place keeps its uid through everything that leaves one successor with one origin; 茫崖市 has two origins. */
const uids = new Map<string, string>();
for (const { code } of [...ENTRIES].sort((a, b) => a.from.localeCompare(b.from))) {
  if (!uids.has(code)) uids.set(code, `QH${code}`);
  const entry = last(code);
  if (entry.to !== null && (entry.kind === 'recode' || entry.kind === 'reparent')) {
    for (const next of entry.successors) uids.set(next, uids.get(code)!);
  }
}
const byUid = new Map<string, readonly Entry[]>();
for (const entry of ENTRIES) {
  const uid = uids.get(entry.code)!;
  byUid.set(uid, [...(byUid.get(uid) ?? []), entry]);
}

/** A boundary that is only known by its year lets both sides be in force during that year. */
const began = (entry: Entry, at: string): boolean => at.slice(0, entry.from.length) >= entry.from;
const lasted = (entry: Entry, at: string): boolean =>
  entry.to === null || (entry.to.length === 4 ? at.slice(0, 4) <= entry.to : at < entry.to);
const wasInForce = (entry: Entry, at: string): boolean => began(entry, at) && lasted(entry, at);

function codesAt(code: string, at: string): readonly string[] {
  const found = [
    ...new Set(
      byUid
        .get(uids.get(code)!)!
        .filter((entry) => wasInForce(entry, at))
        .map((entry) => entry.code),
    ),
  ];
  if (found.length > 0) return found;
  const entry = last(code);
  return entry.to !== null && at >= entry.to ? entry.successors.flatMap((next) => codesAt(next, at)) : [];
}

/** Codes of other provinces, spelt out. */
const outside: ReadonlySet<string> = new Set(
  Object.entries(OUTSIDE).flatMap(([province, text]) =>
    text.split(/\s+/).flatMap((prefecture) => {
      const [middle = '', runs = ''] = prefecture.split('/');
      return runs.split('.').flatMap((run) => {
        const [first = '', last = first] = run.split('-');
        return Array.from(
          { length: Number(last) - Number(first) + 1 },
          (_, i) => `${province}${middle}${String(Number(first) + i).padStart(2, '0')}`,
        );
      });
    }),
  ),
);

const NONE: readonly string[] = Object.freeze([]);

function resolve(code: string, at: string | undefined): Resolution | null {
  const entries = byCode.get(code);
  if (entries === undefined) {
    const province = outside.has(code) ? PROVINCES[code.slice(0, 2)] : undefined;
    if (province === undefined) return null;
    const codes = [code];
    return { code, uid: `CN${code}`, name: province, current: codes, inForce: codes, kind: 'outside', carved: NONE };
  }
  const entry = (at === undefined ? undefined : entries.find((one) => wasInForce(one, at))) ?? entries.at(-1)!;
  const current = currentOf(code);
  return {
    code,
    uid: uids.get(code)!,
    name: entry.name,
    current,
    inForce: at === undefined ? current : codesAt(code, at),
    kind: entry.kind,
    carved: CARVED.filter(([from, , date]) => from === code && (at === undefined || at < date)).map(([, next]) => next),
  };
}

const resolved = new Map<string, Resolution | null>();

/**
 * What a six-digit code stands for today, and stood for on the day `at` (`YYYY-MM-DD`). null when it was never allocated.
 * Outside Qinghai it is only known that the code was allocated at some time, and in which province: it is taken as it is.
 */
export function resolveRegion(code: string, at?: string): Resolution | null {
  if (at !== undefined) return resolve(code, at);
  let answer = resolved.get(code);
  if (answer === undefined) {
    answer = resolve(code, undefined);
    if (resolved.size < 50_000) resolved.set(code, answer);
  }
  return answer;
}

/** Whether the code was allocated, in any period or on the day `at`. The lists begin in 1981; earlier days count as then. */
export function regionKnown(code: string, at?: string): boolean {
  const entries = byCode.get(code);
  if (entries === undefined) return outside.has(code);
  if (at === undefined) return true;
  const day = at < '1981' ? '1981-01-01' : at;
  return entries.some((entry) => wasInForce(entry, day));
}

/** Whether the code was in force at some time between two years, both included. */
export function regionKnownBetween(code: string, firstYear: number, lastYear: number): boolean {
  const entries = byCode.get(code);
  if (entries === undefined) return regionKnown(code);
  return entries.some(
    (entry) =>
      Number(entry.from.slice(0, 4)) <= lastYear && (entry.to === null || Number(entry.to.slice(0, 4)) >= firstYear),
  );
}

const levelOf = (code: string): RegionLevel =>
  code.endsWith('0000') ? 'province' : code.endsWith('00') ? 'prefecture' : 'county';

function parentOf(code: string): string | null {
  const level = levelOf(code);
  if (level === 'province') return null;
  const prefecture = `${code.slice(0, 4)}00`;
  return level === 'county' && byCode.has(prefecture) ? prefecture : `${code.slice(0, 2)}0000`;
}

const CURRENT: readonly Region[] = ENTRIES.filter((entry) => entry.to === null && !STATISTICAL.has(entry.code)).map(
  ({ code, name }) => ({ code, name, level: levelOf(code), parent: parentOf(code) }),
);

/** Qinghai today as the Ministry of Civil Affairs lists it: the province, 8 prefectures, 44 counties. */
export const currentRegions = (): readonly Region[] => CURRENT;

/** A code and the years in which it stood: from the first to before the last, by what held when a year ended. */
export interface CodeYears {
  readonly code: string;
  readonly level: RegionLevel;
  readonly firstYear: number;
  /** null: still in force. */
  readonly untilYear: number | null;
  readonly parent: string | null;
  /** Codes of today; several for a split. */
  readonly current: readonly string[];
  /** Of the statistics bureau, not of the Ministry of Civil Affairs. */
  readonly statistical: boolean;
}

/** Every code that ever stood in Qinghai, name changes left out. */
export const codeYears = (): readonly CodeYears[] =>
  [...byCode]
    .filter(([code]) => !GATHERING.has(code))
    .map(([code, entries]) => {
      const until = entries.at(-1)!.to;
      return {
        ...{ code, level: levelOf(code), firstYear: Number(entries[0]!.from.slice(0, 4)) },
        ...{ untilYear: until === null ? null : Number(until.slice(0, 4)), parent: parentOf(code) },
        ...{ current: currentOf(code), statistical: STATISTICAL.has(code) },
      };
    });

const NATIONALITIES = /(?:(?:蒙古族|藏族|回族|土族|撒拉族|哈萨克族)+自治)(?=[县州])/u;
const names = new Map<string, string>();
for (const { code, name } of ENTRIES) {
  if (GATHERING.has(code)) continue;
  for (const known of [
    name,
    name.replace(NATIONALITIES, ''),
    name.replace(/行政委员会$/u, '行委'),
    name.replace(/行政委员会$/u, ''),
  ]) {
    if (!names.has(known)) names.set(known, code);
  }
}

/**
 * The code of a place of Qinghai written as text: `青海省西宁市城东区`, `大通县`. Suffixes are required: 海南 and 河南 alone name
 * other provinces; 大柴旦, 茫崖 and 冷湖 are known without theirs too. Blanks and separators between parts do not matter. The code is one that has borne the name, perhaps no longer in force. null when the text names none.
 */
export function regionNamed(text: string): string | null {
  const whole = text.replace(/[\s\u3000·•/,，、-]/gu, '');
  let rest = whole.startsWith('青海省') && whole.length > 3 ? whole.slice(3) : whole;
  for (;;) {
    const code = names.get(rest);
    if (code !== undefined) return code;
    const cut = rest.search(/[市州区]/u) + 1;
    if (cut === 0 || !names.has(rest.slice(0, cut))) return null;
    rest = rest.slice(cut);
  }
}
