import type { Pool } from 'pg';
import type { RuleDescription } from '../../schemas/base.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { type FeedSystem, feedRows, feedSystems } from '../directory/hub-views.ts';
import type { CatalogBase } from '../options.ts';

export interface RuleShown {
  readonly rule: string;
  readonly severity: string;
  /** null for what a conversion reports under a code of its own. */
  readonly title: string | null;
  readonly zh: string | null;
}

/** The records of a stream as they were when last counted. */
export interface StreamQuality {
  readonly stream: string;
  readonly base: string;
  readonly records: number;
  readonly clean: number;
  readonly errors: number;
  readonly warnings: number;
  readonly quarantined: number;
  readonly countedAt: string;
  /** Most frequent first. */
  readonly rules: readonly (RuleShown & { readonly records: number })[];
}

/** What a rule over many records, or over several bases, has found and nobody has mended. */
interface OpenFindings extends RuleShown {
  /** A base, or `cross`. */
  readonly scope: string;
  readonly findings: number;
  readonly since: string;
}

export interface SystemQuality {
  readonly system: string;
  readonly title: FeedSystem['spec']['title'];
  readonly department: string;
  readonly streams: readonly StreamQuality[];
  readonly findings: readonly OpenFindings[];
}

/** A rule over several bases, and how it was last asked. */
export interface CrossRuleState extends RuleShown {
  readonly findings: number;
  readonly since: string | null;
  /** The systems whose records are to be mended, with most findings first. */
  readonly systems: readonly { readonly system: string; readonly findings: number }[];
  /** Some of the entities that it is about, the latest first. */
  readonly examples: readonly { readonly base: string; readonly id: string }[];
  readonly askedAt: string | null;
  /** Code of the failure, when the last asking failed. */
  readonly failed: string | null;
}

export interface Quality {
  /** Of every system that feeds a base. */
  readonly systems: readonly SystemQuality[];
  readonly crossRules: readonly CrossRuleState[];
}

export interface QualitySource {
  readonly hub: Pool;
  readonly bases: readonly CatalogBase[];
  readonly crossRules: readonly RuleDescription[];
}

interface CountRow {
  readonly rule: string;
  readonly system: string | null;
  readonly findings: number;
  readonly since: Date;
}

type CardRow = Omit<StreamQuality, 'countedAt' | 'rules'> & {
  readonly system: string;
  readonly countedAt: Date;
  readonly rules: readonly { readonly rule: string; readonly severity: string; readonly records: number }[];
};

const COUNTS = `SELECT rule, system, count(*)::int AS findings, min(first_found_at) AS since`;
const CROSS = 'cross';

async function findingCounts({ hub, bases }: QualitySource): Promise<readonly (CountRow & { scope: string })[]> {
  const own = await Promise.all(
    bases.map(async ({ name, schema, pool }) => {
      const rows = await feedRows<CountRow>(
        pool,
        `the findings of ${name}`,
        `${COUNTS} FROM ${schema}.feed_finding GROUP BY rule, system ORDER BY rule, system`,
      );
      return rows.map((row) => ({ ...row, scope: name }));
    }),
  );
  const several = await feedRows<CountRow>(
    hub,
    'the findings over several bases',
    `${COUNTS} FROM hub.feed_cross_finding GROUP BY rule, system ORDER BY rule, system`,
  );
  return [...own.flat(), ...several.map((row) => ({ ...row, scope: CROSS }))];
}

const feedScorecards = (hub: Pool): Promise<readonly CardRow[]> =>
  feedRows<CardRow>(
    hub,
    'scorecards',
    `SELECT system, stream, base, records::float8 AS records, clean::float8 AS clean, errors::float8 AS errors,
       warnings::float8 AS warnings, quarantined::float8 AS quarantined, rules, counted_at AS "countedAt"
     FROM hub.feed_scorecard ORDER BY system, stream, base`,
  );

