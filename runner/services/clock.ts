import { localToday } from '../../pipelines/calendar.ts';
import type { Hub } from '../compose.ts';
import { createReconciler } from '../control/reconcile.ts';
import { CONTINUOUS, createScheduler } from '../control/schedule.ts';
import { CROSS, enqueueRules } from '../quality/ask-rules.ts';
import { tidy } from '../tidy/tidy.ts';
import type { SupervisedService } from './supervise.ts';

/** Asks for a run and wakes a worker for it. HUB_RUN_PENDING when one is open. */
export async function requestRun(hub: Hub, system: string, by: string): Promise<number> {
  const { runId } = await hub.runs.request(system, by);
  await (await hub.queue()).enqueue('system.run', { runId, system });
  return runId;
}

/** After the night's readings. */
const RULES_SCHEDULE = '30 6 * * *';

export const qualityScopes = ({ bases }: Pick<Hub, 'bases'>): readonly string[] => [...bases.keys(), CROSS];

/** Wakes workers for the rules of the scope, and for the scorecard when it is a base. */
export async function enqueueQuality(hub: Hub, scope: string): Promise<void> {
  await enqueueRules(hub, scope);
  if (hub.bases.has(scope)) await (await hub.queue()).enqueue('scorecard.count', { base: scope });
}
/** After midnight, and again each hour for a hub that was not up then. */
const OVERRIDES_SCHEDULE = '2 * * * *';

/** When the readings of the night are over and nobody is up. */
const TIDY_SCHEDULE = '40 4 * * *';

function tidyService(hub: Hub): SupervisedService {
  const log = hub.logger.child({ service: 'tidy' });
  return {
    name: 'tidy',
    order: 'schedule',
    run: (signal) =>
      createScheduler({
        systems: async () => [{ system: 'tidy', schedule: TIDY_SCHEDULE }],
        enqueue: async () => {
          const gone = (await tidy(hub, { signal })).filter(({ rows }) => rows > 0);
          if (gone.length > 0) log.info({ gone }, 'what is old has been taken away');
        },
        log,
      }).run(signal),
  };
}

/** What decides when: the clock, and the care for runs that lost their worker or their job. */
export function clockServices(hub: Hub): readonly SupervisedService[] {
  const { logger } = hub;
  const scheduler = createScheduler({
    systems: async () =>
      (await hub.systems.list()).flatMap(({ spec, enabled }) =>
        enabled && spec.schedule !== undefined && spec.schedule !== CONTINUOUS
          ? [{ system: spec.system, schedule: spec.schedule }]
          : [],
      ),
    enqueue: async (system, slot) => {
      await requestRun(hub, system, `schedule ${slot.toISOString()}`);
    },
    log: logger.child({ service: 'schedule' }),
  });
  const reconciler: SupervisedService = {
    name: 'reconcile',
    order: 'schedule',
    async run(signal) {
      const queue = await hub.queue();
      await createReconciler({ runs: hub.runs, queue, log: logger.child({ service: 'reconcile' }) }).run(signal);
    },
  };
  const rules = createScheduler({
    systems: async () => qualityScopes(hub).map((system) => ({ system, schedule: RULES_SCHEDULE })),
    enqueue: async (scope) => enqueueQuality(hub, scope),
    log: logger.child({ service: 'rules' }),
  });
  const overrides = createScheduler({
    systems: async () => [...hub.bases.keys()].map((system) => ({ system, schedule: OVERRIDES_SCHEDULE })),
    enqueue: async (name) => {
      const ended = (await hub.bases.get(name)?.stewardship.expireOverrides(localToday())) ?? 0;
      if (ended > 0) logger.info({ base: name, ended }, 'overrides are over; the sources decide again');
    },
    log: logger.child({ service: 'overrides' }),
  });
  return [
    { ...scheduler, order: 'schedule' },
    { ...rules, name: 'rules', order: 'schedule' },
    { ...overrides, name: 'overrides', order: 'schedule' },
    tidyService(hub),
    reconciler,
  ];
}
