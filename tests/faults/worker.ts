/*
 * A worker that kills itself. The program's own parts, with the kill put between them at the ports: no test hook is in
 * the product. CRASH_AT is `<point>:<n>` (at the n-th time), `random:<ms>` (so long after the first batch) or absent.
 */

import { drained } from '../../runner/cli/run.ts';
import { type Hub, type HubBase, openHub } from '../../runner/compose.ts';
import { createPipelineService } from '../../runner/normalise/pipelines.ts';
import { performRun, runDeps } from '../../runner/pull/run.ts';
import { environment, loadConfig } from '../../runner/settings/config.ts';
import { createLogger } from '../../runner/settings/logger.ts';

export const POINTS = [
  'append.before',
  'append.after',
  'checkpoint.before',
  'checkpoint.after',
  'store.before',
  'store.during',
  'store.after',
  'commit.after',
] as const;

const [wanted = '', count = '1'] = (process.env['CRASH_AT'] ?? '').split(':');
let seen = 0;
let timer = false;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

async function at(point: (typeof POINTS)[number]): Promise<void> {
  if (wanted === 'random' && !timer) {
    timer = true;
    setTimeout(die, Number(count));
  }
  if (point !== wanted || ++seen < Number(count)) return;
  die();
  // The signal is on its way: nothing more may happen.
  await new Promise(() => {});
}

function mortal(hub: Hub): Hub {
  const { events, runs } = hub;
  const bases = new Map<string, HubBase>(
    [...hub.bases].map(([name, base]) => {
      const apply: HubBase['ingestion']['apply'] = async (...args) => {
        await at('store.before');
        const applied = base.ingestion.apply(...args);
        // Somewhere in the transaction.
        if (wanted === 'store.during') setTimeout(() => void at('store.during'), 15);
        const result = await applied;
        await at('store.after');
        return result;
      };
      return [name, { ...base, ingestion: { ...base.ingestion, apply } }];
    }),
  );
  return {
    ...hub,
    bases,
    events: {
      ...events,
      async append(topic, messages, signal) {
        await at('append.before');
        await events.append(topic, messages, signal);
        await at('append.after');
      },
      async *subscribe(...args) {
        for await (const batch of events.subscribe(...args)) {
          const commit = async (): Promise<void> => {
            await batch.commit();
            await at('commit.after');
          };
          yield { ...batch, commit };
        }
      },
      [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
    },
    runs: {
      ...runs,
      async saveCheckpoint(lease, update) {
        await at('checkpoint.before');
        await runs.saveCheckpoint(lease, update);
        await at('checkpoint.after');
      },
    },
  };
}

const opened = await openHub({
  config: loadConfig(),
  env: environment(),
  logger: createLogger({ level: 'warn' }),
  migrations: 'apply',
});
const hub = mortal(opened);
const stop = new AbortController();
const pipelines = createPipelineService(hub, { refreshMs: 100 });
const running = pipelines.run(stop.signal);
// The worker before this one is dead for certain: its signs of life need not be waited for.
await hub.runs.recoverStale(0);
const systems = await hub.systems.list();
await Promise.all(
  systems.map(async ({ spec }) => {
    const [last] = await hub.runs.recent(1, spec.system);
    if (last === undefined || (last.state !== 'pending' && last.state !== 'running')) return;
    await performRun(runDeps(hub), last.runId, { signal: stop.signal, lastAttempt: false });
  }),
);
await drained(hub, systems, stop.signal, pipelines.states);
stop.abort();
await running;
await opened[Symbol.asyncDispose]();
process.exit(0);
