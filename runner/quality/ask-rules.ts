import { localToday } from '../../pipelines/calendar.ts';
import type { CrossBase, CrossBases } from '../../pipelines/cross/contract.ts';
import { CROSS_RULES } from '../../pipelines/cross/rules.ts';
import { askSearch } from '../../pipelines/engine/reports/searches.ts';
import type { Severity } from '../../schemas/base.ts';
import { HubError, isAbort, toHubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import type { JobHandlers } from '../control/jobs.ts';
import { openBooks } from './books.ts';
import { openConflictLedger } from './conflict-ledger.ts';
import { type FindingCounts, keepFindings } from './cross-findings.ts';
import { beginRuleRun, endRuleRun, type RuleRunError } from './rule-runs.ts';

/** The scope of the rules over several bases; the others are named like their base. */
export const CROSS = 'cross';

export interface AskableRule {
  readonly scope: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly title: string;
  readonly zh: string | null;
}

export interface RuleOutcome extends FindingCounts {
  readonly scope: string;
  readonly rule: string;
  readonly ms: number;
  readonly error: RuleRunError | null;
}

type Asking = Pick<Hub, 'bases' | 'pool' | 'workPool' | 'systems' | 'events' | 'logger'>;

/** Every rule over many records, base by base and then those over several. */
export function askableRules({ bases }: Pick<Hub, 'bases'>): readonly AskableRule[] {
  const inBases = [...bases.values()].flatMap(({ definition }) =>
    Object.keys(definition.searches ?? {}).map((rule): AskableRule => {
      const found = definition.rules.find(({ id }) => id === rule);
      return {
        ...{ scope: definition.name, rule, severity: found?.severity ?? 'W' },
        ...{ title: found?.title ?? rule, zh: found?.zh ?? null },
      };
    }),
  );
  return [...inBases, ...CROSS_RULES.map(({ id, ...one }) => ({ ...one, scope: CROSS, rule: id }))];
}

/** Those of one scope, or of `all`. @throws HUB_CATALOG_NOT_FOUND */
export function rulesOfScope(hub: Pick<Hub, 'bases'>, scope: string): readonly AskableRule[] {
  const scopes = [...hub.bases.keys(), CROSS, 'all'];
  if (!scopes.includes(scope))
    throw new HubError('HUB_CATALOG_NOT_FOUND', `there is no base ${scope}`, { allowed: scopes });
  return askableRules(hub).filter((one) => scope === 'all' || one.scope === scope);
}

const crossBases = ({ bases }: Asking): CrossBases =>
  Object.fromEntries(
    [...bases].map(([name, { definition, pool }]): [string, CrossBase] => [name, { definition, pool }]),
  ) as CrossBases;

async function ask(hub: Asking, scope: string, rule: string, signal: AbortSignal): Promise<FindingCounts> {
  const today = localToday();
  if (scope === CROSS) {
    const found = CROSS_RULES.find(({ id }) => id === rule);
    if (found !== undefined) {
      const context = { today, signal, books: openBooks(hub), conflicts: openConflictLedger(hub.pool) };
      return keepFindings(hub.workPool, rule, found.find(crossBases(hub), context));
    }
  }
  const base = hub.bases.get(scope);
  const search = base?.definition.searches?.[rule];
  if (base !== undefined && search !== undefined) return askSearch(base.pool, base.definition, rule, search, { today });
  throw new HubError('HUB_CATALOG_NOT_FOUND', `there is no rule ${rule} over many records of ${scope}`, {
    allowed: rulesOfScope(hub, scope).map((one) => one.rule),
  });
}

/** Asks one rule and writes down that it was asked and how it ended. @throws what the rule threw */
export async function askRule(
  hub: Asking,
  scope: string,
  rule: string,
  by: string,
  signal: AbortSignal,
): Promise<RuleOutcome> {
  const startedAt = performance.now();
  const log = hub.logger.child({ scope, rule });
  const runId = await beginRuleRun(hub.pool, { scope, rule, by });
  try {
    const counts = await ask(hub, scope, rule, signal);
    await endRuleRun(hub.pool, runId, counts);
    const ms = performance.now() - startedAt;
    log.info({ ...counts, ms: Math.round(ms) }, 'rule asked');
    return { scope, rule, ...counts, ms, error: null };
  } catch (thrown) {
    const error =
      signal.aborted || isAbort(thrown)
        ? new HubError('HUB_RUN_INTERRUPTED', `${rule} was interrupted; it is asked again`)
        : toHubError(thrown, 'HUB_INTERNAL', `asking ${rule}`);
    await endRuleRun(hub.pool, runId, error).catch((failure: unknown) =>
      log.warn({ error: failure }, 'the end of an asking could not be written'),
    );
    throw thrown;
  }
}

/** One after the other; one that fails keeps no other from being asked. */
export async function askRules(
  hub: Asking,
  rules: readonly AskableRule[],
  by: string,
  signal: AbortSignal,
): Promise<readonly RuleOutcome[]> {
  const outcomes: RuleOutcome[] = [];
  for (const { scope, rule } of rules) {
    const startedAt = performance.now();
    try {
      outcomes.push(await askRule(hub, scope, rule, by, signal));
    } catch (thrown) {
      signal.throwIfAborted();
      const { code, message, remedy } = toHubError(thrown, 'HUB_INTERNAL', `asking ${rule}`);
      const error = { code, message, remedy };
      hub.logger.error({ scope, rule, error: thrown }, 'a rule could not be asked');
      outcomes.push({ scope, rule, found: 0, isNew: 0, gone: 0, ms: performance.now() - startedAt, error });
    }
  }
  return outcomes;
}

/** A rule a job, so that one that fails is tried again alone. */
export const createRuleHandler =
  (hub: Asking): JobHandlers['rule.ask'] =>
  async ({ scope, rule }, { signal }) => {
    await askRule(hub, scope, rule, 'schedule', signal);
  };

/** Wakes workers for every rule of the scope. */
export async function enqueueRules(hub: Pick<Hub, 'bases' | 'queue'>, scope: string): Promise<void> {
  const queue = await hub.queue();
  for (const one of rulesOfScope(hub, scope)) await queue.enqueue('rule.ask', { scope: one.scope, rule: one.rule });
}
