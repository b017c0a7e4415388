import type { Pool } from 'pg';
import { storeFailure } from '../../schemas/registry/store-failure.ts';
import type { BaseDefinition } from '../pipeline.ts';

export interface BatchRuleResult {
  readonly rule: string;
  readonly found: number;
  /** Not found the last time. */
  readonly isNew: number;
  readonly gone: number;
  readonly ms: number;
}

/**
 * Asks the rules that compare many records of the base, each in a transaction of its own. A finding that is still there keeps
 * the day on which it was first found.
 */
export async function runBatchRules(pool: Pool, base: BaseDefinition): Promise<readonly BatchRuleResult[]> {
  const { schema } = base;
  const results: BatchRuleResult[] = [];
  for (const [rule, statement] of Object.entries(base.batchRules ?? {})) {
    const startedAt = performance.now();
    try {
      const { rows } = await pool.query<{ found: number; is_new: number; gone: number }>(
        `WITH now_found AS (SELECT subject, min(message) AS message FROM (${statement(schema)}) AS f (subject, message) GROUP BY subject),
         removed AS (
           DELETE FROM ${schema}.finding AS o WHERE o.rule = $1 AND NOT EXISTS (SELECT 1 FROM now_found n WHERE n.subject = o.subject)
           RETURNING 1),
         kept AS (
           INSERT INTO ${schema}.finding AS o (rule, subject, message) SELECT $1, subject, message FROM now_found
           ON CONFLICT (rule, subject) DO UPDATE SET message = EXCLUDED.message RETURNING (xmax = 0) AS inserted)
         SELECT (SELECT count(*)::int FROM now_found) AS found, (SELECT count(*)::int FROM removed) AS gone,
           (SELECT count(*)::int FROM kept WHERE inserted) AS is_new`,
        [rule],
      );
      const { found = 0, is_new: isNew = 0, gone = 0 } = rows[0] ?? {};
      results.push({ rule, found, isNew, gone, ms: performance.now() - startedAt });
    } catch (error) {
      throw storeFailure(error, `asking ${rule} of ${base.name}`);
    }
  }
  return results;
}

export interface Finding {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly firstFoundAt: Date;
}

export async function listFindings(
  pool: Pool,
  schema: string,
  rule: string | null,
  limit: number,
): Promise<readonly Finding[]> {
  try {
    const { rows } = await pool.query<Finding>(
      `SELECT rule, subject, message, first_found_at AS "firstFoundAt" FROM ${schema}.feed_finding
        WHERE $1::text IS NULL OR rule = $1 ORDER BY rule, first_found_at DESC, subject LIMIT $2`,
      [rule, limit],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `reading the findings of ${schema}`);
  }
}
