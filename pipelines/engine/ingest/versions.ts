import type { VersionOrder } from '../../../schemas/stream.ts';
import type { PreparedRecord } from './prepare.ts';

/** The current version of a source row as the base has it. */
export interface StoredVersion {
  readonly recordId: number;
  readonly entityId: number;
  /** As `Member` has it. */
  readonly naturalId: number | null;
  readonly hash: string;
  readonly deleted: boolean;
  readonly observedAt: number;
  readonly partition: number;
  readonly offset: number;
}

/** One source row that this batch changes. */
export interface Change {
  /** null when the base has never seen the row. */
  readonly stored: StoredVersion | null;
  /** Versions that came and went within the batch, oldest first. */
  readonly passed: readonly PreparedRecord[];
  readonly final: PreparedRecord;
}

export interface Versions {
  readonly changes: readonly Change[];
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
}

/**
 * Compares the records with what is stored, in log order. Every record counts exactly once:
 * inserted (a row never seen), updated (other content, or a deletion), unchanged (same content; a deletion of what is not
 * there), stale (older than what is stored by the `order` of the source, or an earlier offset of the same partition replayed).
 * With `remap` the message that is stored counts once more: its content may come out differently now.
 * Where times are stated, the deletion of a row that is not there yet is kept, for what comes late and is older.
 */
export function compareVersions(
  records: readonly PreparedRecord[],
  stored: ReadonlyMap<string, StoredVersion>,
  partition: number,
  { order, remap = false }: { readonly order: VersionOrder; readonly remap?: boolean },
): Versions {
  const changes = new Map<string, { stored: StoredVersion | null; passed: PreparedRecord[]; final: PreparedRecord }>();
  const counts = { inserted: 0, updated: 0, unchanged: 0, stale: 0 };
  for (const record of records) {
    const before = stored.get(record.key) ?? null;
    const change = changes.get(record.key);
    const current = change === undefined ? before : { ...change.final, partition };
    if (current === null) {
      if (record.deleted) {
        counts.unchanged++;
        if (order === 'stated') changes.set(record.key, { stored: null, passed: [], final: record });
        continue;
      }
      counts.inserted++;
    } else if (isStale(record, partition, current, order, remap)) {
      counts.stale++;
      continue;
    } else if (current.deleted === record.deleted && (record.deleted || current.hash === record.hash)) {
      counts.unchanged++;
      continue;
    } else {
      counts.updated++;
    }
    if (change === undefined) changes.set(record.key, { stored: before, passed: [], final: record });
    else {
      change.passed.push(change.final);
      change.final = record;
    }
  }
  return { changes: [...changes.values()], ...counts };
}

function isStale(
  record: PreparedRecord,
  partition: number,
  current: Pick<StoredVersion, 'observedAt' | 'partition' | 'offset' | 'deleted'>,
  order: VersionOrder,
  remap: boolean,
): boolean {
  if (remap && current.partition === partition && record.offset === current.offset) return false;
  if (current.partition === partition && record.offset <= current.offset) return true;
  if (order === 'read' || record.observedAt >= current.observedAt) return false;
  return order === 'stated' || !current.deleted;
}
