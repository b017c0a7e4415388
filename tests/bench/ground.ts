import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Hub, openHub } from '../../runner/compose.ts';
import { worldSystemFiles } from '../../runner/demo/stage.ts';
import type { WorldOptions } from '../../runner/demo/world/load-world.ts';
import { loadTable } from '../../runner/demo/world/table-systems.ts';
import type { TableSystem } from '../../runner/demo/world/tables.ts';
import { performRun, runDeps } from '../../runner/pull/run.ts';
import { environment, type HubConfig } from '../../runner/settings/config.ts';
import { type LocalKafka, openLocalKafka, whyNoKafka } from '../../runner/stack/kafka.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { openBenchServer } from './server.ts';

export type LogKind = 'embedded' | 'kafka';

/** Databases and a folder of its own, removed afterwards, and a broker where one can be had. */
export interface Ground extends AsyncDisposable {
  readonly folder: string;
  /** null: `whyNot` says what is missing. */
  readonly kafka: LocalKafka | null;
  readonly whyNot: string | null;
  /** A new, empty database. */
  database(name: string): Promise<string>;
  /** A hub on an empty database with the given log. */
  hub(name: string, log: LogKind, departments: string, env?: Readonly<Record<string, string>>): Promise<Hub>;
}

export interface GroundOptions {
  readonly config: HubConfig;
  readonly logger: Logger;
  readonly logs: readonly LogKind[];
  /** Of an embedded server, beside the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function openGround({ config, logger, logs, settings = {} }: GroundOptions): Promise<Ground> {
  const folder = join(config.dataFolder, `bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const server = await openBenchServer({ config, folder, settings, log: logger });
  const lack = logs.includes('kafka') ? whyNoKafka() : { reason: 'not asked for', remedy: '--log kafka' };
  const kafka = lack === null ? await openLocalKafka({ folder: join(folder, 'kafka'), log: logger }) : null;
  const { database } = server;
  return {
    ...{ folder, kafka, database, whyNot: lack === null ? null : `${lack.reason}; ${lack.remedy}` },
    async hub(name, log, departments, env = {}) {
      const url = await database(name);
      const brokers = log === 'kafka' && kafka !== null ? { brokers: [kafka.brokers] } : {};
      return openHub({
        config: {
          ...config,
          ...{
            database: { maxConnections: config.database.maxConnections, url },
            kafka: { ...config.kafka, ...brokers },
          },
          http: { ...config.http, host: '127.0.0.1', port: 0 },
        },
        env: {
          ...environment(),
          GOLDEN_SHIELD_URL: departments,
          GOLDEN_INSURANCE_URL: departments,
          GOLDEN_TAX_URL: departments,
          ...env,
        },
        logger,
        migrations: 'apply',
      });
    },
    async [Symbol.asyncDispose]() {
      await kafka?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const worldOf = (persons: number): WorldOptions => ({ persons, entities: 0, seed: 63 });

/** @returns rows loaded */
export async function loadSystems(
  systems: readonly TableSystem[],
  world: WorldOptions,
  url: string,
  signal: AbortSignal,
): Promise<number> {
  let rows = 0;
  for (const system of systems)
    await loadTable(
      system,
      world,
      url,
      () => {
        rows += 1;
      },
      signal,
    );
  return rows;
}

/** Applies the sample's own system file and reads it to its end. */
export async function pullOnce(
  hub: Hub,
  system: TableSystem,
  signal: AbortSignal,
): Promise<{ rows: number; ms: number }> {
  const spec = (await worldSystemFiles()).find((one) => one.system === system) as SystemFile;
  await hub.systems.apply(spec);
  const { runId } = await hub.runs.request(system, 'bench');
  const startedAt = performance.now();
  const result = await performRun(runDeps(hub), runId, { signal, lastAttempt: true });
  const ms = performance.now() - startedAt;
  return { rows: result?.streams.reduce((sum, one) => sum + one.read, 0) ?? 0, ms };
}

export const perSecond = (rows: number, ms: number): number => Math.round((rows / ms) * 1000);
export const ratio = (value: number, reference: number): number => Number((value / reference).toFixed(3));
/** The most memory this process has used so far, MB. What the system counts may include that of the process it was forked from. */
export function maxRssMb(): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (peak !== undefined) return Math.round(Number(peak) / 1024);
  } catch {
    // Elsewhere than on Linux.
  }
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
