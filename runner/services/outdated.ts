import type { Hub, HubBase } from '../compose.ts';
import { baseMigrations, HUB_SETS } from '../control/migrate.ts';
import { createSchemaWatch, type SchemaWatch, type SchemaWatchOptions } from '../control/schema-watch.ts';

/** Looks after the schemas of the hub and of its bases. */
export function watchSchemas(hub: Hub, options: Omit<SchemaWatchOptions, 'log'> = {}): SchemaWatch {
  const bases = [...hub.bases.values()].map(({ pool, definition }) => ({ pool, sets: baseMigrations(definition) }));
  return createSchemaWatch([{ pool: hub.pool, sets: HUB_SETS }, ...bases], { ...options, log: hub.logger });
}

/** The same hub for whoever begins work: no run is taken and no batch stored once a newer program has changed a schema. */
export function whileKnown(hub: Hub, watch: SchemaWatch): Hub {
  const guarded =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await watch.requireKnown();
      return work(...args);
    };
  const { runs } = hub;
  const bases = [...hub.bases].map(([name, base]): [string, HubBase] => [
    name,
    { ...base, ingestion: { ...base.ingestion, apply: guarded(base.ingestion.apply) } },
  ]);
  return { ...hub, bases: new Map(bases), runs: { ...runs, take: guarded(runs.take) } };
}
