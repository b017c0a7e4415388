import type { ScheduledTask } from 'node-cron';
import cron from 'node-cron';
import type { Logger, Service } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';

const SCHEDULE_ZONE = 'Asia/Shanghai';
/** In place of a cron expression: the system is followed all the time. */
export const CONTINUOUS = 'continuous';
const ALLOWED = [
  '`continuous`, for connectors that tell of news by themselves',
  'minute hour day-of-month month day-of-week, e.g. `30 2 * * *` (every night at 02:30)',
  'second minute hour day-of-month month day-of-week',
  'days of month and of week must both match; 0 and 7 are Sunday',
];

/** HUB_CONFIG_INVALID naming the expression, its wrong fields and what is allowed. */
export function validateSchedule(expression: string): void {
  const { valid, errors } = cron.validateDetailed(expression);
  if (valid) return;
  const problems = errors.map(({ field, message }) => `${field}: ${message}`);
  throw new HubError('HUB_CONFIG_INVALID', `"${expression}" is not a cron expression (${problems.join('; ')})`, {
    expression,
    problems,
    allowed: ALLOWED,
  });
}

export interface ScheduleOptions {
  /** The systems that have a schedule; asked again every `refreshMs`, so that `hub apply` takes effect. */
  readonly systems: () => Promise<readonly { readonly system: string; readonly schedule: string }[]>;
  /** Asks for a run. HUB_RUN_PENDING is no failure: the open run does the work of this slot too. */
  readonly enqueue: (system: string, slot: Date) => Promise<void>;
  readonly log: Logger;
  /** Default 30,000. */
  readonly refreshMs?: number;
}

interface Entry {
  readonly schedule: string;
  readonly task: ScheduledTask;
}

/** The clock of the hub, in Asia/Shanghai. It only enqueues: what a run does and whether one is open is not its matter. */
export function createScheduler({ systems, enqueue, log, refreshMs = 30_000 }: ScheduleOptions): Service {
  const entries = new Map<string, Entry>();
  const refused = new Map<string, string>();
  const inFlight = new Set<Promise<void>>();

  function tick(system: string, slot: Date): Promise<void> {
    const work = enqueue(system, slot)
      .catch((error: unknown) => {
        if (isHubError(error) && error.code === 'HUB_RUN_PENDING')
          log.info({ system, slot }, 'slot skipped: a run is open');
        else log.error({ system, slot, error }, 'a slot could not be enqueued');
      })
      .finally(() => inFlight.delete(work));
    inFlight.add(work);
    return work;
  }

  function add(system: string, schedule: string): void {
    if (refused.get(system) === schedule) return;
    try {
      validateSchedule(schedule);
    } catch (error) {
      // One wrong file must not stop the clock of the others; said once, not every refresh.
      refused.set(system, schedule);
      log.error({ system, schedule, error }, 'schedule refused');
      return;
    }
    refused.delete(system);
    const task = cron.createTask(schedule, (context) => tick(system, context.date), {
      name: system,
      timezone: SCHEDULE_ZONE,
      noOverlap: true,
      suppressMissedWarning: true,
    });
    task.on('execution:missed', (context) =>
      log.warn({ system, slot: context.date }, 'slot missed: the process was busy or asleep'),
    );
    void task.start();
    entries.set(system, { schedule, task });
    log.info({ system, schedule, next: task.getNextRun() }, 'scheduled');
  }

  async function remove(system: string): Promise<void> {
    const entry = entries.get(system);
    entries.delete(system);
    await entry?.task.destroy();
  }

  async function refresh(): Promise<void> {
    const wanted = new Map((await systems()).map(({ system, schedule }) => [system, schedule]));
    for (const [system, { schedule }] of [...entries]) if (wanted.get(system) !== schedule) await remove(system);
    for (const [system, schedule] of wanted) if (!entries.has(system)) add(system, schedule);
  }

  return {
    name: 'schedule',
    async run(signal) {
      try {
        while (!signal.aborted) {
          await refresh();
          await pause(refreshMs, signal);
        }
      } finally {
        for (const system of [...entries.keys()]) await remove(system);
        refused.clear();
        await Promise.all(inFlight);
      }
    },
  };
}
