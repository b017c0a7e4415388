import type { Logger } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { LEASE_MS, type Lease, type RunStore } from '../control/runs.ts';

/** Three may be late before anybody takes the run for left alone. */
const BEAT_MS = LEASE_MS / 4;

/**
 * Signs of life for a run, also while its source is silent. The signal aborts with HUB_RUN_FENCED as its reason when
 * another worker has the run; a database that does not answer is only logged, since saving will say it too.
 */
export function holdLease(
  runs: Pick<RunStore, 'heartbeat'>,
  lease: Lease,
  log: Logger,
  everyMs: number = BEAT_MS,
): { readonly signal: AbortSignal } & Disposable {
  const lost = new AbortController();
  let beating = false;
  const beat = async (): Promise<void> => {
    if (beating) return;
    beating = true;
    try {
      await runs.heartbeat(lease);
    } catch (error) {
      if (isHubError(error) && error.code === 'HUB_RUN_FENCED') lost.abort(error);
      else log.warn({ ...lease, error }, 'no sign of life could be given');
    } finally {
      beating = false;
    }
  };
  const timer = setInterval(() => void beat(), everyMs);
  return { signal: lost.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
