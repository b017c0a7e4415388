import { randomUUID } from 'node:crypto';
import type { Job, JobsOptions, Processor, WorkerOptions } from 'bullmq';
import {
  createPostgresBackend,
  createRedisBackend,
  DelayedError,
  UnrecoverableError,
  WaitingError,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from '../../schemas/kernel/context.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { isAbort, isHubError, toHubError } from '../../schemas/kernel/errors.ts';
import { PATIENCE, survivesItsEnd } from '../../schemas/store/pool.ts';
import { askRedis, requireFitRedis } from '../doctor/redis.ts';
import { LEASE_MS } from './runs.ts';

/** Every job and what it carries: ids only. What is true about a run stands in PostgreSQL. */
export interface JobPayloads {
  'system.run': { readonly runId: number; readonly system: string };
  /** A rule over many records of the base that is its scope, or over several bases (`cross`). */
  'rule.ask': { readonly scope: string; readonly rule: string };
  /** Counts the findings in the records of a base, for pages. */
  'scorecard.count': { readonly base: string };
}
type JobName = keyof JobPayloads;

export interface JobContext {
  /** Aborts at shutdown and when the queue has given the job to another worker. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
  /** No further try follows a failure of this one. */
  readonly lastAttempt: boolean;
}

/**
 * May be called more than once for one job, even at the same time after a lost lock: fence every write.
 * A HubError's recovery decides: `retry` backs off (`details.retryAfterMs` puts off without counting an attempt),
 * `stop` and `reject` end the job; any other error is tried again. A rejection after `signal` aborted puts the job back.
 */
export type JobHandlers = {
  readonly [Name in JobName]: (payload: JobPayloads[Name], context: JobContext) => Promise<void>;
};

interface WorkOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** How long running jobs may take to end after the abort. Default 20,000. */
  readonly drainMs?: number;
}

interface JobStats {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** What two jobs of one name have in common when they would do the same work. */
function workOf(payload: JobPayloads[JobName]): string {
  if ('runId' in payload) return String(payload.runId);
  return 'rule' in payload ? `${payload.scope}.${payload.rule}` : payload.base;
}

/** A wake-up, not a record: a lost job is enqueued again from the run table, a doubled one finds its run ended or fenced. */
export interface JobQueue extends AsyncDisposable {
  /** `duplicate` while a job of the same run, rule or base waits, is delayed or is being worked on. */
  enqueue<Name extends JobName>(
    name: Name,
    payload: JobPayloads[Name],
    options?: { readonly delayMs?: number },
  ): Promise<'queued' | 'duplicate'>;
  /** Works until the signal aborts; resolves when drained or when `drainMs` is over. */
  work(handlers: JobHandlers, options: WorkOptions): Promise<void>;
  stats(): Promise<JobStats>;
}

export type QueueAddress =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'redis'; readonly url: string };

export interface QueueOptions {
  /** Default `hub`. */
  readonly name?: string;
  /** Default 8. */
  readonly attempts?: number;
  /** Before the second attempt; doubled each time, shortened at random by up to a half. Default 5,000. */
  readonly backoffMs?: number;
  /** How long the job of a dead worker stays locked. Default: as long as its run. */
  readonly lockMs?: number;
  readonly log?: Logger;
}

const PUT_BACK_MS = 5_000;
/** Of the queue in PostgreSQL, and as many of its worker, which holds one more to be woken. */
const MOST_CONNECTIONS = 2;

type Payload = JobPayloads[JobName];

/** The little of BullMQ that both backends share here. */
interface Backend {
  readonly queue: {
    add(name: string, payload: Payload, options: JobsOptions): Promise<{ id?: string | undefined }>;
    getJobCounts(
      ...states: ('waiting' | 'active' | 'delayed' | 'failed' | 'prioritized')[]
    ): Promise<Record<string, number>>;
    waitUntilReady(): Promise<unknown>;
    close(): Promise<void>;
    on(event: 'error', listener: (error: Error) => void): unknown;
  };
  worker(
    processor: Processor<Payload, void>,
    options: Omit<WorkerOptions, 'connection'>,
  ): {
    close(force?: boolean): Promise<void>;
    on(event: 'error', listener: (error: Error) => void): unknown;
    on(event: 'stalled', listener: (jobId: string) => void): unknown;
  };
  end(): Promise<void>;
}

/**
 * BullMQ on PostgreSQL (schema `bullmq`, migrated on first use) or on Redis.
 * HUB_STORE_UNAVAILABLE when it does not answer, HUB_STORE_UNFIT for a Redis that may evict keys.
 */
