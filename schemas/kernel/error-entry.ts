/**
 * What the machine does. `retry` = the job layer backs off and tries again, no data moved; `reject` = this record goes to
 * quarantine and the rest goes on; `stop` = nothing continues until a person acts.
 */
export type Recovery = 'retry' | 'reject' | 'stop';

export interface ErrorEntry {
  readonly recovery: Recovery;
  readonly title: string;
  /** What a person does. Whoever follows it to the letter loses nothing. */
  readonly remedy: string;
  /** HTTP status when the code reaches the API; 500 when absent. */
  readonly http?: number;
}

export const table = <T extends Record<string, ErrorEntry>>(entries: T): T => entries;
