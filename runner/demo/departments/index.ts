import { administrativeUnits } from './administrative-units.ts';
import { archives } from './archives.ts';
import type { SampleDepartment } from './department.ts';
import { emergencyCommand } from './emergency-command.ts';
import { environmentGis } from './environment-gis.ts';
import { financialSupervision } from './financial-supervision.ts';
import { goldenAgriculture } from './golden-agriculture.ts';
import { goldenAudit } from './golden-audit.ts';
import { goldenCustoms } from './golden-customs.ts';
import { goldenFinance } from './golden-finance.ts';
import { goldenMacro } from './golden-macro.ts';
import { goldenOffice } from './golden-office.ts';
import { goldenTaxRevenue } from './golden-tax-revenue.ts';
import { goldenWater } from './golden-water.ts';
import { grasslandContracts } from './grassland-contracts.ts';
import { naturalResources } from './natural-resources.ts';
import { onlineApproval } from './online-approval.ts';
import { onlineBidding } from './online-bidding.ts';
import { placeNames } from './place-names.ts';
import { statistics } from './statistics.ts';

/** The departments of the demo beside those of `../world/`: one line each. */
export const DEPARTMENTS: readonly SampleDepartment[] = [
  goldenOffice,
  goldenAudit,
  goldenTaxRevenue,
  emergencyCommand,
  goldenWater,
  onlineBidding,
  onlineApproval,
  archives,
  goldenMacro,
  goldenFinance,
  statistics,
  goldenAgriculture,
  grasslandContracts,
  goldenCustoms,
  financialSupervision,
  environmentGis,
  administrativeUnits,
  naturalResources,
  placeNames,
];
