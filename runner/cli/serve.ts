import { createServer } from 'node:net';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openHub } from '../compose.ts';
import { doctorService } from '../doctor/watch.ts';
import { catalogService } from '../services/catalog.ts';
import { clockServices } from '../services/clock.ts';
import { followService } from '../services/follow.ts';
import { keepDatabaseService } from '../services/keep-database.ts';
import { createMetrics } from '../services/metrics.ts';
import { watchSchemas, whileKnown } from '../services/outdated.ts';
import { type ServiceStatus, supervise } from '../services/supervise.ts';
import { workServices } from '../services/work.ts';
import { environment, type HubConfig } from '../settings/config.ts';
import { EXIT, tell } from './print.ts';
import { type CommonOptions, listenForSignals, loggerOf, settings } from './session.ts';

export type Part = 'clock' | 'work' | 'catalog';

/**
 * Runs the chosen parts until a signal; the second signal ends at once.
 * @throws HUB_STORE_NEWER when a newer program has changed the database, after everything has drained
 */
export async function serve(
  parts: readonly Part[],
  options: { port?: number; host?: string },
  common: CommonOptions,
): Promise<void> {
  const config = settings(common, (given): HubConfig => {
    const { port = given.http.port, host = given.http.host } = options;
    return { ...given, http: { ...given.http, port, host } };
  });
  const logger = loggerOf(common, config, false);
  if (parts.includes('catalog')) await requireFree(config.http);
  const signals = listenForSignals();
  const opened = await openHub({ config, env: environment(), logger, migrations: 'apply' });
  const watch = watchSchemas(opened);
  const hub = whileKnown(opened, watch);
  const ended = new AbortController();
  const watching = watch.run(ended.signal);
  try {
    const metrics = createMetrics(hub);
    let states: () => readonly ServiceStatus[] = () => [];
    const services = [
      doctorService(hub),
      keepDatabaseService(hub),
      ...(parts.includes('clock') ? clockServices(hub) : []),
      ...(parts.includes('work') ? [...workServices(hub, metrics).services, followService(hub, metrics)] : []),
      ...(parts.includes('catalog') ? [catalogService(hub, metrics, () => states(), { onFirstLink })] : []),
    ];
    const supervision = supervise(services, {
      signal: AbortSignal.any([signals.stop, watch.outdated]),
      ...{ endNow: signals.now, log: logger, drainMs: config.drainMs },
    });
    states = supervision.states;
    const left = await supervision.done;
    if (left.length > 0) {
      tell(
        `Did not end in time: ${left.join(', ')}. Nothing is lost: the work goes on from its checkpoints at the next start.`,
      );
      process.exitCode = EXIT.interrupted;
    }
    watch.outdated.throwIfAborted();
  } finally {
    ended.abort();
    await watching;
    await Promise.race([opened[Symbol.asyncDispose](), afterSignal(signals.now)]);
  }
}

/** To standard error, never to the log: whoever has it becomes the security administrator. */
const onFirstLink = (address: string): void =>
  tell(`Nobody can sign in yet. The first security administrator opens, within an hour and once: ${address}`);

/** A hub without its door would go on and take runs, and nobody would reach it. @throws HUB_CONFIG_INVALID */
const requireFree = ({ host, port }: HubConfig['http']): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ message }) =>
      reject(
        new HubError('HUB_CONFIG_INVALID', `the catalog cannot listen on ${host}:${port}: ${message}`, {
          ...{ host, port, allowed: 'a free port: --port, HUB_HTTP_PORT or http.port in hub.yaml' },
        }),
      ),
    );
    probe.listen(port, host, () => probe.close(() => resolve()));
  });

const afterSignal = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
