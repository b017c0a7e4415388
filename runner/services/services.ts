import { createCatalog } from '../../catalog/api/server.ts';
import type { CatalogBase, Feeds, PastMoment } from '../../catalog/options.ts';
import { BASES } from '../../pipelines/bases.ts';
import { localToday } from '../../pipelines/calendar.ts';
import { CROSS_RULES } from '../../pipelines/cross/rules.ts';
import { entityAsOf } from '../../pipelines/engine/reports/as-of.ts';
import { SERIES_DESCRIPTION } from '../../pipelines/macroeconomic/description.ts';
import type { AttributeSpec } from '../../pipelines/pipeline.ts';
import { FEATURE_CLASSES } from '../../pipelines/spatial/attributes.ts';
import { resolveRegion } from '../../pipelines/standards/regions.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import { createReconciler } from '../control/reconcile.ts';
import { FOLLOWER } from '../control/runs.ts';
import { CONTINUOUS, createScheduler } from '../control/schedule.ts';
import { createPipelineService, type PipelineService, type PipelineServiceOptions } from '../normalise/pipelines.ts';
import { publishService } from '../normalise/publish.ts';
import { createFollower } from '../pull/follow.ts';
import type { PullProgress } from '../pull/pull.ts';
import { createReceive } from '../pull/receive.ts';
import { createRunHandler, performRun, type RunDeps } from '../pull/run.ts';
import { CROSS, createRuleHandler, enqueueRules } from '../quality/ask-rules.ts';
import { createScorecardHandler } from '../quality/scorecards.ts';
import { linkageOf } from './linkage.ts';
import type { HubMetrics } from './metrics.ts';
import type { ServiceStatus, SupervisedService } from './supervise.ts';

export const runDeps = (hub: Hub, onProgress?: (progress: PullProgress) => void): RunDeps => ({
  runs: hub.runs,
  systems: hub.systems,
  registry: hub.registry,
  log: hub.events,
  hub: hub.pool,
  partitions: hub.config.partitions,
  env: hub.env,
  logger: hub.logger,
  knownKeys: hub.knownKeys,
  inbox: hub.inbox,
  onProgress,
});

/** Asks for a run and wakes a worker for it. HUB_RUN_PENDING when one is open. */
export async function requestRun(hub: Hub, system: string, by: string): Promise<number> {
  const { runId } = await hub.runs.request(system, by);
  await (await hub.queue()).enqueue('system.run', { runId, system });
  return runId;
}

export interface WorkHooks {
  readonly onPull?: ((progress: PullProgress) => void) | undefined;
  readonly onBatch?: PipelineServiceOptions['onBatch'];
}

export interface WorkServices {
  readonly services: readonly SupervisedService[];
  readonly pipelines: PipelineService;
}

/** What moves data: the workers of connectors and the pipelines. */
export function workServices(hub: Hub, metrics: HubMetrics, hooks: WorkHooks = {}): WorkServices {
  const handler = createRunHandler(
    runDeps(hub, (progress) => {
      metrics.pulled(progress);
      hooks.onPull?.(progress);
    }),
  );
  const pipelines = createPipelineService(hub, {
    onBatch(pipeline, result) {
      metrics.stored(pipeline, result);
      hooks.onBatch?.(pipeline, result);
    },
  });
  const connectors: SupervisedService = {
    name: 'connectors',
    order: 'connectors',
    async run(signal) {
      const queue = await hub.queue();
      const { concurrency, drainMs } = hub.config;
      await queue.work(
        { 'system.run': handler, 'rule.ask': createRuleHandler(hub), 'scorecard.count': createScorecardHandler(hub) },
        { concurrency, signal, drainMs },
      );
    },
  };
  return { services: [connectors, pipelines, ...(hub.config.publish ? [publishService(hub)] : [])], pipelines };
}

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
      try {
        return (await hub.runs.request(system, FOLLOWER)).runId;
      } catch (error) {
        if (!isHubError(error) || error.code !== 'HUB_RUN_PENDING') throw error;
        const runId = Number(error.details['runId']);
        // One that somebody else asked for has a job, and a worker will do it.
        const open = await hub.runs.byId(runId);
        return open?.state === 'pending' && open.requestedBy === FOLLOWER ? runId : null;
      }
    },
    async follow(runId, signal) {
      await performRun(deps, runId, { signal, lastAttempt: true }, { follow: true });
    },
    log: hub.logger.child({ service: 'follow' }),
  });
  return { ...follower, order: 'connectors' };
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
      const ended = (await hub.bases.get(name)?.store.expireOverrides(localToday())) ?? 0;
      if (ended > 0) logger.info({ base: name, ended }, 'overrides are over; the sources decide again');
    },
    log: logger.child({ service: 'overrides' }),
  });
  return [
    { ...scheduler, order: 'schedule' },
    { ...rules, name: 'rules', order: 'schedule' },
    { ...overrides, name: 'overrides', order: 'schedule' },
    reconciler,
  ];
}

