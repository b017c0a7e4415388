import type { Source } from '../../../connectors/connector.ts';
import type { PromiseName } from '../../../connectors/promises.ts';
import type { RunContext } from '../../../schemas/kernel/context.ts';

/** A source that breaks one promise. */
export interface BrokenSource extends Partial<AsyncDisposable> {
  readonly connection: object;
  /** Options of the stream `rows`. */
  readonly stream: object;
  /** For a kind whose server cannot be had. */
  open?(context: RunContext): Source;
  /** Between the first run and the one that is looked at, for what breaks on the way. */
  later?(): Promise<void>;
}

export interface Broken {
  readonly connector: string;
  readonly promise: PromiseName;
  /** What is wrong there, in words. */
  readonly what: string;
  /** What check says: in the line of the stream, in a note, or as the error that it ends with. */
  readonly says: RegExp;
  /** `failed CODE`, or `succeeded CODE` for a run that says so; null: nothing that a run could see. */
  readonly run: string | null;
  arrange(): Promise<BrokenSource>;
}
