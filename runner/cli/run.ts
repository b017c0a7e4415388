import type { Command } from 'commander';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { Hub } from '../compose.ts';
import type { RunStore } from '../control/runs.ts';
import type { StoredSystem } from '../control/systems.ts';
import { createPipelineService, pipelinesOf } from '../normalise/pipelines.ts';
import { readQuarantined, recordsRejected } from '../normalise/quarantined.ts';
import { waitingMessages, waitingOrOther } from '../normalise/waiting.ts';
import { storedNotices } from '../pull/notices.ts';
import { reservationsOf } from '../pull/reservations.ts';
import { performRun, runDeps } from '../pull/run.ts';
import { EXIT, exitCodeOf, explain, print, printJson, table, tell } from './print.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';
import { refuseData } from './systems.ts';

interface RunOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly normalise?: boolean;
}

const LOOK_MS = 500;

/**
 * A run of the system: one that was left unfinished, by whomever, or a new one. Where somebody seems to work on one, his
 * next sign of life is waited for, or that he gives none.
 * @throws HUB_RUN_PENDING while somebody works on it
 */
export async function claim(
  runs: Pick<RunStore, 'open' | 'request'>,
  system: string,
  signal: AbortSignal,
): Promise<number> {
  const first = await runs.open(system);
  for (let open = first; open !== null; open = await runs.open(system)) {
    if (open.isFree) return open.runId;
    if (open.runId !== first?.runId || open.heartbeatAt?.getTime() !== first.heartbeatAt?.getTime()) break;
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
  return (await runs.request(system, 'hub run')).runId;
}

interface Outcome {
  readonly system: string;
  readonly streams: readonly {
    stream: string;
    read: number;
    appended: number;
    unchanged: number;
    rejected: number;
    deleted: number;
  }[];
  error: string | null;
}

const MOST_NAMED = 40;

/** Nothing is applied, nothing is switched on, or nothing was named. */
function nothingToRun(isAll: boolean, systems: readonly StoredSystem[]): HubError {
  const allowed = systems.map(({ spec }) => spec.system);
  const more = allowed.length > MOST_NAMED ? ` and ${allowed.length - MOST_NAMED} more` : '';
  const names = `${allowed.slice(0, MOST_NAMED).join(', ')}${more}`;
  const why =
    allowed.length === 0
      ? 'no system is applied yet: `hub apply -f FILE` takes one up'
      : isAll
        ? `every system is switched off: name those to run (${names})`
        : `no system named; applied are ${names}, and --all means every one that is switched on`;
  return new HubError('HUB_ARGUMENT_INVALID', why, { allowed });
}

/** Reads systems in the foreground, one after the other, and waits until their bases have taken everything. */
async function run(names: readonly string[], options: RunOptions, common: CommonOptions): Promise<void> {
  const { stop } = listenForSignals();
  for (const name of names) refuseData(name);
  await using session = await openSession(common);
  const { hub } = session;
  const all = await hub.systems.list();
  const systems =
    options.all === true
      ? all.filter(({ enabled }) => enabled)
      : await Promise.all(names.map((name) => hub.systems.get(name)));
  if (systems.length === 0) throw nothingToRun(options.all === true, all);

  const outcomes: Outcome[] = [];
  for (const { spec } of systems) {
    stop.throwIfAborted();
    const runId = await claim(hub.runs, spec.system, stop);
    try {
      const result = await performRun(runDeps(hub), runId, { signal: stop, lastAttempt: true });
      const reservations = result === null ? [] : reservationsOf(result);
      for (const one of reservations) {
        tell(explain(one));
        process.exitCode = exitCodeOf(one);
      }
      outcomes.push({ system: spec.system, streams: result?.streams ?? [], error: reservations[0]?.code ?? null });
    } catch (error) {
      stop.throwIfAborted();
      tell(explain(error));
      process.exitCode = exitCodeOf(error);
      outcomes.push({ system: spec.system, streams: [], error: isHubError(error) ? error.code : 'HUB_INTERNAL' });
    }
  }
  if (options.normalise !== false) {
    await normalise(hub, systems, stop);
    const quarantinedOf = await readQuarantined(hub);
    for (const { spec } of systems) {
      const refused = recordsRejected(spec.system, quarantinedOf(spec));
      if (refused !== null) {
        tell(explain(refused));
        const outcome = outcomes.find(({ system }) => system === spec.system);
        if (outcome !== undefined) outcome.error ??= refused.code;
      }
      const notices = await storedNotices(hub, spec);
      for (const { stream, notice } of notices) tell(`! ${spec.system}/${stream}: ${notice}`);
      if (refused !== null || notices.length > 0) process.exitCode ??= EXIT.mend;
    }
  }

  if (options.json === true) printJson(outcomes);
  else
    print(
      table(
        ['system', 'stream', 'read', 'appended', 'unchanged', 'rejected', 'deleted', 'error'],
        outcomes.flatMap(({ system, streams, error }): (string | number)[][] =>
          streams.length === 0
            ? [[system, '', 0, 0, 0, 0, 0, error ?? '']]
            : streams.map((one) => [
                system,
                one.stream,
                one.read,
                one.appended,
                one.unchanged,
                one.rejected,
                one.deleted,
                error ?? '',
              ]),
        ),
      ),
    );
}

/** Runs the pipelines in this process until nothing of these systems is left in the log. */
export async function normalise(hub: Hub, systems: readonly StoredSystem[], stop: AbortSignal): Promise<void> {
  const service = createPipelineService(hub);
  const done = new AbortController();
  const running = service.run(AbortSignal.any([stop, done.signal]));
  try {
    await Promise.race([drained(hub, systems, stop, service.states), running]);
  } finally {
    done.abort();
    await running;
  }
  stop.throwIfAborted();
}

const POLL_MS = 200;

/**
 * Resolves when the bases have taken everything of these systems from the log.
 * @throws the failure of a pipeline that has stopped and would never get there.
 */
export async function drained(
  hub: Hub,
  systems: readonly Pick<StoredSystem, 'spec'>[],
  signal: AbortSignal,
  states: ReturnType<typeof createPipelineService>['states'],
): Promise<void> {
  const wanted = systems.flatMap(pipelinesOf);
  for (;;) {
    const stopped = states().find(
      ({ state, topic }) => state === 'stopped' && wanted.some((one) => one.topic === topic),
    );
    if (stopped?.error != null)
      throw new HubError('HUB_PIPELINE_STOPPED', `${stopped.topic}: ${stopped.error.code}: ${stopped.error.message}`, {
        topic: stopped.topic,
        code: stopped.error.code,
      });
    const started = new Set(states().map(({ topic }) => topic));
    const hasNone = async (count: typeof waitingMessages): Promise<boolean> =>
      (await Promise.all(wanted.map((one) => (started.has(one.topic) ? count(hub, one) : 1)))).every((n) => n === 0);
    // A log that is as long as the base has read may be another one: its pipeline is about to stop, and says why.
    if (signal.aborted || ((await hasNone(waitingMessages)) && (await hasNone(waitingOrOther)))) return;
    await pause(POLL_MS, signal);
  }
}

export function addRunCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('run')
    .description('read systems now, in the foreground, and store what they have in the bases')
    .argument('[system...]', 'names of applied systems')
    .option('--all', 'every system that is switched on')
    .option('--no-normalise', 'leave the records in the log for the workers')
    .option('--json', 'the outcome as one line of JSON')
    .action((names: string[], options: RunOptions) => run(names, options, common()));
}
