import { join, relative } from 'node:path';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import { print, table } from '../cli/print.ts';
import { drained } from '../cli/run.ts';
import { type CommonOptions, listenForSignals, loggerOf, settings } from '../cli/session.ts';
import { type HubStatus, statusOf } from '../cli/status.ts';
import { type Hub, openHub } from '../compose.ts';
import { catalogService } from '../services/catalog.ts';
import { clockServices, enqueueQuality, qualityScopes, requestRun } from '../services/clock.ts';
import { followService } from '../services/follow.ts';
import { createMetrics } from '../services/metrics.ts';
import { type ServiceStatus, supervise } from '../services/supervise.ts';
import { workServices } from '../services/work.ts';
import { environment, type HubConfig } from '../settings/config.ts';
import { openSamplePeople } from './people.ts';
import { createProgress, type Progress } from './progress.ts';
import { openStage, type Stage } from './stage.ts';
import type { WorldOptions } from './world/load-world.ts';

export interface DemoOptions {
  readonly world: WorldOptions;
  readonly port?: number | undefined;
  /** Stop by itself when everything is loaded. */
  readonly exit: boolean;
  /** One JSON object as the last line of standard output; everything else goes to standard error. */
  readonly json: boolean;
  readonly fresh: boolean;
}

/** The last line of `demo --json`. */
interface DemoResult {
  readonly seconds: number;
  readonly maxRssMb: number;
  readonly systems: readonly { system: string; streams: number; read: number; appended: number }[];
  readonly bases: Readonly<Record<string, BaseResult>>;
  readonly catalog: { readonly resources: number };
  readonly balanced: boolean;
}

interface BaseResult {
  readonly entities: number;
  readonly sourceRecords: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly rejected: number;
}

/** From nothing to a directory that answers: stack, sample systems, connectors, pipelines, catalog. */
export async function runDemo(options: DemoOptions, common: CommonOptions): Promise<void> {
  const startedAt = performance.now();
  const signals = listenForSignals();
  const out = options.json ? process.stderr : process.stdout;
  const progress = createProgress({ out });
  const config = settings(
    common,
    (given): HubConfig => ({
      ...given,
      dataFolder: join(given.dataFolder, 'demo'),
      // Its places are samples: programs of map makers read them without signing in.
      http: { ...given.http, port: options.port ?? given.http.port, openFeeds: ['sdmx', 'features'] },
    }),
  );
  const logger = loggerOf(common, config, true);

  progress.say('Sanjiang 三江: starting the embedded PostgreSQL and the sample departments of Qinghai ...');
  await using stage = await openStage({
    ...{ folder: config.dataFolder, world: options.world, fresh: options.fresh, log: logger, signal: signals.stop },
    progress: (system, rows, total) => progress.update(system, rows, total),
  });
  if (stage.loaded) progress.end();
  const rows = [...stage.rows.values()].reduce((sum, one) => sum + one, 0);
  const since = ((performance.now() - startedAt) / 1000).toFixed(1);
  progress.say(
    `${stage.rows.size} systems hold ${rows.toLocaleString('en-US')} rows${stage.loaded ? '' : ' (as last time)'}; ready after ${since} s.\n`,
  );

  const url = config.database.url ?? stage.hubUrl;
  await using hub = await openHub({
    config: { ...config, database: { ...config.database, url } },
    env: { ...environment(), ...stage.env },
    logger,
    migrations: 'apply',
  });
  await serveWorld(hub, stage, options, { startedAt, progress, signals });
}

interface Show {
  readonly startedAt: number;
  readonly progress: Progress;
  readonly signals: ReturnType<typeof listenForSignals>;
}

async function serveWorld(
  hub: Hub,
  stage: Stage,
  options: DemoOptions,
  { startedAt, progress, signals }: Show,
): Promise<void> {
  const metrics = createMetrics(hub);
  const stored = new Map<string, number>();
  const work = workServices(hub, metrics, {
    onPull: ({ system, read }) => progress.update(`read ${system}`, read, rowsOf(stage, system)),
    onBatch({ base, system }, { read }) {
      const sum = (stored.get(system) ?? 0) + read;
      stored.set(system, sum);
      progress.update(`store in ${base} from ${system}`, sum, rowsOf(stage, system));
    },
  });
  const stop = new AbortController();
  let states: () => readonly ServiceStatus[] = () => [];
  const catalog = catalogService(hub, metrics, () => states(), {
    samplePeople: await openSamplePeople(hub.pool),
  });
  for (const spec of await stage.systemFiles()) await hub.systems.apply(spec);
  const care = {
    signal: AbortSignal.any([signals.stop, stop.signal]),
    ...{ endNow: signals.now, log: hub.logger, drainMs: hub.config.drainMs },
  };
  const supervisions = [supervise([...work.services, catalog], care)];
  states = () => supervisions.flatMap((one) => one.states());
  const ended = () => Promise.all(supervisions.map(({ done }) => done));

  let failure: unknown = null;
  try {
    const address = await answering(catalog, states, signals.stop);
    await stage.push(address);
    await fill(hub, signals.stop, work.pipelines.states);
    progress.end();
    await summarize(hub, stage, options, { startedAt, progress, address });
    if (!options.exit) {
      // Only now: a system that is followed has its run open for ever, and the filling waits for the end of runs.
      supervisions.unshift(supervise([...clockServices(hub), followService(hub, metrics)], care));
      // What the clock asks for every morning, so that there is something to look at now.
      for (const scope of qualityScopes(hub)) await enqueueQuality(hub, scope);
      await ended();
    }
  } catch (error) {
    failure = error;
  } finally {
    stop.abort();
    await ended();
  }
  if (failure !== null && !signals.stop.aborted) throw failure;
}

