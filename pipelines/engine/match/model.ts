import type { ClientBase, Pool } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { LinkModel, Matching } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Estimate } from './estimate.ts';

type Client = Pick<ClientBase, 'query'>;
export type MatchingBase = BaseDefinition & { readonly matching: Matching };

/** @throws HUB_CATALOG_NOT_FOUND for a base whose records never match without keys */
export function requireMatching(base: BaseDefinition): MatchingBase {
  const { matching } = base;
  if (matching !== undefined) return { ...base, matching };
  throw new HubError('HUB_CATALOG_NOT_FOUND', `no records are matched in ${base.name}`, {
    allowed: 'a base with matching',
  });
}

/** @throws HUB_LINK_MODEL when fields or levels have changed since the model was estimated */
function requireFit(base: MatchingBase, model: LinkModel): LinkModel {
  const wrong = base.matching.fields.find(({ name, levels }) => {
    const shares = model.fields[name];
    return shares?.m.length !== levels.length || shares.u.length !== levels.length;
  });
  if (wrong === undefined) return model;
  throw new HubError('HUB_LINK_MODEL', `link model ${model.version} of ${base.name} does not fit its fields any more`, {
    ...{ version: model.version, field: wrong.name, allowed: wrong.levels.map(({ en }) => en) },
  });
}

/** A stored version, or the one built in. @throws HUB_CATALOG_NOT_FOUND with the versions that there are */
export async function readModel(client: Client, base: MatchingBase, version: string): Promise<LinkModel> {
  const { rows } = await client.query<{ version: string; model: LinkModel }>(
    `SELECT version, model FROM ${base.schema}.link_model ORDER BY estimated_at`,
  );
  const found = rows.find((row) => row.version === version)?.model;
  const builtIn = base.matching.model;
  if (found !== undefined) return requireFit(base, found);
  if (version === builtIn.version) return builtIn;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `${base.name} has no link model "${version}"`, {
    allowed: [...new Set([builtIn.version, ...rows.map((row) => row.version)])],
  });
}

/** The base with the model that is active in it: the one built in until another has been promoted. */
export async function withActiveModel<Base extends BaseDefinition>(client: Client, base: Base): Promise<Base> {
  const { matching, schema } = base;
  if (matching === undefined) return base;
  try {
    const { rows } = await client.query<{ model: LinkModel }>(
      `SELECT model FROM ${schema}.link_model WHERE state = 'active'`,
    );
    const model = rows[0]?.model;
    if (model === undefined) return base;
    return { ...base, matching: { ...matching, model: requireFit({ ...base, matching }, model) } };
  } catch (error) {
    throw storeFailure(error, `reading the link model of ${base.name}`);
  }
}

/** The version after those that there are: population-1, population-2. */
export async function nextVersion(client: Client, base: MatchingBase): Promise<string> {
  const { rows } = await client.query<{ version: string }>(`SELECT version FROM ${base.schema}.link_model`);
  const numbers = [base.matching.model.version, ...rows.map(({ version }) => version)].map((version) =>
    version.startsWith(`${base.name}-`) ? Number(version.slice(base.name.length + 1)) : 0,
  );
  return `${base.name}-${Math.max(...numbers.filter(Number.isSafeInteger), 0) + 1}`;
}

/** Kept as a proposal: nothing is decided by it before it is promoted. @throws HUB_LINK_MODEL when the version is taken */
export async function saveModel(pool: Pool, base: MatchingBase, { model, ...facts }: Estimate): Promise<void> {
  try {
    const { rowCount } =
      model.version === base.matching.model.version
        ? { rowCount: 0 }
        : await pool.query(
            `INSERT INTO ${base.schema}.link_model (version, model, facts) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING`,
            [model.version, JSON.stringify(model), JSON.stringify(facts)],
          );
    if (rowCount === 1) return;
  } catch (error) {
    throw storeFailure(error, `saving a link model of ${base.name}`);
  }
  throw new HubError(
    'HUB_LINK_MODEL',
    `${base.name} has a link model ${model.version} already; versions never change`,
    {
      allowed: 'another name in --model, or none for the next number',
    },
  );
}

export interface StoredModel {
  readonly version: string;
  readonly builtIn: boolean;
  readonly state: 'proposed' | 'active' | 'retired';
  readonly estimatedAt: Date | null;
  readonly promotedAt: Date | null;
  readonly promotedBy: string | null;
  readonly reason: string | null;
  /** False while records still wait to be decided under it. */
  readonly finished: boolean;
  /** Choices that were made under it and stand. */
  readonly choices: number;
}

/** Every version, the one built in first. */
export async function listModels(pool: Pool, base: MatchingBase): Promise<readonly StoredModel[]> {
  try {
    const { rows } = await pool.query<StoredModel>(
      `WITH made AS (SELECT model, count(*)::int AS n FROM ${base.schema}.choice GROUP BY model),
         known AS (
           SELECT version, state, estimated_at, promoted_at, promoted_by, reason, state <> 'active' OR decided_at IS NOT NULL AS finished
           FROM ${base.schema}.link_model
           UNION ALL
           SELECT $1::text, CASE WHEN EXISTS (SELECT 1 FROM ${base.schema}.link_model WHERE state = 'active') THEN 'retired' ELSE 'active' END,
             NULL, NULL, NULL, NULL, true
           WHERE NOT EXISTS (SELECT 1 FROM ${base.schema}.link_model WHERE version = $1))
       SELECT k.version, k.version = $1 AS "builtIn", k.state, CASE WHEN k.version <> $1 THEN k.estimated_at END AS "estimatedAt",
         k.promoted_at AS "promotedAt", k.promoted_by AS "promotedBy", k.reason, k.finished, coalesce(m.n, 0) AS choices
       FROM known k LEFT JOIN made m ON m.model = k.version ORDER BY k.version <> $1, k.estimated_at`,
      [base.matching.model.version],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `listing the link models of ${base.name}`);
  }
}
