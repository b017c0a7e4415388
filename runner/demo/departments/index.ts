import { archives } from './archives.ts';
import type { SampleDepartment } from './department.ts';
import { emergencyCommand } from './emergency-command.ts';
import { goldenAudit } from './golden-audit.ts';
import { goldenOffice } from './golden-office.ts';
import { goldenTaxRevenue } from './golden-tax-revenue.ts';
import { goldenWater } from './golden-water.ts';
import { onlineApproval } from './online-approval.ts';
import { onlineBidding } from './online-bidding.ts';

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
];
