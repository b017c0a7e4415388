import { isHubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import { FOLLOWER } from '../control/runs.ts';
import { CONTINUOUS } from '../control/schedule.ts';
import { createFollower } from '../pull/follow.ts';
import { performRun, runDeps } from '../pull/run.ts';
import type { HubMetrics } from './metrics.ts';
import type { SupervisedService } from './supervise.ts';
import type { WorkHooks } from './work.ts';

/** What reads systems that tell of news by themselves, as long as the process lives. */
export function followService(hub: Hub, metrics: HubMetrics, hooks: WorkHooks = {}): SupervisedService {
  const deps = runDeps(hub, (progress) => {
    metrics.pulled(progress);
    hooks.onPull?.(progress);
  });
  const follower = createFollower({
    systems: async () =>
      (await hub.systems.list()).flatMap(({ spec, enabled, appliedAt }) =>
        enabled && spec.schedule === CONTINUOUS ? [{ system: spec.system, appliedAt }] : [],
      ),
    async begin(system) {
      const open = await hub.runs.open(system);
      // One that somebody else asked for has a job, and a worker will do it.
      if (open !== null) return open.requestedBy === FOLLOWER && open.isFree ? open.runId : null;
      try {
        return (await hub.runs.request(system, FOLLOWER)).runId;
      } catch (error) {
        // Another process was quicker.
        if (isHubError(error) && error.code === 'HUB_RUN_PENDING') return null;
        throw error;
      }
    },
    async follow(runId, signal) {
      await performRun(deps, runId, { signal, lastAttempt: true }, { follow: true });
    },
    log: hub.logger.child({ service: 'follow' }),
  });
  return { ...follower, order: 'connectors' };
}
