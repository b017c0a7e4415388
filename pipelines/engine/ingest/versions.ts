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
 * there), stale (older than what is stored: observed earlier, or an earlier offset of the same partition replayed).
 * With `remap` the message that is stored counts once more: its content may come out differently now.
 * A row that comes back after its deletion is taken whatever its own time says: it was read after the deletion.
 */
export function compareVersions(
  records: readonly PreparedRecord[],
  stored: ReadonlyMap<string, StoredVersion>,
  partition: number,
  remap = false,
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
        continue;
      }
      counts.inserted++;
    } else if (isStale(record, partition, current, remap)) {
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
  remap: boolean,
): boolean {
  if (remap && current.partition === partition && record.offset === current.offset) return false;
  if (current.partition === partition && record.offset <= current.offset) return true;
  return record.observedAt < current.observedAt && !current.deleted;
}
