import type { ClientBase, Pool } from 'pg';
import type { CrossFinding } from '../../pipelines/cross/contract.ts';
import { copyLines, copyText } from '../../schemas/store/copy.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';

export interface FindingCounts {
  readonly found: number;
  /** Not found the last time. */
  readonly isNew: number;
  readonly gone: number;
}

export interface StoredCrossFinding extends CrossFinding {
  readonly rule: string;
  readonly department: string | null;
  readonly firstFoundAt: Date;
}

const COLUMNS = 'subject, message, system, base, entity_id';
const STAGE = `CREATE TEMPORARY TABLE IF NOT EXISTS stage_cross_finding
  (subject text, message text, system text, base text, entity_id bigint) ON COMMIT DELETE ROWS`;
const LINES_A_COPY = 2_000;

const cell = (value: string | number | null): string => (value === null ? '\\N' : copyText(String(value)));

async function stage(client: ClientBase, findings: AsyncIterable<CrossFinding>): Promise<void> {
  let lines: string[] = [];
  for await (const { subject, message, system, base, entityId } of findings) {
    lines.push([subject, message, system, base, entityId].map(cell).join('\t'));
    if (lines.length < LINES_A_COPY) continue;
    await copyLines(client, `stage_cross_finding (${COLUMNS})`, lines);
    lines = [];
  }
  await copyLines(client, `stage_cross_finding (${COLUMNS})`, lines);
}

/** By pool. Who finds asks the bases over connections of the same pool: two at once could take the last from each other. */
const turns = new WeakMap<Pool, Promise<unknown>>();

function inTurn<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(pool) ?? Promise.resolve()).then(work);
  turns.set(
    pool,
    mine.catch(() => {}),
  );
  return mine;
}

/**
 * What the rule finds takes the place of what it found before, as it is found; what fails on the way changes nothing. A
 * finding that is still there keeps the day on which it was first found.
 */
export const keepFindings = (hub: Pool, rule: string, findings: AsyncIterable<CrossFinding>): Promise<FindingCounts> =>
  inTurn(hub, () => keep(hub, rule, findings));

const keep = (hub: Pool, rule: string, findings: AsyncIterable<CrossFinding>): Promise<FindingCounts> =>
  inTransaction(hub, `keeping what ${rule} finds`, async (client) => {
    // The clock and a person may ask at once.
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('sanjiang.rule.' || $1, 0))", [rule]);
    await client.query(STAGE);
    await stage(client, findings);
    const { rows } = await client.query<FindingCounts>(
      `WITH now_found AS (
         SELECT DISTINCT ON (subject) ${COLUMNS} FROM stage_cross_finding ORDER BY subject, message),
       removed AS (
         DELETE FROM hub.cross_finding AS o WHERE o.rule = $1 AND NOT EXISTS (SELECT 1 FROM now_found n WHERE n.subject = o.subject)
         RETURNING 1),
       kept AS (
         INSERT INTO hub.cross_finding AS o (rule, ${COLUMNS}) SELECT $1, ${COLUMNS} FROM now_found
         ON CONFLICT (rule, subject) DO UPDATE
           SET message = EXCLUDED.message, system = EXCLUDED.system, base = EXCLUDED.base, entity_id = EXCLUDED.entity_id
         RETURNING (xmax = 0) AS inserted)
       SELECT (SELECT count(*)::int FROM now_found) AS found, (SELECT count(*)::int FROM kept WHERE inserted) AS "isNew",
         (SELECT count(*)::int FROM removed) AS gone`,
      [rule],
    );
    return rows[0] ?? { found: 0, isNew: 0, gone: 0 };
  });

export async function listCrossFindings(
  hub: Pool,
  rule: string | null,
  limit: number,
): Promise<readonly StoredCrossFinding[]> {
  try {
    const { rows } = await hub.query<StoredCrossFinding>(
      `SELECT rule, subject, message, system, department, base, entity_id::float8 AS "entityId", first_found_at AS "firstFoundAt"
        FROM hub.feed_cross_finding WHERE $1::text IS NULL OR rule = $1
        ORDER BY rule, first_found_at DESC, subject LIMIT $2`,
      [rule, limit],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, 'reading the findings over several bases');
  }
}
