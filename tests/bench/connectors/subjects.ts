import { GEO_SUBJECTS } from './geo-subjects.ts';
import { SERVER_SUBJECTS } from './server-subjects.ts';
import { SERVICE_SUBJECTS } from './service-subjects.ts';
import type { Subject } from './subject.ts';
import { TABLE_SUBJECTS } from './table-subjects.ts';
import { TEXT_SUBJECTS } from './text-subjects.ts';

export const SUBJECTS: readonly Subject[] = [
  ...TEXT_SUBJECTS,
  ...TABLE_SUBJECTS,
  ...GEO_SUBJECTS,
  ...SERVER_SUBJECTS,
  ...SERVICE_SUBJECTS,
];
