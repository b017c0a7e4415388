import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { schemesOf } from './compare.ts';
import { decideStored, replaceChoices } from './match.ts';
import { type MatchingBase, readModel } from './model.ts';
import { entitiesOf } from './store.ts';

export interface Promotion {
  readonly version: string;
  readonly by: string;
  readonly reason: string;
}

/** One step of deciding anew. */
export interface DecidedSlice {
  /** Records without a deciding identifier that were decided. */
  readonly records: number;
  /** Records whose standing with others has changed. */
  readonly changed: number;
  readonly done: boolean;
}

/**
 * Makes the version the active one; from the next batch on the stream decides by it. What was decided before is decided
 * anew in slices (`decideSlice`). A promotion that was interrupted goes on where it stood.
 * @throws HUB_CATALOG_NOT_FOUND, HUB_LINK_MODEL when it does not fit, or is active and nothing is left to decide
 */
export async function promoteIn(
  client: ClientBase,
  base: MatchingBase,
  { version, by, reason }: Promotion,
): Promise<void> {
  const model = await readModel(client, base, version);
  const { rows } = await client.query<{ version: string; finished: boolean }>(
    `SELECT version, decided_at IS NOT NULL AS finished FROM ${base.schema}.link_model WHERE state = 'active'`,
  );
  const active = rows[0] ?? { version: base.matching.model.version, finished: true };
  if (active.version === version) {
    if (!active.finished) return;
    throw new HubError('HUB_LINK_MODEL', `link model ${version} is the active one of ${base.name} already`, {
      allowed: 'another version of hub link list',
    });
  }
  await client.query(`UPDATE ${base.schema}.link_model SET state = 'retired' WHERE state = 'active'`);
  await client.query(
    `INSERT INTO ${base.schema}.link_model AS m (version, model, facts, state, promoted_at, promoted_by, reason)
     VALUES ($1, $2, '{"builtIn":true}', 'active', now(), $3, $4)
     ON CONFLICT (version) DO UPDATE SET state = 'active', promoted_at = now(), promoted_by = EXCLUDED.promoted_by,
       reason = EXCLUDED.reason, decided_to = 0, decided_at = NULL`,
    [version, JSON.stringify(model), by, reason],
  );
}

/** Ids that a slice looks at, and records that it decides at most. */
const WINDOW = 20_000;
const MOST_RECORDS = 2_000;

/**
 * Decides the next records anew under the active model. Each record is decided once and by itself: what it chooses depends
 * on the records and the model alone, so that it does not matter how the slices are cut or what the stream does between
 * them.
 * @param base with the active model.
 * @returns entities whose components are to be worked out again, in the same transaction.
 */
export async function decideSlice(
  client: ClientBase,
  base: MatchingBase,
  orderOf: (sourceId: number, key: string) => string,
): Promise<DecidedSlice & { readonly entities: readonly number[] }> {
  const { schema, matching } = base;
  const { rows: standing } = await client.query<{ from: number; last: number; done: boolean }>(
    `SELECT decided_to::float8 AS from, decided_at IS NOT NULL AS done,
       coalesce((SELECT max(record_id) FROM ${schema}.source_record), 0)::float8 AS last
     FROM ${schema}.link_model WHERE state = 'active'`,
  );
  const [place] = standing;
  if (place === undefined || place.done) return { records: 0, changed: 0, done: true, entities: [] };
  const end = place.from + WINDOW;
  const { rows } = await client.query<[number]>({
    text: `SELECT record_id::float8 FROM ${schema}.source_record AS r WHERE record_id > $1 AND record_id <= $2 AND NOT deleted
      AND NOT ${schemesOf('link_keys')} && $3::text[] ORDER BY r.record_id LIMIT ${MOST_RECORDS}`,
    values: [place.from, end, matching.anchors],
    rowMode: 'array',
  });
  const ids = rows.map(([id]) => id);
  const [decided = []] = await decideStored(client, base, ids, [matching.model], orderOf);
  const touched = [...(await replaceChoices(client, schema, matching.model.version, ids, decided))];
  const reached = ids.length === MOST_RECORDS ? (ids.at(-1) as number) : end;
  const done = reached >= place.last;
  await client.query(
    `UPDATE ${schema}.link_model SET decided_to = $1, decided_at = CASE WHEN $2 THEN now() END WHERE state = 'active'`,
    [reached, done],
  );
  const entities = await entitiesOf(client, schema, touched);
  return { records: ids.length, changed: touched.length, done, entities };
}
