import type { Broken } from './case.ts';
import { FILE_CASES } from './file-cases.ts';
import { SERVICE_CASES } from './service-cases.ts';
import { TABLE_CASES } from './table-cases.ts';

export const CASES: readonly Broken[] = [...FILE_CASES, ...SERVICE_CASES, ...TABLE_CASES];
