import { formatEntityId, parseEntityId } from '../../schemas/entity-id.ts';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { maskNumbersIn } from '../../schemas/masking/texts.ts';
import { feedRows } from '../directory/hub-views.ts';
import type { CatalogBase } from '../options.ts';

/** Winner of each attribute: record id and rule; of a steward's word also its number. */
type Winners = Readonly<Record<string, readonly [recordId: number, rule: string, override?: number]>>;

export interface StoredEntity {
  readonly entityId: number;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
  /** null when every source row of the entity is gone. */
  readonly attributes: Readonly<Record<string, JsonValue>> | null;
  readonly winners: Winners | null;
  readonly conflicts: readonly string[] | null;
  readonly sources: number | null;
}

interface StoredIssue {
  readonly rule: string;
  readonly severity: string;
  readonly attribute: string | null;
  readonly message: string;
}

export interface StoredRecord {
  readonly recordId: number;
  readonly system: string;
  readonly stream: string;
  readonly authority: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly origin: string;
  readonly sourceKey: string;
  readonly linkRule: string;
  readonly linkKeys: readonly string[];
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly issues: readonly StoredIssue[] | null;
  readonly deleted: boolean;
  readonly observedAt: Date;
  readonly recordedAt: Date;
}

/** Longer chains do not arise: each merge leads to a survivor of its time. */
const MAX_REDIRECTS = 32;
/** An entity with more source rows than this shows the first. */
export const MAX_RECORDS = 200;
const MAX_MATCHES = 20;

export function requireBase(bases: readonly CatalogBase[], name: string): CatalogBase {
  const base = bases.find((one) => one.name === name);
  if (base !== undefined) return base;
  throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such base database', {
    zh: '没有这个基础库',
    allowed: bases.map((one) => one.name),
  });
}

/** @throws HUB_REQUEST_INVALID with the identifiers that the base has */
export function requireScheme(base: CatalogBase, scheme: string): void {
  if (base.linkSchemes.includes(scheme)) return;
  throw new HubError('HUB_REQUEST_INVALID', `the scheme is no kind of identifier of ${base.name}`, {
    zh: `scheme 不是${base.title.zh}的标识类别`,
    field: 'scheme',
    allowed: base.linkSchemes,
  });
}

export interface FoundEntity {
  readonly entity: StoredEntity;
  /** The number that was asked for. */
  readonly asked: number;
  readonly merged: boolean;
  /** Entities that came from it, or from its survivor, as they are called now. */
  readonly splitInto: readonly string[];
}

/** The entity, or the survivor that it was merged into. @throws HUB_CATALOG_NOT_FOUND */
export async function readEntity(base: CatalogBase, id: string): Promise<FoundEntity> {
  const example = formatEntityId(base.entityPrefix, 421);
  const asked = parseEntityId(base.entityPrefix, id);
  if (asked === null)
    throw new HubError('HUB_CATALOG_NOT_FOUND', 'This is not an entity id of the base, or a character of it is wrong', {
      zh: '这不是该基础库的实体编号，或其中有字符写错',
      allowed: `${base.entityPrefix}, at least nine digits and a check digit, such as ${example}`,
    });
  const rows = await feedRows<StoredEntity & { readonly parts: readonly number[] }>(
    base.pool,
    `an entity of ${base.name}`,
    `WITH RECURSIVE path(entity_id, merged_into, depth) AS (
       SELECT entity_id, merged_into, 0 FROM ${base.schema}.feed_entity WHERE entity_id = $1
       UNION ALL
       SELECT e.entity_id, e.merged_into, p.depth + 1 FROM path AS p
       JOIN ${base.schema}.feed_entity AS e ON e.entity_id = p.merged_into WHERE p.depth < ${MAX_REDIRECTS}
     )
     SELECT e.entity_id::float8 AS "entityId", e.created_at AS "createdAt", e.updated_at AS "updatedAt", e.attributes,
       e.winners, e.conflicts, e.sources,
       ARRAY(SELECT DISTINCT coalesce(o.merged_into, o.entity_id)::float8 FROM ${base.schema}.feed_entity_event AS v
         JOIN ${base.schema}.feed_entity AS o ON o.entity_id = v.entity_id
         WHERE v.kind = 'split' AND v.other_id IN ($1, e.entity_id) ORDER BY 1) AS parts
     FROM path AS p JOIN ${base.schema}.feed_entity AS e ON e.entity_id = p.entity_id
     WHERE p.merged_into IS NULL`,
    [asked],
  );
  const [found] = rows;
  if (found === undefined)
    throw new HubError('HUB_CATALOG_NOT_FOUND', 'The base has no entity with this id', {
      zh: '基础库中没有此编号的实体',
    });
  const { parts, ...entity } = found;
  const splitInto = parts.filter((part) => part !== entity.entityId);
  return {
    ...{ entity, asked, merged: entity.entityId !== asked },
    splitInto: splitInto.map((part) => formatEntityId(base.entityPrefix, part)),
  };
}

/** Source rows of an entity, deleted ones too, by system, stream and key. */
export const readRecords = ({ pool, schema, name }: CatalogBase, entityId: number): Promise<readonly StoredRecord[]> =>
  feedRows<StoredRecord>(
    pool,
    `source records of ${name}`,
    `SELECT record_id::float8 AS "recordId", system, stream, authority, topic, log_partition AS partition,
       log_offset::float8 AS "offset", origin, source_key AS "sourceKey", link_rule AS "linkRule", link_keys AS "linkKeys",
       attributes, issues, deleted, observed_at AS "observedAt", recorded_at AS "recordedAt"
     FROM ${schema}.feed_source_record WHERE entity_id = $1 ORDER BY deleted, system, stream, source_key LIMIT ${MAX_RECORDS}`,
    [entityId],
  );

/**
 * Ids of the entities that hold a key: several when a veto keeps them apart, none when nobody has it.
 * @throws HUB_CATALOG_CLOSED where the answer would tell strangers who there is
 */
export async function findByKey(base: CatalogBase, scheme: string, value: string): Promise<readonly string[]> {
  const folded = value.normalize('NFKC').replaceAll(/\s+/g, '');
  const isPersonal = base.people === true || maskNumbersIn(folded) !== folded;
  if (isPersonal && base.openLookup !== true)
    throw new HubError('HUB_CATALOG_CLOSED', `${base.name} does not tell everybody who bears a number`, {
      zh: `${base.title.zh}不对所有人开放号码查询`,
    });
  const spellings = [...new Set([folded, folded.toUpperCase(), folded.toUpperCase().replaceAll('-', '')])];
  const rows = await feedRows<{ entityId: number }>(
    base.pool,
    `keys of ${base.name}`,
    `SELECT DISTINCT entity_id::float8 AS "entityId" FROM ${base.schema}.feed_link_key
     WHERE link_key = ANY($1::text[]) ORDER BY 1 LIMIT ${MAX_MATCHES}`,
    [spellings.map((spelling) => `${scheme}:${spelling}`)],
  );
  return rows.map(({ entityId }) => formatEntityId(base.entityPrefix, entityId));
}