export async function openJobQueue(address: QueueAddress, options: QueueOptions = {}): Promise<JobQueue> {
  const { name = 'hub', attempts = 8, backoffMs = 5_000, lockMs = LEASE_MS, log = silentLogger } = options;
  const backend =
    address.kind === 'postgres' ? openPostgres(name, address.url) : await openRedis(name, address.url, log);
  // Without a listener a dropped connection would end the process; BullMQ reconnects by itself.
  backend.queue.on('error', (error) => log.warn({ error: error.message }, 'job queue'));
  await backend.queue.waitUntilReady().catch(async (error: unknown) => {
    await backend.end().catch(() => {});
    throw toHubError(error, 'HUB_STORE_UNAVAILABLE', `the job queue on ${address.kind} does not open`);
  });

  return {
    async enqueue(job, payload, { delayMs = 0 } = {}) {
      const jobId = randomUUID();
      try {
        const added = await backend.queue.add(job, payload, {
          jobId,
          delay: delayMs,
          deduplication: { id: `${job}.${workOf(payload)}` },
          attempts,
          backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
          removeOnComplete: true,
          removeOnFail: { age: 7 * 86_400, count: 1_000 },
        });
        return added.id === jobId ? 'queued' : 'duplicate';
      } catch (error) {
        throw toHubError(error, 'HUB_STORE_UNAVAILABLE', `job ${job} cannot be enqueued`);
      }
    },

    async work(handlers, { concurrency, signal, drainMs = 20_000 }) {
      if (signal.aborted) return;
      const giveUp = new AbortController();
      const worker = backend.worker(
        (job, token, lost) => {
          const stop = lost === undefined ? signal : AbortSignal.any([signal, lost]);
          return runJob(job, token, handlers, stop, giveUp.signal);
        },
        {
          concurrency,
          lockDuration: lockMs,
          stalledInterval: lockMs / 2,
          // A crashed worker is no fault of the job: how often it may crash is for the run's attempts to say.
          maxStalledCount: 100,
        },
      );
      worker.on('error', (error) => log.warn({ error: error.message }, 'job worker'));
      worker.on('stalled', (jobId) => log.warn({ jobId }, 'a job whose worker died or hung is given to another one'));
      await whenAborted(signal);
      // BullMQ's close waits for ever, and a forced close would go on holding the locks.
      const closed = worker.close();
      if (await within(drainMs, closed)) return;
      log.warn({ drainMs }, 'jobs still run after the drain time: they are put back for another worker');
      giveUp.abort();
      await within(PUT_BACK_MS, closed);
    },

    async stats() {
      const counts = await backend.queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
      const of = (state: string): number => counts[state] ?? 0;
      return {
        waiting: of('waiting') + of('prioritized'),
        active: of('active'),
        delayed: of('delayed'),
        failed: of('failed'),
      };
    },

    [Symbol.asyncDispose]: () => backend.end(),
  };
}

async function runJob(
  job: Job<Payload, void>,
  token: string | undefined,
  handlers: JobHandlers,
  signal: AbortSignal,
  giveUp: AbortSignal,
): Promise<void> {
  const handler = Object.hasOwn(handlers, job.name)
    ? (handlers[job.name as JobName] as (payload: Payload, context: JobContext) => Promise<void>)
    : undefined;
  if (handler === undefined)
    throw new UnrecoverableError(`no handler for job ${job.name}; known: ${Object.keys(handlers).join(', ')}`);
  const attempt = job.attemptsMade + 1;
  const ended = new AbortController();
  try {
    const work = handler(job.data, { signal, attempt, lastAttempt: attempt >= (job.opts.attempts ?? 1) });
    await Promise.race([work, whenAborted(giveUp, ended.signal)]);
    giveUp.throwIfAborted();
  } catch (error) {
    if (signal.aborted || isAbort(error)) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const after = isHubError(error) ? error.details['retryAfterMs'] : undefined;
    if (isHubError(error) && error.recovery === 'retry' && typeof after === 'number' && after > 0) {
      await job.moveToDelayed(Date.now() + after, token);
      throw new DelayedError();
    }
    if (isHubError(error) && error.recovery !== 'retry')
      throw new UnrecoverableError(`${error.code}: ${error.message}`);
    throw error;
  } finally {
    ended.abort();
  }
}

function openPostgres(name: string, url: string): Backend {
  const { Queue, Worker } = withBackend(createPostgresBackend);
  const connection = {
    ...{ connectionString: url, schema: 'bullmq', migrate: true, max: MOST_CONNECTIONS, keepAlive: true },
    ...{ connectionTimeoutMillis: PATIENCE.short.waitMs, statement_timeout: PATIENCE.short.statementMs },
    // BullMQ listens to those at rest only.
    onConnect: survivesItsEnd,
  };
  const queue = new Queue<Payload, void>(name, { connection });
  return {
    queue,
    worker: (processor, options) => new Worker<Payload, void>(name, processor, { ...options, connection }),
    end: () => queue.close(),
  };
}

async function openRedis(name: string, url: string, log: Logger): Promise<Backend> {
  const { Queue, Worker } = withBackend(createRedisBackend);
  await checkRedis(url);
  // null: a blocked worker waits for Redis as long as it takes instead of failing its command
  const connection = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  connection.on('error', (error) => log.warn({ error: error.message }, 'redis'));
  try {
    await connection.connect();
  } catch (error) {
    connection.disconnect();
    throw toHubError(error, 'HUB_STORE_UNAVAILABLE', 'Redis does not answer');
  }
  const queue = new Queue<Payload, void>(name, { connection });
  return {
    queue,
    worker: (processor, options) => new Worker<Payload, void>(name, processor, { ...options, connection }),
    async end() {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** A wrong address is told and not waited for. */
async function checkRedis(url: string): Promise<void> {
  try {
    requireFitRedis(await askRedis(url));
  } catch (error) {
    throw toHubError(error, 'HUB_STORE_UNAVAILABLE', 'Redis does not answer');
  }
}

/** @param forget ends the waiting: a signal that outlives many jobs must not collect their listeners. */
const whenAborted = (signal: AbortSignal, forget?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    const options = { once: true, ...(forget === undefined ? {} : { signal: forget }) };
    signal.addEventListener('abort', () => resolve(), options);
  });

/** true when it settled in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = await Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    late,
  ]);
  clearTimeout(timer);
  return settled;
}
