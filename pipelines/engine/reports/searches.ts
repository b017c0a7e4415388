import type { ClientBase, Pool } from 'pg';
import { copyLines, copyText } from '../../../schemas/store/copy.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition, RuleContext, SearchRule } from '../../pipeline.ts';
import { WHOLE_TABLES } from '../../whole-tables.ts';

export interface SearchResult {
  readonly rule: string;
  readonly found: number;
  /** Not found the last time. */
  readonly isNew: number;
  readonly gone: number;
  readonly ms: number;
}

const STAGE = `CREATE TEMPORARY TABLE IF NOT EXISTS stage_finding (subject text, message text, entity_id bigint, system text)
  ON COMMIT DELETE ROWS`;
const LINES_A_COPY = 2_000;
// A rule that does not end must not keep the night's others waiting.
const AT_MOST = { settings: { statement_timeout: '1h' } };

async function stage(client: ClientBase, rule: SearchRule, schema: string, context: RuleContext): Promise<void> {
  // Searches of the other kind decide for themselves: those of places need the loops.
  if (typeof rule === 'function') {
    await client.query(WHOLE_TABLES);
    await client.query(`INSERT INTO stage_finding (subject, message, entity_id, system)
      SELECT subject, message, entity_id, system FROM (${rule(schema)}) AS f (subject, message, entity_id, system)`);
    return;
  }
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    await copyLines(client, 'stage_finding (subject, message, entity_id, system)', lines);
    lines = [];
  };
  const cell = (value: string | number | null): string => (value === null ? '\\N' : copyText(String(value)));
  // The search stands still at each finding, with no statement under way on the connection.
  for await (const { subject, message, entityId, system } of rule.find(client, schema, context)) {
    lines.push([subject, message, entityId, system].map(cell).join('\t'));
    if (lines.length >= LINES_A_COPY) await flush();
  }
  await flush();
}

/** Asks one rule, in a transaction of its own. A finding that is still there keeps the day on which it was first found. */
export async function askSearch(
  pool: Pool,
  base: BaseDefinition,
  rule: string,
  search: SearchRule,
  context: RuleContext,
): Promise<SearchResult> {
  const startedAt = performance.now();
  const counts = await inTransaction(
    pool,
    `asking ${rule} of ${base.name}`,
    async (client) => {
      await client.query(STAGE);
      await stage(client, search, base.schema, context);
      return await replaceFindings(client, base.schema, rule);
    },
    AT_MOST,
  );
  return { rule, ...counts, ms: performance.now() - startedAt };
}

/** Asks all rules that compare many records of the base. */
export async function runSearches(
  pool: Pool,
  base: BaseDefinition,
  context: RuleContext,
): Promise<readonly SearchResult[]> {
  const results: SearchResult[] = [];
  for (const [rule, search] of Object.entries(base.searches ?? {}))
    results.push(await askSearch(pool, base, rule, search, context));
  return results;
}

async function replaceFindings(
  client: ClientBase,
  schema: string,
  rule: string,
): Promise<Pick<SearchResult, 'found' | 'isNew' | 'gone'>> {
  const { rows } = await client.query<{ found: number; is_new: number; gone: number }>(
    `WITH now_found AS (
       SELECT subject, min(message) AS message, min(entity_id) AS entity_id, min(system) AS system FROM stage_finding GROUP BY subject),
     removed AS (
       DELETE FROM ${schema}.finding AS o WHERE o.rule = $1 AND NOT EXISTS (SELECT 1 FROM now_found n WHERE n.subject = o.subject)
       RETURNING 1),
     kept AS (
       INSERT INTO ${schema}.finding AS o (rule, subject, message, entity_id, system)
       SELECT $1, subject, message, entity_id, system FROM now_found
       ON CONFLICT (rule, subject) DO UPDATE SET message = EXCLUDED.message, entity_id = EXCLUDED.entity_id, system = EXCLUDED.system
       RETURNING (xmax = 0) AS inserted)
     SELECT (SELECT count(*)::int FROM now_found) AS found, (SELECT count(*)::int FROM removed) AS gone,
       (SELECT count(*)::int FROM kept WHERE inserted) AS is_new`,
    [rule],
  );
  const { found = 0, is_new: isNew = 0, gone = 0 } = rows[0] ?? {};
  return { found, isNew, gone };
}

export interface Finding {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly firstFoundAt: Date;
  readonly entityId: number | null;
  readonly system: string | null;
}

export async function listFindings(
  pool: Pool,
  schema: string,
  rule: string | null,
  limit: number,
): Promise<readonly Finding[]> {
  try {
    const { rows } = await pool.query<Finding>(
      `SELECT rule, subject, message, first_found_at AS "firstFoundAt", entity_id::float8 AS "entityId", system FROM ${schema}.feed_finding
        WHERE $1::text IS NULL OR rule = $1 ORDER BY rule, first_found_at DESC, subject LIMIT $2`,
      [rule, limit],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `reading the findings of ${schema}`);
  }
}
