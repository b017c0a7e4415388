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
        hub: hub.catalogPools.hub,
        bases: catalogBases(hub),
        log: hub.logger.child({ service: 'catalog' }),
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
