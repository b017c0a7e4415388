import type { ColumnSpec, ColumnType } from '../../schemas/stream.ts';
import { rawTopic, type SHARING, type StreamEntry, type UPDATE_CYCLES } from '../../schemas/system.ts';
import type { CatalogBase } from '../options.ts';
import type { FeedSystem } from './hub-views.ts';

export type Sharing = (typeof SHARING)[number];
export type UpdateCycle = (typeof UPDATE_CYCLES)[number];

/** 信息项. `type` is a letter of the 2017 guide: C text, N number, I integer, D date, T date and time, L logical … */
export interface DirectoryItem {
  /** Column of the source or attribute of the base. */
  readonly column: string;
  readonly name: string;
  readonly nameEn: string | null;
  readonly type: string | null;
  /** As the source itself calls the type, or the type of the attribute. */
  readonly sourceType: string | null;
  readonly sensitivity: number | null;
}

/** 政务信息资源目录条目: what does not change from minute to minute. */
export interface DirectoryEntry {
  /** Safe in a path: `307001-1`, `base-population`, or `golden-tax.taxpayers` for a stream without a code. */
  readonly id: string;
  readonly kind: 'stream' | 'base';
  readonly code: string | null;
  readonly title: string;
  readonly titleEn: string | null;
  readonly abstract: string | null;
  readonly provider: { readonly name: string; readonly uscc: string } | null;
  readonly sharing: Sharing | null;
  readonly sharingCondition: string | null;
  /** 是否向社会开放 */
  readonly open: boolean;
  readonly updateCycle: UpdateCycle | null;
  readonly keywords: readonly string[];
  readonly items: readonly DirectoryItem[];
  /** The base that the stream feeds, or that the entry is about. */
  readonly base: string | null;
  readonly system: { readonly name: string; readonly title: { readonly zh: string; readonly en: string } } | null;
  readonly stream: string | null;
  readonly topic: string | null;
  readonly enabled: boolean;
}

const GUIDE_TYPE: Readonly<Record<ColumnType, string>> = {
  text: 'C',
  integer: 'I',
  bigint: 'I',
  decimal: 'N',
  float: 'B',
  boolean: 'L',
  date: 'D',
  time: 'C',
  timestamp: 'T',
  bytes: 'G',
};
const GUIDE_TYPE_OF_ATTRIBUTE: Readonly<Record<string, string>> = {
  text: 'C',
  code: 'C',
  region: 'C',
  identifier: 'C',
  date: 'D',
  decimal: 'N',
  integer: 'I',
  boolean: 'L',
};
const NOT_IN_A_PATH = /[^A-Za-z0-9.]+/g;

/** `taken` holds the ids given so far: of two streams that claim one code, the first by name keeps it. */
function streamEntryOf(
  { system, spec, enabled }: FeedSystem,
  stream: string,
  entry: StreamEntry,
  columns: readonly ColumnSpec[],
  taken: ReadonlySet<string>,
): DirectoryEntry {
  const { resource } = entry;
  const byCode = resource?.code.replaceAll(NOT_IN_A_PATH, '-');
  return {
    id: byCode === undefined || taken.has(byCode) ? `${system}.${stream}` : byCode,
    kind: 'stream',
    code: resource?.code ?? null,
    title: resource?.title ?? entry.title,
    titleEn: null,
    abstract: resource?.abstract ?? null,
    provider: spec.owner,
    sharing: resource?.sharing ?? null,
    sharingCondition: resource?.sharingCondition ?? null,
    open: resource?.open ?? false,
    updateCycle: resource?.updateCycle ?? null,
    keywords: resource?.keywords ?? [],
    items: itemsOf(resource?.items ?? {}, columns),
    base: entry.base ?? null,
    system: { name: system, title: spec.title },
    stream,
    topic: rawTopic(system, stream),
    enabled,
  };
}

/**
 * The declared items in the order of the source's columns (PostgreSQL keeps no order of the system file's keys); every
 * column of the source where none are declared.
 */
function itemsOf(named: Readonly<Record<string, string>>, columns: readonly ColumnSpec[]): readonly DirectoryItem[] {
  const specs = new Map(columns.map((column) => [column.name, column]));
  const place = new Map(columns.map((column, at) => [column.name, at]));
  const declared = Object.keys(named).sort(
    (a, b) => (place.get(a) ?? columns.length) - (place.get(b) ?? columns.length),
  );
  return (declared.length > 0 ? declared : [...specs.keys()]).map((column) => {
    const spec = specs.get(column);
    return {
      column,
      name: named[column] ?? spec?.comment ?? column,
      nameEn: null,
      type: spec === undefined ? null : GUIDE_TYPE[spec.type],
      sourceType: spec?.sourceType ?? null,
      sensitivity: null,
    };
  });
}

const CYCLES: readonly UpdateCycle[] = ['realtime', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'irregular'];

/** A base is as current as the quickest stream that feeds it. */
function baseEntryOf(base: CatalogBase, streams: readonly DirectoryEntry[]): DirectoryEntry {
  const feeding = streams.filter((entry) => entry.base === base.name);
  const attributes = Object.entries(base.attributes);
  const systems = [...new Set(feeding.map((entry) => entry.system?.title.zh ?? ''))];
  const names = attributes.slice(0, 8).map(([, { zh }]) => zh);
  return {
    id: `base-${base.name}`,
    kind: 'base',
    code: null,
    title: base.title.zh,
    titleEn: base.title.en,
    abstract:
      `由${systems.length === 0 ? '各部门系统' : systems.join('、')}汇聚、比对、去重而成，` +
      `含${names.join('、')}等${attributes.length}个信息项，每项均可追溯到来源记录。`,
    provider: null,
    sharing: 'conditional',
    sharingCondition: '须经授权；未获授权时公民身份号码等敏感信息项以掩码显示。',
    open: false,
    updateCycle: CYCLES.find((cycle) => feeding.some(({ updateCycle }) => updateCycle === cycle)) ?? null,
    keywords: ['基础信息库', base.title.zh.replace(/基础信息库$/, '')],
    items: attributes.map(([column, { zh, en, type, sensitivity }]) => ({
      column,
      name: zh,
      nameEn: en,
      type: GUIDE_TYPE_OF_ATTRIBUTE[type] ?? null,
      sourceType: type,
      sensitivity,
    })),
    base: base.name,
    system: null,
    stream: null,
    topic: null,
    enabled: true,
  };
}

/** Every stream of every system and every base: bases first, then by system and stream. */
export function directoryEntries(
  systems: readonly FeedSystem[],
  columns: ReadonlyMap<string, readonly ColumnSpec[]>,
  bases: readonly CatalogBase[],
): readonly DirectoryEntry[] {
  const taken = new Set<string>();
  const streams: DirectoryEntry[] = [];
  for (const system of systems) {
    for (const stream of Object.keys(system.spec.streams).sort()) {
      const entry = system.spec.streams[stream] as StreamEntry;
      const made = streamEntryOf(system, stream, entry, columns.get(`${system.system}/${stream}`) ?? [], taken);
      taken.add(made.id);
      streams.push(made);
    }
  }
  return [...bases.map((base) => baseEntryOf(base, streams)), ...streams];
}
