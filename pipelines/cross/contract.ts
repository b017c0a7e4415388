import type { Pool } from 'pg';
import type { BaseName, RuleDescription } from '../../schemas/base.ts';
import type { BaseDefinition, RuleContext, SearchFinding } from '../pipeline.ts';

/** A base as rules over several bases see it: each may live on a server of its own. */
export interface CrossBase {
  readonly definition: Pick<BaseDefinition, 'name' | 'schema' | 'entityPrefix' | 'attributes' | 'linkKeys'>;
  readonly pool: Pool;
}
export type CrossBases = Readonly<Record<BaseName, CrossBase>>;

export interface CrossFinding extends SearchFinding {
  /** The base whose entity or records it is about; null when it is about none. */
  readonly base: BaseName | null;
}

/** What became of the rows of a stream before any base saw them. */
export interface StreamBook {
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  readonly base: BaseName | null;
  /** Rows that its runs read, messages that they appended (deletes found by comparison too), rows that the log had as they are, rows that they rejected. */
  readonly read: number;
  readonly appended: number;
  readonly unchanged: number;
  readonly rejected: number;
}

/** Handed in by whoever runs sources and log. */
export interface Books {
  streams(): Promise<readonly StreamBook[]>;
  /** Messages that all runs of each system together appended. */
  appendedByRuns(): Promise<ReadonlyMap<string, number>>;
  /** Null when there is no such topic. */
  logged(topic: string): Promise<LoggedTopic | null>;
}

export interface LoggedTopic {
  /** Another one when the topic was deleted and made again. */
  readonly life: string;
  /** Messages ever appended to it in this life. */
  readonly end: number;
}

export interface OpenConflict {
  readonly entityId: number;
  readonly attribute: string;
  /** ISO 8601: when the golden record was last written; its conflicts are at least as old. */
  readonly writtenAt: string;
}

/** Remembers since when conflicts are open: first seen by a round of asking, forgotten when a whole round has not seen them. */
export interface ConflictLedger {
  begin(base: BaseName): Promise<ConflictRound>;
}
interface ConflictRound {
  /** Those of them that have been open for longer than so many days. */
  see(
    conflicts: readonly OpenConflict[],
    days: number,
  ): Promise<readonly (OpenConflict & { readonly since: string })[]>;
  /** Everything was seen: what was not is gone. */
  end(): Promise<void>;
}

export interface CrossContext extends RuleContext {
  readonly signal: AbortSignal;
  readonly books: Books;
  readonly conflicts: ConflictLedger;
}

/** A rule over several bases, as data. It reads in pages and streams what it finds. */
export interface CrossRule extends Omit<RuleDescription, 'attribute'> {
  readonly version: number;
  find(bases: CrossBases, context: CrossContext): AsyncIterable<CrossFinding>;
}
