import type { Pool } from 'pg';
import { storeFailure } from '../../schemas/registry/store-failure.ts';
import type { Rule, Severity } from '../pipeline.ts';

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
    readonly records: number;
  }[];
}

/** One for each stream that feeds the base. Reads every record that has findings: for reports, not for pages. */
export async function scorecards(pool: Pool, schema: string, rules: readonly Rule[]): Promise<readonly Scorecard[]> {
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
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
      rules: (row.rules ?? []).map((one) => ({ ...one, title: titles.get(one.rule) ?? null })),
    }));
  } catch (error) {
    throw storeFailure(error, `counting findings in ${schema}`);
  }
}