const lastAskings = (hub: Pool) =>
  feedRows<{ readonly rule: string; readonly askedAt: Date; readonly failed: string | null }>(
    hub,
    'how rules were asked',
    `SELECT DISTINCT ON (rule) rule, started_at AS "askedAt", error->>'code' AS failed
     FROM hub.feed_rule_run WHERE scope = '${CROSS}' ORDER BY rule, rule_run_id DESC`,
  );

const EXAMPLES = 5;

const latestEntities = (hub: Pool) =>
  feedRows<{ readonly rule: string; readonly base: string; readonly entityId: number }>(
    hub,
    'the latest findings over several bases',
    `SELECT rule, base, entity_id::float8 AS "entityId" FROM (
       SELECT rule, base, entity_id, row_number() OVER (PARTITION BY rule ORDER BY first_found_at DESC, subject) AS place
       FROM hub.feed_cross_finding WHERE entity_id IS NOT NULL) AS f
     WHERE place <= $1 ORDER BY rule, place`,
    [EXAMPLES],
  );

export async function readQuality(source: QualitySource): Promise<Quality> {
  const { hub, bases, crossRules } = source;
  const [systems, cards, counts, latest, askings] = await Promise.all([
    feedSystems(hub),
    feedScorecards(hub),
    findingCounts(source),
    latestEntities(hub),
    lastAskings(hub),
  ]);
  const named = new Map(
    [...bases.map(({ name, rules }) => [name, rules] as const), [CROSS, crossRules] as const].flatMap(
      ([scope, rules]) => rules.map((rule) => [`${scope} ${rule.id}`, rule] as const),
    ),
  );
  // A conversion may report a rule of the base that its identifiers belong to.
  const anywhere = new Map(bases.flatMap(({ rules }) => rules.map((rule) => [rule.id, rule] as const)));
  const shown = (scope: string, rule: string, severity?: string): RuleShown => {
    const known = named.get(`${scope} ${rule}`) ?? anywhere.get(rule);
    return { rule, severity: severity ?? known?.severity ?? 'W', title: known?.title ?? null, zh: known?.zh ?? null };
  };
  return {
    systems: systems.flatMap(({ system, spec }) => {
      const own = cards.filter((card) => card.system === system);
      if (own.length === 0 && !Object.values(spec.streams).some(({ base }) => base !== undefined)) return [];
      return [
        {
          ...{ system, title: spec.title, department: spec.owner.name },
          streams: own.map(({ system: _, countedAt, rules, ...card }) => ({
            ...card,
            countedAt: countedAt.toISOString(),
            rules: rules.map(({ rule, severity, records }) => ({ ...shown(card.base, rule, severity), records })),
          })),
          findings: counts
            .filter((one) => one.system === system)
            .map(({ scope, rule, findings, since }) => ({
              ...{ ...shown(scope, rule), scope, findings, since: since.toISOString() },
            })),
        },
      ];
    }),
    crossRules: crossRules.map(({ id }) => {
      const found = counts.filter(({ scope, rule }) => scope === CROSS && rule === id);
      const asked = askings.find(({ rule }) => rule === id);
      const first = found.map(({ since }) => since.toISOString()).sort()[0];
      return {
        ...shown(CROSS, id),
        ...{ findings: found.reduce((sum, one) => sum + one.findings, 0), since: first ?? null },
        systems: found
          .flatMap(({ system, findings }) => (system === null ? [] : [{ system, findings }]))
          .sort((a, b) => b.findings - a.findings),
        examples: latest.flatMap(({ rule, base, entityId }) => {
          const prefix = bases.find(({ name }) => name === base)?.entityPrefix;
          return rule === id && prefix !== undefined ? [{ base, id: formatEntityId(prefix, entityId) }] : [];
        }),
        ...{ askedAt: asked?.askedAt.toISOString() ?? null, failed: asked?.failed ?? null },
      };
    }),
  };
}
