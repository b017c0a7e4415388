import type { Pool } from 'pg';
import type { Severity } from '../../../schemas/base.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { Rule } from '../../pipeline.ts';
import { ANY_RULE } from '../ingest/books.ts';

/** What the rules find in the records of a stream as they are now. */
export interface Scorecard {
  readonly system: string;
  readonly stream: string;
  readonly records: number;
  /** Without any finding of severity E or W. */
  readonly clean: number;
  /** Records with a finding of the severity; those of F never come into the base and wait in quarantine. */
  readonly errors: number;
  readonly warnings: number;
  readonly quarantined: number;
  /** Most frequent first. */
  readonly rules: readonly {
    readonly rule: string;
    readonly severity: Severity;
    readonly title: string | null;
    readonly zh: string | null;
    readonly records: number;
  }[];
}

/** One for each stream that feeds the base. Reads every record that has findings: for reports, not for pages. */
export async function scorecards(pool: Pool, schema: string, rules: readonly Rule[]): Promise<readonly Scorecard[]> {
  const named = new Map(rules.map((rule) => [rule.id, rule]));
  try {
    const { rows } = await pool.query<
      Omit<Scorecard, 'rules'> & { rules: { rule: string; severity: Severity; records: number }[] | null }
    >(
      `WITH finding AS (
         SELECT DISTINCT r.source_id, r.record_id, i->>'rule' AS rule, i->>'severity' AS severity
         FROM ${schema}.source_record r CROSS JOIN LATERAL json_array_elements(r.issues) AS i
         WHERE NOT r.deleted AND r.issues IS NOT NULL),
       worst AS (
         SELECT source_id, record_id, bool_or(severity = 'E') AS e, bool_or(severity = 'W') AS w FROM finding GROUP BY 1, 2),
       ruled AS (
         SELECT source_id, rule, severity, count(*)::int AS records FROM finding GROUP BY 1, 2, 3)
       SELECT s.system, s.stream,
         (SELECT count(*)::int FROM ${schema}.source_record r WHERE r.source_id = s.source_id AND NOT r.deleted) AS records,
         (SELECT count(*)::int FROM ${schema}.source_record r WHERE r.source_id = s.source_id AND NOT r.deleted)
           - (SELECT count(*)::int FROM worst w WHERE w.source_id = s.source_id AND (w.e OR w.w)) AS clean,
         (SELECT count(*)::int FROM worst w WHERE w.source_id = s.source_id AND w.e) AS errors,
         (SELECT count(*)::int FROM worst w WHERE w.source_id = s.source_id AND w.w) AS warnings,
         (SELECT count(*)::int FROM ${schema}.quarantine q WHERE q.system = s.system AND q.stream = s.stream AND q.state = 'open') AS quarantined,
         (SELECT json_agg(json_build_object('rule', f.rule, 'severity', f.severity, 'records', f.records) ORDER BY f.records DESC, f.rule)
           FROM ruled f WHERE f.source_id = s.source_id) AS rules
       FROM ${schema}.source s ORDER BY s.system, s.stream`,
    );
    return rows.map((row) => ({
      ...row,
      rules: (row.rules ?? []).map((one) => {
        const rule = named.get(one.rule);
        return { ...one, title: rule?.title ?? null, zh: rule?.zh ?? null };
      }),
    }));
  } catch (error) {
    throw storeFailure(error, `counting findings in ${schema}`);
  }
}

/** Findings of the rules that compare many records, which are open now. */
export interface FindingCount {
  readonly rule: string;
  /** null where nobody can say whose records are to be mended. */
  readonly system: string | null;
  readonly findings: number;
}

export async function findingCounts(pool: Pool, schema: string): Promise<readonly FindingCount[]> {
  try {
    const { rows } = await pool.query<FindingCount>(
      `SELECT rule, system, count(*)::int AS findings FROM ${schema}.feed_finding GROUP BY rule, system ORDER BY rule, system`,
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `counting findings over many records in ${schema}`);
  }
}

/** What came from a stream on a day, and how many of its records the rules found something in. */
export interface BatchDay {
  /** In the province, `YYYY-MM-DD`. */
  readonly day: string;
  readonly system: string;
  readonly stream: string;
  readonly read: number;
  readonly errors: number;
  readonly warnings: number;
  readonly rejected: number;
}

const dayOf = (time: string): string => `(${time} AT TIME ZONE 'Asia/Shanghai')::date`;
const startOf = (day: string): string => `((${day})::timestamp AT TIME ZONE 'Asia/Shanghai')`;

/** The last days on which batches were stored, newest first. */
export async function batchTrend(pool: Pool, schema: string, days: number): Promise<readonly BatchDay[]> {
  try {
    const { rows } = await pool.query<BatchDay>(
      // From one day to the one before it by the index: batches of other days are not looked at.
      `WITH RECURSIVE stored AS (
         SELECT ${dayOf('max(committed_at)')} AS day FROM ${schema}.batch
         UNION ALL
         SELECT (SELECT ${dayOf('max(b.committed_at)')} FROM ${schema}.batch AS b WHERE b.committed_at < ${startOf('d.day')})
         FROM stored AS d WHERE d.day IS NOT NULL),
       asked AS (SELECT day FROM stored WHERE day IS NOT NULL LIMIT $1)
       SELECT d.day::text AS day, s.system, s.stream, sum(b.read)::float8 AS read, coalesce(sum(f.errors), 0)::float8 AS errors,
         coalesce(sum(f.warnings), 0)::float8 AS warnings, sum(b.rejected)::float8 AS rejected
       FROM asked AS d
       JOIN ${schema}.batch AS b ON b.committed_at >= ${startOf('d.day')} AND b.committed_at < ${startOf('d.day + 1')}
       JOIN ${schema}.source AS s USING (topic)
       CROSS JOIN LATERAL (
         SELECT sum(i.records) FILTER (WHERE i.severity = 'E') AS errors, sum(i.records) FILTER (WHERE i.severity = 'W') AS warnings
         FROM ${schema}.batch_issue AS i WHERE i.batch_id = b.batch_id AND i.rule = $2) AS f
       GROUP BY d.day, s.system, s.stream ORDER BY d.day DESC, s.system, s.stream`,
      [days, ANY_RULE],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `reading the last batches of ${schema}`);
  }
}