export interface CatalogService extends SupervisedService {
  /** Where it answers; null until it listens. */
  address(): string | null;
}

/** The catalog over HTTP. `states` says how the other services of this process are. */
export function catalogService(hub: Hub, metrics: HubMetrics, states: () => readonly ServiceStatus[]): CatalogService {
  let address: string | null = null;
  return {
    name: 'catalog',
    order: 'api',
    address: () => address,
    async run(signal) {
      const { host, port } = hub.config.http;
      const server = await createCatalog({
        hub: hub.pool,
        bases: catalogBases(hub),
        log: hub.logger.child({ service: 'catalog' }),
        metrics: metrics.render,
        ready: () => readiness(hub, states),
        feeds: FEEDS,
        crossRules: CROSS_RULES.map(({ id, severity, title, zh, basis }) => ({
          ...{ id, severity, attribute: null, title, zh, basis },
        })),
        receive: createReceive({ systems: hub.systems, inbox: hub.inbox, env: hub.env }),
      });
      try {
        address = await server.listen({ host, port });
      } catch (error) {
        await server.close();
        throw new HubError(
          'HUB_CONFIG_INVALID',
          `the catalog cannot listen on ${host}:${port}: ${(error as Error).message}`,
          { host, port, allowed: 'a free port: HUB_HTTP_PORT or http.port in hub.yaml' },
          { cause: error },
        );
      }
      hub.logger.info({ address }, 'the catalog answers');
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      await server.close();
      address = null;
    },
  };
}

/** What the feeds say of their structure. */
const FEEDS: Feeds = {
  featureClasses: Object.entries(FEATURE_CLASSES).map(([code, names]) => ({ code, ...names })),
  series: SERIES_DESCRIPTION,
};

const namesOf = ({ type, codes }: AttributeSpec): ((value: string) => string | null) | undefined =>
  type === 'region' ? (code) => resolveRegion(code)?.name ?? null : codes?.name;

/** The bases as the catalog knows them. */
export const catalogBases = (hub: Hub): readonly CatalogBase[] =>
  BASES.map((base) => ({
    name: base.name,
    schema: base.schema,
    title: base.title,
    entityPrefix: base.entityPrefix,
    attributes: Object.fromEntries(
      Object.entries(base.attributes).map(([name, spec]) => [name, { ...spec, named: namesOf(spec) }]),
    ),
    linkSchemes: base.linkSchemes,
    rules: base.rules.map(({ id, severity, attribute, title, zh, basis }) => ({
      ...{ id, severity, attribute, title, zh, basis },
    })),
    pool: hub.bases.get(base.name)?.pool ?? hub.pool,
    past: (entityId: number, moment: PastMoment) =>
      entityAsOf(hub.bases.get(base.name)?.pool ?? hub.pool, base, entityId, moment),
    linkage: linkageOf(base, hub.bases.get(base.name)?.pool ?? hub.pool),
  }));

async function readiness(
  hub: Hub,
  states: () => readonly ServiceStatus[],
): Promise<readonly { name: string; ok: boolean; message: string }[]> {
  const probes = [['database', hub.pool] as const, ...[...hub.bases].map(([name, { pool }]) => [name, pool] as const)];
  const databases = await Promise.all(
    probes.map(async ([name, pool]) => {
      try {
        await pool.query('SELECT 1');
        return { name, ok: true, message: 'answers' };
      } catch (error) {
        return { name, ok: false, message: (error as Error).message };
      }
    }),
  );
  const services = states().map(({ name, state, error }) => ({
    name: `service ${name}`,
    ok: state === 'running',
    message: error === null ? state : `${state}: ${error.code}`,
  }));
  return [...databases, ...services];
}
