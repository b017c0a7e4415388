import type { Logger, Service } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';

export interface FollowedSystem {
  readonly system: string;
  readonly appliedAt: Date;
}

export interface FollowOptions {
  /** The systems to follow; asked again every `refreshMs`, so that `hub apply` takes effect. */
  readonly systems: () => Promise<readonly FollowedSystem[]>;
  /** Opens a run, or finds one that nobody works on any more. null while another process has it. */
  readonly begin: (system: string) => Promise<number | null>;
  /** Reads until the signal aborts. */
  readonly follow: (runId: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  /** Default 2,000. */
  readonly refreshMs?: number;
  /** Between attempts: doubled from the first to the most. Default 1,000 and 60,000. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number };
}

/** While another process follows a system, this one looks so often whether it still does. */
const ELSEWHERE_MS = 2_000;

/**
 * Follows the systems whose schedule is `continuous`. Of several processes one has the run of a system, and another takes
 * it over when that one ends. A system that fails is begun again, one that is applied again is begun anew.
 */
export function createFollower({ systems, begin, follow, log, refreshMs = 2_000, backoff }: FollowOptions): Service {
  const { firstMs, mostMs } = backoff ?? { firstMs: 1_000, mostMs: 60_000 };

  async function keep(system: string, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const begunAt = performance.now();
      try {
        const runId = await begin(system);
        if (runId === null) await pause(ELSEWHERE_MS, signal);
        else await follow(runId, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures = performance.now() - begunAt > mostMs ? 1 : failures + 1;
        // What a person has to mend is looked at again at the longest distance, or at once when it is applied.
        const stop = isHubError(error) && error.recovery === 'stop';
        const busyMs = isHubError(error) ? Number(error.details['retryAfterMs'] ?? 0) : 0;
        const waitMs = Math.max(busyMs, stop ? mostMs : Math.min(mostMs, firstMs * 2 ** (failures - 1)));
        log.error({ system, error, waitMs, failures }, 'following broke off');
        await pause(waitMs, signal);
      }
    }
  }

  return {
    name: 'follow',
    async run(signal) {
      const kept = new Map<
        string,
        { readonly since: number; readonly stop: AbortController; readonly done: Promise<void> }
      >();
      const end = async (system: string): Promise<void> => {
        const one = kept.get(system);
        kept.delete(system);
        one?.stop.abort();
        await one?.done;
      };
      try {
        while (!signal.aborted) {
          const wanted = new Map((await systems()).map(({ system, appliedAt }) => [system, appliedAt.getTime()]));
          for (const [system, { since }] of [...kept]) if (wanted.get(system) !== since) await end(system);
          for (const [system, since] of wanted) {
            if (kept.has(system)) continue;
            const stop = new AbortController();
            kept.set(system, { since, stop, done: keep(system, stop.signal) });
          }
          await pause(refreshMs, signal);
        }
      } finally {
        await Promise.all([...kept.keys()].map(end));
      }
    },
  };
}
