import { FILE_SUBJECTS } from './file-subjects.ts';
import { SERVER_SUBJECTS } from './server-subjects.ts';
import type { Subject } from './subject.ts';

export const SUBJECTS: readonly Subject[] = [...FILE_SUBJECTS, ...SERVER_SUBJECTS];
