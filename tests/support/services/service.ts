import type { Logger } from '../../../schemas/kernel/context.ts';

/** A service the test set-up tries to start. */
export interface TestService {
  readonly name: string;
  /** The environment variable tests read; when it is set already, nothing is started. */
  readonly variable: string;
  /** Null when it can be started here, else why not and how to get it. */
  missing(): { reason: string; remedy: string } | null;
  /** @param folder empty and ours, removed afterwards. */
  start(folder: string, log: Logger): Promise<{ address: string } & AsyncDisposable>;
}
