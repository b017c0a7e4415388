import { openAccess, type SamplePerson } from '../../catalog/access/access.ts';
import { firstLink, setUpAddress } from '../../catalog/access/people.ts';
import { createCatalog } from '../../catalog/api/server.ts';
import { storedLog } from '../../catalog/proof/stored.ts';
import { CROSS_RULES } from '../../pipelines/cross/rules.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import { createReceive } from '../pull/receive.ts';
import { catalogBases, FEEDS } from './descriptions.ts';
import type { HubMetrics } from './metrics.ts';
import type { ServiceStatus, SupervisedService } from './supervise.ts';

export interface CatalogService extends SupervisedService {
  /** Where it answers; null until it listens. */
  address(): string | null;
}

interface CatalogServiceOptions {
  /** Of a demo: whom anybody on this machine may become. */
  readonly samplePeople?: readonly SamplePerson[];
  /** Where somebody makes the first person of the hub, when there is none yet: told once it answers. */
  readonly onFirstLink?: (address: string) => void;
}

/** The catalog over HTTP. `states` says how the other services of this process are. */
export function catalogService(
  hub: Hub,
  metrics: HubMetrics,
  states: () => readonly ServiceStatus[],
  options: CatalogServiceOptions = {},
): CatalogService {
  let address: string | null = null;
  return {
    name: 'catalog',
    order: 'api',
    address: () => address,
    async run(signal) {
      const { host, port, metricsToken, publicUrl, openFeeds } = hub.config.http;
      const log = hub.logger.child({ service: 'catalog' });
      const server = await createCatalog({
        hub: hub.catalogPools.hub,
        bases: catalogBases(hub),
        log,
        access: openAccess({
          pool: hub.catalogPools.hub,
          log,
          metricsToken: metricsToken ?? null,
          publicUrl: publicUrl ?? null,
          samplePeople: options.samplePeople,
        }),
        openFeeds,
        metrics: metrics.render,
        ready: () => readiness(hub, states),
        feeds: FEEDS,
        crossRules: CROSS_RULES.map(({ id, severity, title, zh, basis }) => ({
          ...{ id, severity, attribute: null, title, zh, basis },
        })),
        auditLog: storedLog(hub.catalogPools.hub),
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
      if (options.onFirstLink !== undefined) {
        const token = await firstLink(hub.catalogPools.hub);
        if (token !== null) options.onFirstLink(setUpAddress(publicUrl ?? address, token));
      }
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      await server.close();
      address = null;
    },
  };
}

async function readiness(
  hub: Hub,
  states: () => readonly ServiceStatus[],
): Promise<readonly { name: string; ok: boolean; message: string }[]> {
  const probes = [
    ['database', hub.catalogPools.hub] as const,
    ...[...hub.bases.values()].map(({ definition: { name } }) => [name, hub.catalogPools.of(name)] as const),
  ];
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
