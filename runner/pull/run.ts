import type { ReadOptions } from '../../connectors/connector.ts';
import type { Inbox } from '../../connectors/inbox.ts';
import type { Breaker } from '../../pipelines/engine/ingest/run-batch.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError, isAbort, isHubError } from '../../schemas/kernel/errors.ts';
import type { SchemaRegistry } from '../../schemas/registry/registry.ts';
import type { Hub } from '../compose.ts';
import type { JobContext, JobHandlers } from '../control/jobs.ts';
import type { Lease, RunError, RunStore } from '../control/runs.ts';
import { openSource, type SystemStore } from '../control/systems.ts';
import { discreet, type Environment } from '../settings/secrets.ts';
import { type KnownKeys, type PullProgress, type PullResult, pullSystem } from './pull.ts';
import type { PullStores } from './pull-stream.ts';
import { reservationsOf } from './reservations.ts';

export interface RunDeps extends Pick<PullStores, 'log' | 'hub'> {
  readonly runs: RunStore;
  readonly systems: Pick<SystemStore, 'get'>;
  readonly registry: SchemaRegistry;
  readonly partitions: number;
  readonly keepRawDays?: number | undefined;
  readonly breaker?: Breaker | undefined;
  /** Where `${NAME}` of system files is looked up. */
  readonly env: Environment;
  readonly logger: Logger;
  readonly now?: (() => Date) | undefined;
  readonly knownKeys?: KnownKeys | undefined;
  readonly inbox?: Inbox | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** A run that was started so often without ending is given up. Default 100. */
  readonly maxAttempts?: number | undefined;
}

type Taken = Lease & { readonly system: string; readonly attempts: number };

/**
 * The handler of `system.run`. Every way out leaves the run table true: ended, or pending again when a later attempt can
 * help. A run that has ended, or that another worker holds, is no failure: there is nothing to do.
 */
export function createRunHandler(deps: RunDeps): JobHandlers['system.run'] {
  return async ({ runId }, context) => {
    await performRun(deps, runId, context);
  };
}

/**
 * Takes a run, pulls its system and ends the run; with `follow` it waits for news until the signal aborts. The same for the job queue and for a run in the foreground.
 * @returns null when the run had ended already, or another worker has it.
 * @throws what the pull threw, after the run was ended or released.
 */
export async function performRun(
  deps: RunDeps,
  runId: number,
  context: Pick<JobContext, 'signal' | 'lastAttempt'>,
  { follow = false }: ReadOptions = {},
): Promise<PullResult | null> {
  const lease = await deps.runs.take(runId);
  const log = deps.logger.child({ runId, ...(lease === null ? {} : { system: lease.system, epoch: lease.epoch }) });
  if (lease === null) {
    log.info({}, 'the run has ended, or somebody works on it');
    return null;
  }
  log.info({ attempt: lease.attempts }, 'run started');
  try {
    const result = await pullTaken(deps, lease, follow, context.signal, log);
    const [worst] = reservationsOf(result);
    await deps.runs.finish(lease, 'succeeded', worst === undefined ? undefined : runError(worst));
    log.info({ streams: result.streams }, worst === undefined ? 'run succeeded' : worst.message);
    return result;
  } catch (error) {
    if (isHubError(error) && error.code === 'HUB_RUN_FENCED') {
      log.info({}, 'another worker has the run, or it was cancelled');
      return null;
    }
    await giveBack(deps, lease, error, context, log);
    throw error;
  }
}

async function pullTaken(
  deps: RunDeps,
  lease: Taken,
  follow: boolean,
  outer: AbortSignal,
  log: Logger,
): Promise<PullResult> {
  const { maxAttempts = 100, now = () => new Date() } = deps;
  if (lease.attempts > maxAttempts)
    throw new HubError('HUB_INTERNAL', `run ${lease.runId} was started ${maxAttempts} times and never ended`, {
      runId: lease.runId,
    });
  outer.throwIfAborted();
  const { spec, enabled } = await deps.systems.get(lease.system);
  if (!enabled) throw new HubError('HUB_CONFIG_INVALID', `system ${lease.system} is switched off`);
  // The source must stop too when the pull has failed or lost its run.
  const ended = new AbortController();
  const ctx = { signal: AbortSignal.any([outer, ended.signal]), log, now };
  const { inbox } = deps;
  const source = await openSource(spec, deps.env, { ...ctx, ...(inbox === undefined ? {} : { inbox }) });
  try {
    return await pullSystem({ ...deps, spec, source, lease, ctx, follow });
  } finally {
    ended.abort();
    await close(source, log);
  }
}

async function close(source: AsyncDisposable, log: Logger): Promise<void> {
  try {
    await source[Symbol.asyncDispose]();
  } catch (error) {
    log.warn({ error }, 'the source did not close');
  }
}

/** Never throws: the error of the pull is the one to be told. A run left running is found by the reconciler. */
async function giveBack(
  { runs }: RunDeps,
  lease: Lease,
  error: unknown,
  { signal, lastAttempt }: Pick<JobContext, 'signal' | 'lastAttempt'>,
  log: Logger,
): Promise<void> {
  const interrupted = signal.aborted || isAbort(error);
  const told = interrupted
    ? runError(new HubError('HUB_RUN_INTERRUPTED', 'the worker shut down; the run goes on from its checkpoint'))
    : runError(error);
  // Errors without a recovery are tried again by the job layer.
  const retry = !isHubError(error) || error.recovery === 'retry';
  const delayed = isHubError(error) && typeof error.details['retryAfterMs'] === 'number';
  try {
    if (interrupted || (retry && (delayed || !lastAttempt))) {
      await runs.release(lease, told);
      log.info({ code: told.code, reason: told.message }, 'run put back');
    } else {
      await runs.finish(lease, 'failed', told);
      log.error({ error }, 'run failed');
    }
  } catch (failure) {
    log.warn({ error: failure }, 'the end of the run could not be written; it will be found as stale');
  }
}

const MAX_MESSAGE = 2_000;

function runError(error: unknown): RunError {
  const message = discreet(error instanceof Error ? error.message : String(error))
    .replaceAll('\0', '\u2400')
    .slice(0, MAX_MESSAGE);
  return isHubError(error) ? { code: error.code, message, remedy: error.remedy } : { code: 'HUB_INTERNAL', message };
}

export const runDeps = (hub: Hub, onProgress?: (progress: PullProgress) => void): RunDeps => ({
  runs: hub.runs,
  systems: hub.systems,
  registry: hub.registry,
  log: hub.events,
  hub: hub.pool,
  partitions: hub.config.partitions,
  keepRawDays: hub.config.keepRawDays,
  breaker: hub.config.breaker,
  env: hub.env,
  logger: hub.logger,
  knownKeys: hub.knownKeys,
  inbox: hub.inbox,
  onProgress,
});
