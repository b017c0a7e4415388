import type { ZodType } from 'zod';
import type { JsonValue, RunContext } from '../schemas/kernel/context.ts';
import type { ErrorCode } from '../schemas/kernel/errors.ts';
import type { RawRecord, StreamSpec, VersionOrder } from '../schemas/stream.ts';
import type { Inbox } from './inbox.ts';

/** Opaque to everybody but the connector that made it: JSON, under 4 KB, no secrets. */
export type Checkpoint = { readonly [key: string]: JsonValue };

/** A row that could not be turned into a record. It is kept, with its bytes, and the read goes on. */
export interface RejectedRow {
  readonly stream: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** File and record number, or table and key. */
  readonly origin: string;
  readonly raw: Uint8Array;
}

export interface SourcePortion {
  readonly records: readonly RawRecord[];
  readonly rejects: readonly RejectedRow[];
  /** Reading from here gives exactly what comes after this portion. Saved by the runner only when the portion is durable. */
  readonly next: Checkpoint;
  /** Files that were read to their end with this portion: what was reported of them as a whole is settled. */
  readonly finished?: readonly string[];
  /** Those of the finished files that this read has given from their first row on. */
  readonly whole?: readonly string[];
  /** With this portion the read has given every row that there is. */
  readonly isEverything?: boolean;
  /** Files that an earlier read reported and that still cannot be read. */
  readonly stillUnread?: readonly string[];
  /** What of it later reads may give again; absent: nothing. Whoever appends does not append again what is as it was. */
  readonly repeats?: Repeats;
}

/** Places are numbers that grow with the cursor of the source. */
export interface Repeats {
  /**
   * The place at which the next pass begins; while this one is under way it may be given too early, never too late. null:
   * every pass gives everything.
   */
  readonly from: number | null;
  /** null: every pass gives this record again. */
  placeOf(record: RawRecord): number | null;
  /** The pass ends here. */
  readonly isLast: boolean;
  /** No key comes twice in this pass. */
  readonly keysOnce: boolean;
}

/** Of one stream: reachable, readable, columns as agreed. */
export interface ReportLine {
  readonly stream: string;
  readonly ok: boolean;
  readonly message: string;
  /** It is read all the same: what is to be mended is in some of its rows. */
  readonly isRead?: boolean;
}

export interface SourceReport {
  readonly ok: boolean;
  readonly streams: readonly ReportLine[];
  /** Server version, encoding, read-only state: what a steward wants to see. */
  readonly notes: readonly string[];
  /** How late commits are caught: a property shown to stewards, strongest first. */
  readonly lateCommits: 'log' | 'snapshot-bound' | 'overlap-window' | 'full-read' | 'not-caught';
}

export interface ReadOptions {
  /** Wait for news instead of ending; only for a source that `canFollow`. */
  readonly follow?: boolean;
  /** A look at the first rows, from no checkpoint: nothing is made or kept at the source for it. */
  readonly sample?: boolean;
}

/**
 * An opened source. It never stores its own position and never writes to the source.
 * `read` yields portions in order and ends when the source has nothing newer; it must stop soon after the signal aborts.
 * `check` returns a report for what a steward can mend and throws HubError (`retry` unreachable, `stop` refused).
 */
export interface Source extends AsyncDisposable {
  check(): Promise<SourceReport>;
  discover(): Promise<readonly StreamSpec[]>;
  read(stream: string, after: Checkpoint | null, options?: ReadOptions): AsyncIterable<SourcePortion>;
  /** The source tells of news by itself: a change log, a push. */
  readonly canFollow?: boolean;
  /**
   * Told after a portion's `next` is saved, so that the source may let go of what lies before it: a replication slot, an
   * inbox. Never told of a checkpoint that a crash could take back.
   */
  saved?(stream: string, checkpoint: Checkpoint): Promise<void>;
  /**
   * The read that ended at the checkpoint began anew, and rows that were there before may be gone without a word. @returns the
   * checkpoint for when keys that are gone have been looked for; null: there is nothing to look for
   */
  renewed?(stream: string, checkpoint: Checkpoint): Checkpoint | null;
  /** All keys now present, in any order, for delete detection where the source has no log. */
  keys?(stream: string): AsyncIterable<readonly string[]>;
}

/** What a source gets when it is opened. */
export interface SourceContext extends RunContext {
  /** Of the system file; not there in tests and when a connector is used alone. */
  readonly system?: string;
  /** For sources that are pushed to. */
  readonly inbox?: Inbox;
}

/**
 * A kind of source. `config` describes `connection` and `streams` of the system file (streams by name); the runner
 * has already replaced `${NAME}` by the environment. `open` must not fail for an unreachable source: `check` says that.
 */
export interface Connector<Config> {
  readonly type: string;
  readonly summary: string;
  readonly config: ZodType<Config>;
  open(config: Config, context: SourceContext): Promise<Source>;
  /** Its sources can wait for news, so that `schedule: continuous` is allowed. */
  readonly canFollow?: boolean;
  /** What gives each key once (a portion: and the portions of a pass, unless it was changed meanwhile); absent: nothing does, as in a log of changes. A key that comes again there replaces a row silently. */
  readonly keysOnce?: 'file' | 'portion';
  /** By the options of a stream; absent: `read`. */
  versions?(source: Readonly<Record<string, unknown>>): VersionOrder;
}
