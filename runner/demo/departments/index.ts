import type { SampleDepartment } from './department.ts';
import { emergencyCommand } from './emergency-command.ts';
import { goldenAudit } from './golden-audit.ts';
import { goldenTaxRevenue } from './golden-tax-revenue.ts';

/** The departments of the demo beside those of `../world/`: one line each. */
export const DEPARTMENTS: readonly SampleDepartment[] = [goldenAudit, goldenTaxRevenue, emergencyCommand];
