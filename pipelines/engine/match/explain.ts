import type { Pool } from 'pg';
import type { LinkPair } from '../../../schemas/linkage.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { connect } from '../../../schemas/store/transaction.ts';
import { type MatchField, weigher } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { anchorsDiffer, evidenceOf, type Member } from '../entity/member.ts';
import { readMembersById } from '../entity/read-members.ts';
import { withActiveModel } from './model.ts';
import { type MatchRecord, matchRecord } from './records.ts';
import { rowNamed } from './row.ts';

const ANCHORS_DIFFER = {
  ...{ id: 'two-identifiers', zh: '两条记录各有可单独认定主体的标识，且互不相同' },
  en: 'each has an identifier that decides alone, and they differ',
};
const FIELDS_EXCLUDE = {
  ...{ id: 'fields-contradict', zh: '关键字段相互矛盾，不按相似度关联' },
  en: 'decisive fields contradict each other: not linked by likeness',
};

/**
 * Why two rows are, or are not, one entity.
 * @param left `system/stream key` or the number of a record; so is `right`.
 * @throws HUB_CATALOG_NOT_FOUND
 */
export async function explainPair(
  pool: Pool,
  definition: BaseDefinition,
  left: string,
  right: string,
): Promise<LinkPair> {
  const base = await withActiveModel(pool, definition);
  const { schema } = base;
  const named = [await rowNamed(pool, base, left), await rowNamed(pool, base, right)] as const;
  const rows = [named[0].row, named[1].row] as const;
  const records = [named[0].recordId, named[1].recordId] as const;
  try {
    const members = await readMembers(pool, schema, records);
    const { rows: decisions } = await pool.query<NonNullable<LinkPair['decision']>>(
      `SELECT decision_id::float8 AS id, kind, decided_by AS by, reason, decided_at AS "decidedAt", seconded_by AS "secondedBy",
         needs_second AND seconded_by IS NULL AS waits
       FROM ${schema}.decision WHERE left_row = $1 AND right_row = $2 AND withdrawn_at IS NULL`,
      [...rows].sort((a, b) => (a < b ? -1 : 1)),
    );
    const { rows: choices } = await pool.query<NonNullable<LinkPair['choice']>>(
      `SELECT state, model FROM ${schema}.choice WHERE (record_id, other_id) IN (($1, $2), ($2, $1)) ORDER BY state LIMIT 1`,
      [...records],
    );
    const [a, b] = members;
    return {
      ...{ rows, records, entities: [named[0].entityId, named[1].entityId] },
      together: named[0].entityId === named[1].entityId,
      keys: a.keys.filter((key) => b.keys.includes(key)),
      vetoes: vetoesBetween(base, a, b),
      ...{ decision: decisions[0] ?? null, choice: choices[0] ?? null },
      match: matchOf(base, a, b),
    };
  } catch (error) {
    throw storeFailure(error, `explaining a pair of ${base.name}`);
  }
}

async function readMembers(
  pool: Pool,
  schema: string,
  records: readonly [number, number],
): Promise<readonly [Member, Member]> {
  const client = await connect(pool, `reading records of ${schema}`);
  try {
    const found = await readMembersById(client, schema, records, (source, key) => `${source} ${key}`);
    const of = (id: number): Member => found.find(({ recordId }) => recordId === id) as Member;
    return [of(records[0]), of(records[1])];
  } finally {
    client.release();
  }
}

function vetoesBetween(base: BaseDefinition, a: Member, b: Member): LinkPair['vetoes'] {
  const vetoes = base.vetoes
    .filter(({ applies }) => applies(evidenceOf(a), evidenceOf(b)))
    .map(({ id, zh, title }) => ({ id, zh, en: title }));
  const { matching } = base;
  if (matching === undefined) return vetoes;
  const [x, y] = [matchRecord(matching, a), matchRecord(matching, b)];
  const sharesKey = a.keys.some((key) => b.keys.includes(key));
  return [
    ...vetoes,
    ...(anchorsDiffer(x.anchors, y.anchors) ? [ANCHORS_DIFFER] : []),
    ...(!sharesKey && matching.excludes(x.features, y.features) ? [FIELDS_EXCLUDE] : []),
  ];
}

function matchOf({ matching }: BaseDefinition, a: Member, b: Member): LinkPair['match'] {
  if (matching === undefined) return null;
  const [x, y]: readonly MatchRecord[] = [matchRecord(matching, a), matchRecord(matching, b)];
  if (x === undefined || y === undefined) return null;
  const { explain, weight } = weigher(matching);
  const { version, link, review, margin } = matching.model;
  let total = 0;
  const told = explain(x.features, y.features).map((part, i) => {
    const field = matching.fields[i] as MatchField;
    const level = field.levels[part.level];
    total += part.bits;
    return {
      ...{ ...part, zh: field.zh, en: field.en, total },
      ...{ zhLevel: level?.zh ?? '一方无值', enLevel: level?.en ?? 'a side has no value' },
    };
  });
  const counted = weight(x.features, y.features);
  return {
    ...{ model: version, weight: counted, link, review, margin, asked: counted < link && total >= link },
    sharedBlocks: x.blocks.filter((block) => y.blocks.includes(block)).length,
    fields: told,
  };
}
