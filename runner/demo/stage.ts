import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from '../../schemas/kernel/context.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { createDatabase } from '../compose.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../stack/postgres.ts';
import { readSystemFile } from '../systems.ts';
import { loadWorld, type WorldOptions, type WorldProgress, type WorldTargets } from './world/load-world.ts';
import { SYSTEM_NAMES } from './world/sample-system.ts';
import type { WorldSummary } from './world/truth.ts';

/** The departments of the sample world: their databases, folders and system files. */
export interface Stage extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly world: WorldOptions;
  readonly summary: WorldSummary;
  /** False when the world of last time was found as wanted. */
  readonly loaded: boolean;
  readonly targets: WorldTargets;
  /** What the system files name as `${...}`. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of the hub's own database in the same server. */
  readonly hubUrl: string;
  systemFiles(): Promise<readonly SystemFile[]>;
}

export interface StageOptions {
  readonly folder: string;
  readonly world: WorldOptions;
  /** Forget everything of last time. */
  readonly fresh: boolean;
  readonly log: Logger;
  readonly progress: WorldProgress;
  readonly signal: AbortSignal;
}

const HUB = 'hub';
const DEPARTMENTS = 'departments';
/** Raised when the sample world or the tables change, so that an old folder is not taken for a new one. */
const EDITION = 1;

/**
 * Starts the embedded server and sees that it holds the wanted world: the one of last time when the options are equal,
 * otherwise everything is made anew, the hub's own database included, because old rows would be departments' rows no more.
 */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { folder, world, fresh, log, progress, signal } = options;
  mkdirSync(folder, { recursive: true });
  const server = await openEmbeddedPostgres({ folder: join(folder, 'postgres'), log });
  try {
    const url = server.url(DEPARTMENTS);
    const targets: WorldTargets = {
      goldenShield: url,
      goldenInsurance: url,
      goldenTax: url,
      industryCommerceFolder: join(server.folder, 'industry-commerce'),
      qualityCodesFolder: join(server.folder, 'quality-codes'),
    };
    const marker = join(folder, 'world.json');
    const known = fresh ? null : readMarker(marker, world);
    let summary = known;
    if (summary === null) {
      rmSync(marker, { force: true });
      for (const name of [HUB, DEPARTMENTS]) await recreate(server.url('postgres'), name);
      summary = await loadWorld(world, targets, progress, signal);
      writeFileSync(marker, JSON.stringify({ edition: EDITION, world, summary }));
    }
    return {
      ...{ server, world, summary, targets, loaded: known === null },
      env: {
        GOLDEN_SHIELD_URL: url,
        GOLDEN_INSURANCE_URL: url,
        GOLDEN_TAX_URL: url,
        INDUSTRY_COMMERCE_FOLDER: targets.industryCommerceFolder,
        QUALITY_CODES_FOLDER: targets.qualityCodesFolder,
      },
      hubUrl: server.url(HUB),
      systemFiles: sampleSystemFiles,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

export const sampleSystemFiles = (): Promise<readonly SystemFile[]> =>
  Promise.all(
    SYSTEM_NAMES.map(async (name) => {
      const file = projectPath('connectors', 'systems', `${name}.yaml`);
      return readSystemFile(await readFile(file, 'utf8'), `${name}.yaml`);
    }),
  );

function readMarker(marker: string, world: WorldOptions): WorldSummary | null {
  if (!existsSync(marker)) return null;
  try {
    const found = JSON.parse(readFileSync(marker, 'utf8')) as {
      edition: number;
      world: WorldOptions;
      summary: WorldSummary;
    };
    const { persons, entities, seed } = found.world;
    const same = persons === world.persons && entities === world.entities && seed === world.seed;
    return found.edition === EDITION && same ? found.summary : null;
  } catch {
    // Half a marker is none: the world is made anew.
    return null;
  }
}

async function recreate(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  } finally {
    await client.end();
  }
  await createDatabase(server, name);
}
