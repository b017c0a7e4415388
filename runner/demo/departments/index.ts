import type { SampleDepartment } from './department.ts';

/** The departments of the demo beside the five whose rows make the base databases: one line each, in the plan's order. */
export const DEPARTMENTS: readonly SampleDepartment[] = [];
