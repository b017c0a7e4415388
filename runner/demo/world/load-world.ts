import { type Seen, writeCsv, writeIndustryCommerce } from './file-systems.ts';
import { checkOptions } from './options.ts';
import type { WorldOptions } from './person.ts';
import { SYSTEM_NAMES, type SystemName } from './sample-system.ts';
import { loadTable } from './table-systems.ts';
import { countKnown, countRows, type SystemSummary, Tally, type WorldSummary } from './truth.ts';

export type { WorldOptions, WorldSummary };

/** Where the sample systems are: PostgreSQL URLs, which may be the same database, and folders, which are made. */
export interface WorldTargets {
  readonly goldenShield: string;
  readonly goldenInsurance: string;
  readonly goldenTax: string;
  readonly industryCommerceFolder: string;
  readonly qualityCodesFolder: string;
  readonly staffingOfficeFolder: string;
  readonly civilAffairsFolder: string;
}

/** Called every 10,000 rows and at the end of each system. */
export type WorldProgress = (system: SystemName, rows: number, total: number) => void;

const STEP = 10_000;

/** Fills one system that is already known to be reachable or writable. */
type Fill = (seen: Seen) => Promise<void>;

/**
 * Makes the sample systems of the world anew: tables are dropped and filled by COPY, files written. Rows pass one at a time, so
 * memory does not grow with the world. Equal options give equal systems.
 * @throws HUB_CONFIG_INVALID, HUB_STORE_UNAVAILABLE; on abort the reason of the signal.
 */
export async function loadWorld(
  world: WorldOptions,
  targets: WorldTargets,
  progress: WorldProgress,
  signal: AbortSignal,
): Promise<WorldSummary> {
  checkOptions(world);
  const fills: Readonly<Record<SystemName, Fill>> = {
    'golden-shield': (seen) => loadTable('golden-shield', world, targets.goldenShield, seen, signal),
    'golden-insurance': (seen) => loadTable('golden-insurance', world, targets.goldenInsurance, seen, signal),
    'industry-commerce': (seen) => writeIndustryCommerce(world, targets.industryCommerceFolder, seen, signal),
    'quality-codes': (seen) => writeCsv('quality-codes', world, targets.qualityCodesFolder, seen, signal),
    'golden-tax': (seen) => loadTable('golden-tax', world, targets.goldenTax, seen, signal),
    'staffing-office': (seen) => writeCsv('staffing-office', world, targets.staffingOfficeFolder, seen, signal),
    'civil-affairs': (seen) => writeCsv('civil-affairs', world, targets.civilAffairsFolder, seen, signal),
  };
  const systems: Partial<Record<SystemName, SystemSummary>> = {};
  for (const name of SYSTEM_NAMES) {
    signal.throwIfAborted();
    const total = countRows(world, name);
    const tally = new Tally();
    await fills[name]((row) => {
      tally.add(row);
      if (tally.rows % STEP === 0 && tally.rows < total) progress(name, tally.rows, total);
    });
    progress(name, tally.rows, total);
    systems[name] = tally.summary();
  }
  return {
    systems: systems as Record<SystemName, SystemSummary>,
    entities: {
      population: countKnown(world, 'population'),
      'legal-entity': countKnown(world, 'legal-entity'),
    },
  };
}
