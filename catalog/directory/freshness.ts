import type { DirectoryEntry, UpdateCycle } from './entry.ts';
import type { FeedChange, FeedStream, FeedTopic } from './hub-views.ts';

/**
 * never: nothing has been read yet. paused: switched off. halted: a person has to look, as after a change of the source or when
 * its rows cannot be taken.
 */
export const FRESHNESS = ['fresh', 'late', 'never', 'paused', 'halted'] as const;

interface Freshness {
  readonly state: (typeof FRESHNESS)[number];
  /** When the source was last read; for a base, the latest of its streams. */
  readonly lastReadAt: string | null;
  /** When the base last took something; null also for streams that feed no base. */
  readonly lastCommittedAt: string | null;
  /** The end of the update cycle with its allowance; null when the cycle is irregular or unknown. */
  readonly dueBy: string | null;
}

interface RowCounts {
  /** Rows of the source that live: each key once, without those that were deleted. null: nobody knows. */
  readonly sourceRecords: number | null;
  /** Rows in the source by its own estimate. */
  readonly estimated: number | null;
  /** Messages read from the log = inserted + updated + unchanged + stale + rejected. */
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly rejected: number;
  /** Only for a base. */
  readonly entities: number | null;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The cycle and an allowance of about half a cycle at the short end: a nightly job is not late at breakfast. */
const ALLOWED_MS: Readonly<Record<Exclude<UpdateCycle, 'irregular'>, number>> = {
  realtime: HOUR,
  daily: 36 * HOUR,
  weekly: 9 * DAY,
  monthly: 38 * DAY,
  quarterly: 105 * DAY,
  yearly: 400 * DAY,
};

export interface StreamState {
  readonly freshness: Freshness;
  readonly rows: RowCounts;
  /** Of the source's columns, until a person has looked; empty for a base. */
  readonly changes: readonly FeedChange[];
}

const iso = (at: Date | null | undefined): string | null => at?.toISOString() ?? null;

export function streamState(
  entry: Pick<DirectoryEntry, 'updateCycle' | 'enabled' | 'base'>,
  stream: FeedStream | undefined,
  topic: FeedTopic | undefined,
  now: number,
): StreamState {
  const lastReadAt = stream?.lastReadAt ?? null;
  const { updateCycle: cycle } = entry;
  const allowed = cycle === null || cycle === 'irregular' ? null : ALLOWED_MS[cycle];
  const dueBy = allowed === null || lastReadAt === null ? null : lastReadAt.getTime() + allowed;
  const isPaused = !entry.enabled || stream?.state === 'paused';
  const living = topic?.living ?? (entry.base === null ? (stream?.living ?? null) : 0);
  const rejectedAtSource = stream?.rowsRejected ?? 0;
  // A source of which no row could ever be taken, by the log or by its base, has not been read.
  const rejectedByRules = topic?.rejected ?? 0;
  const isTaken = living !== 0 || rejectedAtSource + rejectedByRules === 0 || (topic?.read ?? 0) > rejectedByRules;
  const state = isPaused
    ? 'paused'
    : stream?.state === 'halted'
      ? 'halted'
      : lastReadAt === null || !isTaken
        ? 'never'
        : dueBy !== null && dueBy < now
          ? 'late'
          : 'fresh';
  return {
    freshness: {
      state,
      lastReadAt: iso(lastReadAt),
      lastCommittedAt: iso(topic?.lastCommittedAt),
      dueBy: dueBy === null ? null : new Date(dueBy).toISOString(),
    },
    rows: {
      sourceRecords: living,
      estimated: stream?.rowEstimate ?? null,
      read: topic?.read ?? 0,
      inserted: topic?.inserted ?? 0,
      updated: topic?.updated ?? 0,
      unchanged: topic?.unchanged ?? 0,
      stale: topic?.stale ?? 0,
      rejected: (topic?.rejected ?? 0) + rejectedAtSource,
      entities: null,
    },
    changes: stream?.changes ?? [],
  };
}

const latest = (times: readonly (string | null)[]): string | null =>
  times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);

/** A base is late, or waits for a person, as soon as one of its streams does. */
export function baseState(streams: readonly StreamState[], entities: number | null): StreamState {
  const has = (state: Freshness['state']): boolean => streams.some(({ freshness }) => freshness.state === state);
  const sum = (of: 'sourceRecords' | 'read' | 'inserted' | 'updated' | 'unchanged' | 'stale' | 'rejected'): number =>
    streams.reduce((total, { rows }) => total + (rows[of] ?? 0), 0);
  const due = streams.flatMap(({ freshness }) => (freshness.dueBy === null ? [] : [freshness.dueBy])).sort();
  return {
    freshness: {
      state: has('late')
        ? 'late'
        : has('halted')
          ? 'halted'
          : has('fresh')
            ? 'fresh'
            : has('paused')
              ? 'paused'
              : 'never',
      lastReadAt: latest(streams.map(({ freshness }) => freshness.lastReadAt)),
      lastCommittedAt: latest(streams.map(({ freshness }) => freshness.lastCommittedAt)),
      dueBy: due[0] ?? null,
    },
    rows: {
      sourceRecords: sum('sourceRecords'),
      estimated: null,
      read: sum('read'),
      inserted: sum('inserted'),
      updated: sum('updated'),
      unchanged: sum('unchanged'),
      stale: sum('stale'),
      rejected: sum('rejected'),
      entities,
    },
    changes: [],
  };
}
