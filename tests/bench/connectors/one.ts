import { maxRssMb } from '../ground.ts';
import { readOnce } from './bench.ts';
import { SUBJECTS } from './subjects.ts';

/** The body of a measuring process: one subject, one way, one line of JSON. */
export async function measure(name: string, folder: string, how: 'read' | 'plain'): Promise<void> {
  const subject = SUBJECTS.find((one) => one.name === name);
  if (subject === undefined) return;
  if (how === 'read') process.stdout.write(JSON.stringify(await readOnce(subject, folder)));
  else {
    const startedAt = performance.now();
    const rows = await subject.plain(folder);
    process.stdout.write(JSON.stringify({ rows, ms: performance.now() - startedAt, maxRssMb: maxRssMb() }));
  }
}
