import type { Logger, Service } from '../../schemas/kernel/context.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { isAbort, isHubError, toHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';

/** Services drain in this order: what brings work in ends before what works it off. */
const DRAIN_ORDER = ['schedule', 'connectors', 'pipelines', 'api'] as const;
export type DrainOrder = (typeof DRAIN_ORDER)[number];

export interface SupervisedService extends Service {
  readonly order: DrainOrder;
}

/**
 * running -> restarting -> running; running -> stopped (a person must act) ; running -> draining -> ended.
 * Ready is who is running.
 */
type ServiceState = 'running' | 'restarting' | 'stopped' | 'draining' | 'ended';

export interface ServiceStatus {
  readonly name: string;
  readonly order: DrainOrder;
  readonly state: ServiceState;
  readonly since: Date;
  /** Since the start of the process. */
  readonly restarts: number;
  /** Why it is restarting or stopped; also the last failure of a running one. */
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}

export interface SuperviseOptions {
  /** The first signal to end: everything drains. */
  readonly signal: AbortSignal;
  /** The second one: nothing is waited for any more. */
  readonly endNow?: AbortSignal | undefined;
  readonly log: Logger;
  /** For all services together. Default 20,000. */
  readonly drainMs?: number | undefined;
  /** Default: 1 s, doubled up to 60 s, forgotten after 5 minutes of health. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number; readonly healthyMs: number } | undefined;
}

export interface Supervision {
  /** For `/readyz` and `hub status`. */
  states(): readonly ServiceStatus[];
  /** Resolves when all services have ended, or when the drain time is over: with the names of those still at work. */
  readonly done: Promise<readonly string[]>;
}

const BACKOFF = { firstMs: 1_000, mostMs: 60_000, healthyMs: 300_000 };

/**
 * Runs services until the signal aborts. One that rejects, or ends without being asked to, is started again after a
 * pause; one whose error says `stop` is not, but stays visible as stopped. Never rejects.
 */
export function supervise(services: readonly SupervisedService[], options: SuperviseOptions): Supervision {
  const { signal, endNow, log, drainMs = 20_000, backoff = BACKOFF } = options;
  const running = services.map((service) => keep(service, backoff, log.child({ service: service.name })));

  async function drain(): Promise<readonly string[]> {
    await aborted(signal);
    log.info({ drainMs }, 'shutting down');
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), drainMs);
    endNow?.addEventListener('abort', () => over.abort(), { once: true });
    if (endNow?.aborted === true) over.abort();
    for (const order of DRAIN_ORDER) {
      const group = running.filter((one) => one.status().order === order);
      for (const one of group) one.stop.abort();
      await Promise.race([Promise.all(group.map((one) => one.ended)), aborted(over.signal)]);
    }
    clearTimeout(timer);
    const left = running.filter((one) => !['ended', 'stopped'].includes(one.status().state));
    const names = left.map((one) => one.status().name);
    if (names.length > 0) log.warn({ services: names }, 'services did not end in time');
    else log.info({}, 'all services have ended');
    return names;
  }
  return { states: () => running.map((one) => one.status()), done: drain() };
}

interface Kept {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  status(): ServiceStatus;
}

function keep(service: SupervisedService, backoff: typeof BACKOFF, log: Logger): Kept {
  const stop = new AbortController();
  const { signal } = stop;
  let status: ServiceStatus = {
    name: service.name,
    order: service.order,
    state: 'running',
    since: new Date(),
    restarts: 0,
    error: null,
  };
  const become = (state: ServiceState, change: Partial<ServiceStatus> = {}): void => {
    status = { ...status, state, since: new Date(), ...change };
  };
  signal.addEventListener('abort', () => {
    if (status.state !== 'stopped') become('draining');
  });

  async function live(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const startedAt = performance.now();
      const end = await runOnce(service, signal);
      if (signal.aborted) {
        if (end !== null) log.warn({ error: end.failure }, 'service failed while it was ending');
        break;
      }
      const failure = end?.failure;
      const error = end === null ? EARLY : describe(failure);
      if (isHubError(failure) && failure.recovery === 'stop') {
        become('stopped', { error });
        log.error({ error: failure, remedy: error.remedy }, 'service stopped until a person acts');
        return;
      }
      failures = performance.now() - startedAt >= backoff.healthyMs ? 1 : failures + 1;
      const most = Math.min(backoff.mostMs, backoff.firstMs * 2 ** (failures - 1));
      const waitMs = Math.round(most * (0.5 + Math.random() / 2));
      become('restarting', { error });
      log.error({ error: failure ?? EARLY.message, waitMs, failures }, 'service failed; it is started again');
      await pause(waitMs, signal);
      if (!signal.aborted) become('running', { restarts: status.restarts + 1 });
    }
    become('ended');
  }
  return { stop, ended: live(), status: () => status };
}

const EARLY = { code: 'HUB_INTERNAL', message: 'it ended without being asked to', remedy: ERRORS.HUB_INTERNAL.remedy };

/** What was thrown; null for an end without failure. */
async function runOnce(service: Service, signal: AbortSignal): Promise<{ readonly failure: unknown } | null> {
  try {
    await service.run(signal);
    return null;
  } catch (failure) {
    return signal.aborted && (failure === signal.reason || isAbort(failure)) ? null : { failure };
  }
}

function describe(failure: unknown): NonNullable<ServiceStatus['error']> {
  const { code, message, remedy } = toHubError(failure, 'HUB_INTERNAL', 'unforeseen');
  return { code, message, remedy };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
