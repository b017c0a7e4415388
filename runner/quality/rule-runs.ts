import type { Pool } from 'pg';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { discreet } from '../settings/secrets.ts';
import type { FindingCounts } from './cross-findings.ts';

export interface RuleRunError {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

/** How a rule was last asked. */
export interface RuleRun {
  readonly scope: string;
  readonly rule: string;
  readonly by: string;
  readonly startedAt: Date;
  /** null while it is asked; for ever when its process died. */
  readonly endedAt: Date | null;
  readonly found: number | null;
  readonly isNew: number | null;
  readonly gone: number | null;
  readonly error: RuleRunError | null;
}

/** Older askings are of no use to anybody. */
const KEPT_DAYS = 400;
const MAX_MESSAGE = 2_000;

export async function beginRuleRun(
  hub: Pool,
  { scope, rule, by }: Pick<RuleRun, 'scope' | 'rule' | 'by'>,
): Promise<string> {
  try {
    const { rows } = await hub.query<{ id: string }>(
      `WITH old AS (
         DELETE FROM hub.rule_run WHERE scope = $1 AND rule = $2 AND started_at < now() - ${KEPT_DAYS} * interval '1 day')
       INSERT INTO hub.rule_run (scope, rule, asked_by) VALUES ($1, $2, $3) RETURNING rule_run_id AS id`,
      [scope, rule, by],
    );
    return rows[0]?.id as string;
  } catch (error) {
    throw storeFailure(error, `beginning to ask ${rule}`);
  }
}

export async function endRuleRun(hub: Pool, id: string, end: FindingCounts | Error): Promise<void> {
  const failed = end instanceof Error;
  const told: RuleRunError | null = failed
    ? {
        code: isHubError(end) ? end.code : 'HUB_INTERNAL',
        message: discreet(end.message).slice(0, MAX_MESSAGE),
        ...(isHubError(end) ? { remedy: end.remedy } : {}),
      }
    : null;
  const counts = failed ? null : end;
  try {
    await hub.query(
      `UPDATE hub.rule_run SET ended_at = clock_timestamp(), found = $2, is_new = $3, gone = $4, error = $5::jsonb
        WHERE rule_run_id = $1`,
      [
        id,
        counts?.found ?? null,
        counts?.isNew ?? null,
        counts?.gone ?? null,
        told === null ? null : JSON.stringify(told),
      ],
    );
  } catch (error) {
    throw storeFailure(error, 'writing how a rule was asked');
  }
}

/** The last asking of each rule. */
export async function lastRuleRuns(hub: Pool): Promise<readonly RuleRun[]> {
  try {
    const { rows } = await hub.query<RuleRun>(
      `SELECT DISTINCT ON (scope, rule) scope, rule, asked_by AS by, started_at AS "startedAt", ended_at AS "endedAt",
         found, is_new AS "isNew", gone, error
       FROM hub.rule_run ORDER BY scope, rule, rule_run_id DESC`,
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, 'reading how rules were asked');
  }
}
