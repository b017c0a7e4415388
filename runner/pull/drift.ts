import type { ColumnSpec, ColumnType, StreamSpec } from '../../schemas/stream.ts';
import { mappingsOf, type StreamEntry } from '../../schemas/system.ts';

const CHANGE_KINDS = ['added', 'dropped', 'renamed', 'widened', 'narrowed', 'retyped'] as const;
type ChangeKind = (typeof CHANGE_KINDS)[number];

/** continue: nobody need know. notice: goes on, and status and directory say it. pause: this stream waits for a person. */
export type Decision = 'continue' | 'notice' | 'pause';

/** One difference between the columns that were agreed and those that the source has now. */
export interface Change {
  readonly kind: ChangeKind;
  readonly column: string;
  /** Type at the source, or the column's name when it was renamed; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  readonly decision: Decision;
  readonly reason: string;
}

/** Who needs a column: a mapping, the key, the directory; null when nobody has said that it matters. */
function neededBy(column: string, { key }: StreamSpec, entry: StreamEntry | undefined): string | null {
  if (key.includes(column)) return 'it is in the key';
  if (entry === undefined) return null;
  if (mappingsOf(entry).some((mapping) => Object.values(mapping).some(({ from }) => [from].flat().includes(column))))
    return 'the mapping reads it';
  if (entry.resource === undefined) return 'no directory entry says that it may go';
  return Object.hasOwn(entry.resource.items, column) ? 'the directory offers it' : null;
}

/**
 * The table of changes and decisions:
 *
 * | change | decision |
 * |---|---|
 * | added | notice: it travels in the log, but no mapping reads it and the directory does not name it |
 * | dropped, renamed | pause where mapping, key or directory need the column; otherwise notice |
 * | widened within its kind (longer, more digits) | continue |
 * | widened to a greater kind of number | notice: it travels as text now |
 * | narrowed | notice: the source may have cut values |
 * | retyped | pause where needed; otherwise notice |
 *
 * Nothing is filled with NULL: a column that is gone is gone from the schema of the messages too.
 */
export function changesBetween(
  agreed: readonly ColumnSpec[],
  found: StreamSpec,
  entry: StreamEntry | undefined,
): readonly Change[] {
  const now = new Map(found.columns.map((column) => [column.name, column]));
  const before = new Map(agreed.map((column) => [column.name, column]));
  const dropped = agreed.filter(({ name }) => !now.has(name));
  const added = found.columns.filter(({ name }) => !before.has(name));
  const changes: Change[] = [];
  for (const old of dropped) {
    const heir = added.find((one) => sameColumn(old, one, agreed, found.columns));
    if (heir !== undefined) added.splice(added.indexOf(heir), 1);
    const need = neededBy(old.name, found, entry);
    changes.push({
      ...{ kind: heir === undefined ? 'dropped' : 'renamed', column: old.name },
      before: heir === undefined ? old.sourceType : old.name,
      after: heir?.name ?? null,
      ...decided(need, heir === undefined ? 'nobody needs it' : `${heir.name} has its place and type; nobody needs it`),
    });
  }
  for (const { name, sourceType } of added)
    changes.push({
      ...{ kind: 'added', column: name, before: null, after: sourceType, decision: 'notice' },
      reason: 'no mapping reads it and the directory does not name it yet',
    });
  for (const old of agreed) {
    const column = now.get(old.name);
    const change = column === undefined ? null : typeChange(old, column, neededBy(old.name, found, entry));
    if (change !== null) changes.push(change);
  }
  return changes;
}

const decided = (need: string | null, otherwise: string): Pick<Change, 'decision' | 'reason'> =>
  need === null ? { decision: 'notice', reason: otherwise } : { decision: 'pause', reason: need };

/** The same type in the same place, or under the same comment: most likely one column under a new name. */
function sameColumn(
  old: ColumnSpec,
  column: ColumnSpec,
  agreed: readonly ColumnSpec[],
  found: readonly ColumnSpec[],
): boolean {
  if (old.type !== column.type || old.sourceType !== column.sourceType) return false;
  if (old.comment !== undefined && old.comment === column.comment) return true;
  const neighbour = (list: readonly ColumnSpec[], name: string, other: readonly ColumnSpec[]): string | null => {
    const at = list.findIndex((one) => one.name === name);
    const kept = list.slice(0, at).filter((one) => other.some((two) => two.name === one.name));
    return kept.at(-1)?.name ?? null;
  };
  return neighbour(agreed, old.name, found) === neighbour(found, column.name, agreed);
}

/** Whole numbers and decimals, least first: each holds every value of those before it. */
const NUMBERS: readonly ColumnType[] = ['integer', 'bigint', 'decimal'];
const SIZES = ['tinyint', 'smallint', 'mediumint', 'integer', 'bigint', 'real', 'float', 'double', 'double precision'];

function typeChange(old: ColumnSpec, column: ColumnSpec, need: string | null): Change | null {
  if (old.type === column.type && old.sourceType === column.sourceType) return null;
  const common = { column: old.name, before: old.sourceType, after: column.sourceType };
  const from = NUMBERS.indexOf(old.type);
  const to = NUMBERS.indexOf(column.type);
  if (from !== to && from >= 0 && to >= 0)
    return from < to
      ? {
          ...common,
          kind: 'widened',
          decision: 'notice',
          reason: `${old.type} became ${column.type}; no value is lost`,
        }
      : {
          ...common,
          kind: 'narrowed',
          decision: 'notice',
          reason: `${old.type} became ${column.type}; digits may be gone`,
        };
  if (old.type !== column.type)
    return { ...common, kind: 'retyped', ...decided(need, `${old.type} became ${column.type}; nobody needs it`) };
  const step = roomOf(old, column);
  if (step === 'same') return null;
  if (step === 'wider') return { ...common, kind: 'widened', decision: 'continue', reason: 'there is room for more' };
  if (step === 'narrower')
    return { ...common, kind: 'narrowed', decision: 'notice', reason: 'the source may have cut or refused values' };
  return {
    ...common,
    kind: 'retyped',
    ...decided(need, `another type of the same kind (${old.type}); nobody needs it`),
  };
}

interface SourceType {
  readonly name: string;
  readonly length: number;
  readonly scale: number;
}

const UNBOUNDED = Number.POSITIVE_INFINITY;

/** `numeric(18,2)`, `character varying(20)`, `varchar(20)`, `C(20)`; a type without length is unbounded. */
function parsed(text: string): SourceType {
  const parts = /^([^(]*?)\s*(?:\((\d+)(?:\s*,\s*(\d+))?\)(.*))?$/.exec(text.toLowerCase().trim());
  const length = parts?.[2] === undefined ? UNBOUNDED : Number(parts[2]);
  const scale = parts?.[3] === undefined ? (parts?.[2] === undefined ? UNBOUNDED : 0) : Number(parts[3]);
  return { name: `${parts?.[1] ?? text}${parts?.[4] ?? ''}`.trim(), length, scale };
}

const alias = (name: string): string => (name === 'int' || name === 'int4' ? 'integer' : name);

/** Does the second type have room for what the first one holds? `other` when they cannot be compared. */
function roomOf(a: ColumnSpec, b: ColumnSpec): 'same' | 'wider' | 'narrower' | 'other' {
  const [old, now] = [parsed(a.sourceType), parsed(b.sourceType)];
  const sizes = [SIZES.indexOf(alias(old.name)), SIZES.indexOf(alias(now.name))] as const;
  if (sizes[0] >= 0 && sizes[1] >= 0 && sizes[0] !== sizes[1]) return sizes[0] < sizes[1] ? 'wider' : 'narrower';
  if (old.name !== now.name && a.type !== 'text' && a.type !== 'bytes') return 'other';
  // Digits before the point and after it count each for itself: (18,2) has more room than (18,4) and less.
  const whole = [
    old.length - (old.scale === UNBOUNDED ? 0 : old.scale),
    now.length - (now.scale === UNBOUNDED ? 0 : now.scale),
  ];
  const compared = a.type === 'decimal' ? [whole, [old.scale, now.scale]] : [[old.length, now.length]];
  if (compared.some(([left, right]) => (right as number) < (left as number))) return 'narrower';
  return compared.some(([left, right]) => (right as number) > (left as number)) ? 'wider' : 'same';
}

/** Changes of the kind of value, for which the schema of the messages cannot be a continuation of the old one. */
export const breaksSchema = (agreed: readonly ColumnSpec[], found: readonly ColumnSpec[]): boolean =>
  agreed.some(({ name, type }) => found.some((one) => one.name === name && one.type !== type));
