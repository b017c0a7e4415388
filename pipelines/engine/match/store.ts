import type { ClientBase } from 'pg';
import { copyLines } from '../../../schemas/store/copy.ts';
import type { Choice } from './decide.ts';
import type { MatchRecord } from './records.ts';

/* Statements of matching. A block with more records than the cap is passed by: everybody in it is as good as nobody. */

export const MOST_IN_A_BLOCK = 200;

export type BlockTable = 'block_open' | 'block_anchored';

/** Records under each block; null where there are too many. */
export async function readBlocks(
  client: ClientBase,
  schema: string,
  table: BlockTable,
  blocks: readonly number[],
): Promise<ReadonlyMap<number, readonly number[] | null>> {
  const found = new Map<number, number[] | null>();
  if (blocks.length === 0) return found;
  const { rows } = await client.query<[number, number]>({
    text: `SELECT k.block::float8, b.record_id::float8 FROM unnest($1::bigint[]) AS k (block)
      CROSS JOIN LATERAL (SELECT record_id FROM ${schema}.${table} AS t WHERE t.block = k.block LIMIT ${MOST_IN_A_BLOCK + 1}) AS b`,
    values: [blocks],
    rowMode: 'array',
  });
  for (const [block, recordId] of rows) {
    const known = found.get(block);
    if (known === undefined) found.set(block, [recordId]);
    else if (known !== null && known.length < MOST_IN_A_BLOCK) known.push(recordId);
    else found.set(block, null);
  }
  return found;
}

const tableOf = ({ anchors }: MatchRecord): BlockTable => (anchors.length > 0 ? 'block_anchored' : 'block_open');

/** What was under blocks before, and what is now. */
export async function writeBlocks(
  client: ClientBase,
  schema: string,
  before: readonly MatchRecord[],
  after: readonly MatchRecord[],
): Promise<void> {
  for (const table of ['block_open', 'block_anchored'] as const) {
    const pairs = (records: readonly MatchRecord[]): Set<string> =>
      new Set(
        records
          .filter((record) => tableOf(record) === table)
          .flatMap(({ blocks, recordId }) => blocks.map((block) => `${block}\t${recordId}`)),
      );
    const [old, now] = [pairs(before), pairs(after)];
    const gone = [...old].filter((pair) => !now.has(pair)).map((pair) => pair.split('\t'));
    if (gone.length > 0)
      await client.query(
        `DELETE FROM ${schema}.${table} AS t USING unnest($1::bigint[], $2::bigint[]) AS g (block, record_id)
          WHERE t.block = g.block AND t.record_id = g.record_id`,
        [gone.map(([block]) => block), gone.map(([, record]) => record)],
      );
    await copyLines(
      client,
      `${schema}.${table} (block, record_id)`,
      [...now].filter((pair) => !old.has(pair)),
    );
  }
}

export interface StoredChoice extends Choice {
  readonly recordId: number;
  /** Version of the model under which a stored one was made. */
  readonly model?: string;
}

export async function readChoices(
  client: ClientBase,
  schema: string,
  recordIds: readonly number[],
): Promise<readonly StoredChoice[]> {
  if (recordIds.length === 0) return [];
  const { rows } = await client.query<[number, number, number, Choice['state'], string]>({
    text: `SELECT record_id::float8, other_id::float8, weight::float8, state, model FROM ${schema}.choice WHERE record_id = ANY ($1::bigint[])`,
    values: [recordIds],
    rowMode: 'array',
  });
  return rows.map(([recordId, otherId, weight, state, model]) => ({ recordId, otherId, weight, state, model }));
}

/** Records that have chosen one of these, or wait for a person because of it. */
export async function readChoosers(
  client: ClientBase,
  schema: string,
  recordIds: readonly number[],
): Promise<readonly number[]> {
  return idsFor(
    client,
    `SELECT DISTINCT record_id::float8 FROM ${schema}.choice WHERE other_id = ANY ($1::bigint[])`,
    recordIds,
  );
}

/** Numbers that a statement gives for some records. */
async function idsFor(client: ClientBase, text: string, recordIds: readonly number[]): Promise<readonly number[]> {
  if (recordIds.length === 0) return [];
  const { rows } = await client.query<[number]>({ text, values: [recordIds], rowMode: 'array' });
  return rows.map(([id]) => id);
}

/** Choices of the records, in both directions, that link: by themselves, not those that wait for a person. */
export async function readAutoChoices(
  client: ClientBase,
  schema: string,
  recordIds: readonly number[],
): Promise<readonly StoredChoice[]> {
  if (recordIds.length === 0) return [];
  const columns = 'record_id::float8, other_id::float8, weight::float8, state';
  const { rows } = await client.query<[number, number, number, Choice['state']]>({
    text: `SELECT ${columns} FROM ${schema}.choice WHERE record_id = ANY ($1::bigint[]) AND state = 'auto'
      UNION SELECT ${columns} FROM ${schema}.choice WHERE other_id = ANY ($1::bigint[]) AND state = 'auto'`,
    values: [recordIds],
    rowMode: 'array',
  });
  return rows.map(([recordId, otherId, weight, state]) => ({ recordId, otherId, weight, state }));
}

export async function writeChoices(
  client: ClientBase,
  schema: string,
  model: string,
  gone: readonly StoredChoice[],
  added: readonly StoredChoice[],
): Promise<void> {
  if (gone.length > 0)
    await client.query(
      `DELETE FROM ${schema}.choice AS c USING unnest($1::bigint[], $2::bigint[]) AS g (record_id, other_id)
        WHERE c.record_id = g.record_id AND c.other_id = g.other_id`,
      [gone.map(({ recordId }) => recordId), gone.map(({ otherId }) => otherId)],
    );
  await copyLines(
    client,
    `${schema}.choice (record_id, other_id, weight, state, model)`,
    added.map(({ recordId, otherId, weight, state }) => `${recordId}\t${otherId}\t${weight}\t${state}\t${model}`),
  );
}

/** Entities in which live records are. */
export async function entitiesOf(
  client: ClientBase,
  schema: string,
  recordIds: readonly number[],
): Promise<readonly number[]> {
  return idsFor(
    client,
    `SELECT DISTINCT entity_id::float8 FROM ${schema}.source_record WHERE record_id = ANY ($1::bigint[]) AND NOT deleted`,
    recordIds,
  );
}
