import type { Pool } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';

export const MIN_POSTGRES = 15;

export interface DatabaseSettings {
  /** As `server_version_num` says it: 150004. */
  readonly version: number;
  readonly encoding: string;
  readonly ctype: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly fullPageWrites: string;
}

const READ = `SELECT current_setting('server_version_num')::integer AS version,
    pg_encoding_to_char(d.encoding) AS encoding, d.datctype AS ctype, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS "synchronousCommit", current_setting('full_page_writes') AS "fullPageWrites"
  FROM pg_database d WHERE d.datname = current_database()`;

/** @throws HUB_STORE_UNFIT, all problems at once. What `pg` throws passes through. */
export async function requireFitDatabase(pool: Pick<Pool, 'query'>): Promise<void> {
  const { rows } = await pool.query<DatabaseSettings>(READ);
  const problems = rows[0] === undefined ? [] : unfitness(rows[0]);
  if (problems.length > 0)
    throw new HubError('HUB_STORE_UNFIT', `The database is not fit for the hub: ${problems.join('; ')}`, { problems });
}

/** What is wrong with a database, in words; empty when it is fit. There is no way to switch this off. */
export function unfitness(found: DatabaseSettings): readonly string[] {
  const problems: string[] = [];
  const major = Math.floor(found.version / 10_000);
  if (major < MIN_POSTGRES) problems.push(`PostgreSQL ${major} is older than ${MIN_POSTGRES}`);
  if (found.encoding !== 'UTF8') problems.push(`the encoding is ${found.encoding}, needed is UTF8`);
  // Under C no Chinese character is a letter: pg_trgm finds nothing and gives every pair the similarity 0.
  if (/^(c|posix)$/i.test(found.ctype)) problems.push(`LC_CTYPE is ${found.ctype}, needed is C.UTF-8 or another UTF-8`);
  if (found.fsync !== 'on') problems.push(`fsync is ${found.fsync}: a crash of the machine would lose records`);
  if (found.fullPageWrites !== 'on')
    problems.push(`full_page_writes is ${found.fullPageWrites}: a crash could tear pages`);
  if (found.synchronousCommit === 'off')
    problems.push('synchronous_commit is off: a crash would lose what was acknowledged');
  return problems;
}
