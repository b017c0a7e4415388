import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../schemas/kernel/context.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';
import { onConnection, PATIENCE } from '../../schemas/store/pool.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { createDatabase } from '../compose.ts';
import { readSystemFile } from '../control/systems.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../stack/postgres.ts';
import type { Place } from './departments/department.ts';
import { DEPARTMENTS } from './departments/index.ts';
import { type DepartmentRows, fillDepartments, openDepartments, sumOf } from './departments/open-all.ts';
import { loadWorld, type WorldOptions, type WorldTargets } from './world/load-world.ts';
import { SYSTEM_NAMES } from './world/sample-system.ts';
import type { WorldSummary } from './world/truth.ts';

/** The departments of the sample world: their databases, folders and system files. */
export interface Stage extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly world: WorldOptions;
  readonly summary: WorldSummary;
  /** What a full read of each system finds. */
  readonly rows: ReadonlyMap<string, number>;
  /** False when the world of last time was found as wanted. */
  readonly loaded: boolean;
  readonly targets: WorldTargets;
  /** What the system files name as `${...}`. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets the departments that push send what they have to the hub at this address. */
  push(hub: string): Promise<void>;
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
  /** Absolute counts. */
  readonly progress: (system: string, rows: number, total: number) => void;
  readonly signal: AbortSignal;
}

const HUB = 'hub';
const DEPARTMENTS_DATABASE = 'departments';
/** Raised when the sample world or the tables change, so that an old folder is not taken for a new one. */
const EDITION = 3;

interface Filled {
  readonly summary: WorldSummary;
  readonly departments: DepartmentRows;
}

/**
 * Starts the embedded server and sees that it holds the wanted world: the one of last time when the options are equal,
 * otherwise everything is made anew, the hub's own database included, because old rows would be departments' rows no more.
 */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { folder, world, fresh, log, progress, signal } = options;
  mkdirSync(folder, { recursive: true });
  const server = await openEmbeddedPostgres({ folder: join(folder, 'postgres'), log });
  try {
    const url = server.url(DEPARTMENTS_DATABASE);
    const targets: WorldTargets = {
      goldenShield: url,
      goldenInsurance: url,
      goldenTax: url,
      industryCommerceFolder: join(server.folder, 'industry-commerce'),
      qualityCodesFolder: join(server.folder, 'quality-codes'),
      staffingOfficeFolder: join(server.folder, 'staffing-office'),
      civilAffairsFolder: join(server.folder, 'civil-affairs'),
    };
    const place: Place = { world, folder: join(folder, 'departments'), databaseUrl: url, log, signal };
    const marker = join(folder, 'world.json');
    const known = fresh ? null : readMarker(marker, world);
    let filled = known;
    if (filled === null) {
      rmSync(marker, { force: true });
      rmSync(place.folder, { recursive: true, force: true });
      for (const name of [HUB, DEPARTMENTS_DATABASE]) await recreate(server.url('postgres'), name);
      const summary = await loadWorld(world, targets, progress, signal);
      const departments = await fillDepartments(DEPARTMENTS, place, (system, rows) => progress(system, rows, rows));
      filled = { summary, departments };
      writeFileSync(marker, JSON.stringify({ edition: EDITION, world, ...filled }));
    }
    const departments = await openDepartments(DEPARTMENTS, place);
    return {
      ...{ server, world, summary: filled.summary, rows: rowsBySystem(filled), targets, loaded: known === null },
      env: {
        GOLDEN_SHIELD_URL: url,
        GOLDEN_INSURANCE_URL: url,
        GOLDEN_TAX_URL: url,
        INDUSTRY_COMMERCE_FOLDER: targets.industryCommerceFolder,
        QUALITY_CODES_FOLDER: targets.qualityCodesFolder,
        STAFFING_OFFICE_FOLDER: targets.staffingOfficeFolder,
        CIVIL_AFFAIRS_FOLDER: targets.civilAffairsFolder,
        ...departments.env,
      },
      push: (hub) => departments.push(hub),
      hubUrl: server.url(HUB),
      systemFiles: sampleSystemFiles,
      async [Symbol.asyncDispose]() {
        await departments[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

const rowsBySystem = ({ summary, departments }: Filled): ReadonlyMap<string, number> =>
  new Map([
    ...Object.entries(summary.systems).map(([system, { rows }]) => [system, rows] as const),
    ...Object.entries(departments).map(([system, streams]) => [system, sumOf(streams)] as const),
  ]);

const readSampleFile = async (name: string): Promise<SystemFile> => {
  const file = projectPath('connectors', 'systems', `${name}.yaml`);
  return readSystemFile(await readFile(file, 'utf8'), `${name}.yaml`);
};

/** The systems of `world/`, those in databases read by their tables: for tests and measurements of that. */
export const worldSystemFiles = (): Promise<readonly SystemFile[]> =>
  Promise.all(
    SYSTEM_NAMES.map((name) => readSampleFile(name === 'golden-shield' ? 'optional/golden-shield-table' : name)),
  );

/** All of the demo. */
export const sampleSystemFiles = async (): Promise<readonly SystemFile[]> => [
  ...(await Promise.all(SYSTEM_NAMES.map(readSampleFile))),
  ...(await Promise.all(DEPARTMENTS.map(({ name }) => readSampleFile(name)))),
];

function readMarker(marker: string, world: WorldOptions): Filled | null {
  if (!existsSync(marker)) return null;
  try {
    const found = JSON.parse(readFileSync(marker, 'utf8')) as Filled & { edition: number; world: WorldOptions };
    const { persons, entities, seed } = found.world;
    const same = persons === world.persons && entities === world.entities && seed === world.seed;
    const filled = Object.keys(found.departments).join() === DEPARTMENTS.map(({ name }) => name).join();
    return found.edition === EDITION && same && filled ? found : null;
  } catch {
    // Half a marker is none: the world is made anew.
    return null;
  }
}

async function recreate(server: string, name: string): Promise<void> {
  await onConnection({ url: server, name: 'sanjiang demo', patience: PATIENCE.work }, async (client) => {
    // A database with replication slots cannot be dropped.
    await client.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1 AND NOT active',
      [name],
    );
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
  });
  await createDatabase(server, name);
}