const rowsOf = ({ rows }: Stage, system: string): number | null => rows.get(system) ?? null;

/** Every system is read once, and the bases take everything. */
async function fill(hub: Hub, signal: AbortSignal, states: Parameters<typeof drained>[3]): Promise<void> {
  const systems = await hub.systems.list();
  const runs = await Promise.all(
    systems.map(async ({ spec }) => {
      try {
        return await requestRun(hub, spec.system, 'demo');
      } catch (error) {
        // Left over from a demo that was stopped in the middle: the reconciler of its worker would take it up.
        if (!isHubError(error) || error.code !== 'HUB_RUN_PENDING') throw error;
        const runId = Number(error.details['runId']);
        await (await hub.queue()).enqueue('system.run', { runId, system: spec.system });
        return runId;
      }
    }),
  );
  for (const runId of runs) {
    for (;;) {
      signal.throwIfAborted();
      const run = await hub.runs.byId(runId);
      if (run?.state === 'failed')
        throw new HubError(
          'HUB_PIPELINE_STOPPED',
          `the run of ${run.system} failed: ${run.error?.code}: ${run.error?.message}`,
        );
      if (run === null || run.state === 'succeeded' || run.state === 'cancelled') break;
      await pause(100, signal);
    }
  }
  await drained(hub, systems, signal, states);
  signal.throwIfAborted();
}

/** The address of the catalog as soon as it listens. */
async function answering(
  catalog: { address(): string | null },
  states: () => readonly ServiceStatus[],
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    const address = catalog.address();
    if (address !== null) return address;
    const stopped = states().find(({ name, state }) => name === 'catalog' && state === 'stopped');
    if (stopped?.error != null) throw new HubError('HUB_CONFIG_INVALID', stopped.error.message);
    await pause(50, signal);
    signal.throwIfAborted();
  }
}

async function summarize(
  hub: Hub,
  stage: Stage,
  options: DemoOptions,
  { startedAt, progress, address }: { startedAt: number; progress: Progress; address: string },
): Promise<void> {
  const status = await statusOf(hub);
  // Asked over HTTP: what the directory says to whoever has not signed in, not what we think it says.
  const answer = await fetch(`${address}/api/resources?limit=1`);
  const { total } = (await answer.json()) as { total: number };
  const result: DemoResult = {
    seconds: Number(((performance.now() - startedAt) / 1000).toFixed(2)),
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    systems: status.systems.map(({ system, streams }) => ({
      ...{ system, streams: streams.length },
      read: streams.reduce((sum, one) => sum + one.read, 0),
      appended: streams.reduce((sum, one) => sum + one.appended, 0),
    })),
    bases: Object.fromEntries(Object.entries(status.bases).map(([name, base]) => [name, baseResult(base)])),
    catalog: { resources: total },
    balanced: status.balanced,
  };
  showSummary(result, stage, progress);
  if (!options.exit)
    progress.say(
      `\nThe directory is at ${address.replace('127.0.0.1', 'localhost')} (documentation at /api/docs). Ctrl-C ends.` +
        (hub.config.database.url === stage.hubUrl
          ? `\nEvery command works on it from another terminal: HUB_DATA_FOLDER=${relative('.', hub.config.dataFolder)} npm run hub -- status`
          : ''),
    );
  if (options.json) print(JSON.stringify(result));
  if (!result.balanced)
    throw new HubError('HUB_INTERNAL', 'the books do not balance: see the summary', { ...result.bases });
}

const baseResult = ({
  entities,
  sourceRecords,
  inserted,
  updated,
  unchanged,
  stale,
  rejected,
}: HubStatus['bases'][string]): BaseResult => ({
  ...{ entities, sourceRecords, inserted, updated, unchanged, stale, rejected },
});

function showSummary(result: DemoResult, { summary }: Stage, progress: Progress): void {
  progress.say('');
  progress.say(
    table(
      ['system', 'streams', 'read', 'appended'],
      result.systems.map((one) => [one.system, one.streams, one.read, one.appended]),
    ),
  );
  progress.say('');
  const known = summary.entities as Readonly<Record<string, number>>;
  progress.say(
    table(
      ['base', 'entities', 'in truth', 'source records', 'inserted', 'updated', 'unchanged', 'stale', 'rejected'],
      Object.entries(result.bases).map(([name, base]) => [
        ...[name, base.entities, known[name] ?? null, base.sourceRecords, base.inserted, base.updated],
        ...[base.unchanged, base.stale, base.rejected],
      ]),
    ),
  );
  const verdict = result.balanced ? 'balanced' : 'NOT BALANCED';
  progress.say(
    `\n${result.catalog.resources} resources in the directory without signing in, ${verdict}, ${result.seconds} s, at most ${result.maxRssMb} MB.`,
  );
}
