import type { AttributeDescription, PastMoment, RuleDescription } from '../../schemas/base.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { shownKey, shownOrigin } from '../../schemas/masking/rows.ts';
import { maskNumbersIn, maskQuoted } from '../../schemas/masking/texts.ts';
import {
  isUnpublished,
  maskValue,
  quotedValues,
  type Shown,
  shownFinding,
  shownValues,
  UNPUBLISHED,
} from '../../schemas/masking/values.ts';
import { feedRows } from '../directory/hub-views.ts';
import type { CatalogBase } from '../options.ts';
import { type Text, textOf } from '../texts.ts';
import {
  type FoundEntity,
  MAX_RECORDS,
  readEntity,
  readRecords,
  type StoredEntity,
  type StoredRecord,
} from './read.ts';

interface ShownAttribute extends Shown {
  readonly attribute: string;
  readonly zh: string;
  readonly en: string;
  readonly type: string;
  /** What people call the value, where it is a code. */
  readonly label: string | null;
}

export interface EntityView {
  readonly base: string;
  /** Of the survivor. */
  readonly id: string;
  readonly requested: string;
  /** The survivor's id when the requested one was merged. */
  readonly mergedInto: string | null;
  /** Entities that were split off from it, or from the one asked for. */
  readonly splitInto: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly sources: number;
  readonly conflicts: readonly string[];
  /** Values that survived, in the order of the base; empty when every source row is gone. */
  readonly attributes: readonly ShownAttribute[];
}

export interface OtherValue extends Shown {
  readonly recordId: number;
  readonly system: string;
  readonly stream: string;
  /** Compared before masking. */
  readonly agrees: boolean;
  readonly label: string | null;
  /** False when a finding of severity E keeps the value from becoming golden. */
  readonly trusted: boolean;
}

interface OverrideView {
  readonly overrideId: number;
  readonly by: string;
  readonly reason: string;
  readonly setAt: string;
  /** The last day, `YYYY-MM-DD`. */
  readonly until: string;
}

export interface AttributeReason extends ShownAttribute {
  /** null when no source has a trusted value, and when a person overrides them. */
  readonly winner: { readonly recordId: number; readonly system: string | null; readonly stream: string | null } | null;
  readonly rule: ({ readonly code: string } & Text) | null;
  /** What a steward says in the place of the sources. */
  readonly override: OverrideView | null;
  readonly conflict: boolean;
  readonly others: readonly OtherValue[];
}

export interface RecordView {
  readonly recordId: number;
  readonly system: string;
  readonly stream: string;
  readonly authority: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly origin: string;
  readonly sourceKey: string;
  readonly observedAt: string;
  readonly recordedAt: string;
  readonly linkRule: { readonly code: string } & Text;
  readonly deleted: boolean;
  readonly issues: readonly {
    readonly rule: string;
    readonly title: string | null;
    /** The title in Chinese, where there is one. */
    readonly zh: string | null;
    readonly severity: string;
    readonly attribute: string | null;
    readonly message: string;
  }[];
}

export interface WhyView extends EntityView {
  readonly reasons: readonly AttributeReason[];
  readonly records: readonly RecordView[];
  /** True when the entity has more source rows than are listed. */
  readonly truncated: boolean;
}

/** @throws HUB_CATALOG_NOT_FOUND */
export async function showEntity(base: CatalogBase, id: string): Promise<EntityView> {
  return viewOf(base, id, await readEntity(base, id));
}

/**
 * The entity in its state of another moment; null when nothing was known of it then. An id that has been merged since
 * answers for itself, if it was one then, and else by its survivor.
 */
export async function pastOf(base: CatalogBase, found: FoundEntity, moment: PastMoment): Promise<StoredEntity | null> {
  const { entity, asked } = found;
  for (const entityId of new Set([asked, entity.entityId])) {
    const past = (await base.past?.(entityId, moment)) ?? null;
    if (past !== null) return { ...entity, ...past, entityId, conflicts: [...past.conflicts] };
  }
  return null;
}

/** The entity as the base would have answered at another moment. @throws HUB_CATALOG_NOT_FOUND, also when nothing was known then */
export async function showPast(base: CatalogBase, id: string, moment: PastMoment): Promise<EntityView> {
  const found = await readEntity(base, id);
  const past = await pastOf(base, found, moment);
  if (past === null)
    throw new HubError('HUB_CATALOG_NOT_FOUND', 'Nothing was known of the entity at that moment', {
      zh: '当时尚无该实体的任何信息',
      allowed: `a time from ${found.entity.createdAt.toISOString()} on`,
    });
  return viewOf(base, id, found, past);
}

/** Every value back to its source row, and every source row back to the log. @throws HUB_CATALOG_NOT_FOUND */
export async function explainEntity(base: CatalogBase, id: string): Promise<WhyView> {
  const found = await readEntity(base, id);
  const { entity } = found;
  const overrides = await readOverrides(base, entity.winners ?? {});
  const records = await readRecords(base, entity.entityId);
  const titles = new Map(base.rules.map((rule) => [rule.id, rule]));
  return {
    ...viewOf(base, id, found),
    reasons: Object.entries(base.attributes).flatMap(([name, spec]) =>
      reasonOf(name, spec, entity, records, overrides),
    ),
    records: records.map((record) => recordView(base, record, titles)),
    truncated: records.length === MAX_RECORDS,
  };
}

/** Those that have won something. */
async function readOverrides(
  { pool, schema, name }: CatalogBase,
  winners: NonNullable<StoredEntity['winners']>,
): Promise<ReadonlyMap<number, OverrideView>> {
  const ids = Object.values(winners).flatMap(([, , id]) => (id === undefined ? [] : [id]));
  if (ids.length === 0) return new Map();
  const rows = await feedRows<Omit<OverrideView, 'setAt'> & { readonly setAt: Date }>(
    pool,
    `overrides of ${name}`,
    `SELECT override_id::float8 AS "overrideId", set_by AS by, reason, set_at AS "setAt", to_char(until, 'YYYY-MM-DD') AS until
     FROM ${schema}.feed_override WHERE override_id = ANY($1::bigint[])`,
    [ids],
  );
  return new Map(
    rows.map((one) => [one.overrideId, { ...one, reason: maskNumbersIn(one.reason), setAt: one.setAt.toISOString() }]),
  );
}

/** @param entity what is shown of it: as it is now, or was. */
function viewOf(
  base: CatalogBase,
  requested: string,
  { entity: survivor, merged, splitInto }: FoundEntity,
  entity: StoredEntity = survivor,
): EntityView {
  return {
    base: base.name,
    id: formatEntityId(base.entityPrefix, entity.entityId),
    requested,
    mergedInto: merged ? formatEntityId(base.entityPrefix, survivor.entityId) : null,
    splitInto,
    createdAt: entity.createdAt.toISOString(),
    updatedAt: entity.updatedAt?.toISOString() ?? null,
    sources: entity.sources ?? 0,
    conflicts: entity.conflicts ?? [],
    attributes: Object.entries(base.attributes).flatMap(([name, spec]) => {
      const value = entity.attributes?.[name];
      return value === undefined || value === null ? [] : [shown(name, spec, value)];
    }),
  };
}

function labelOf(attribute: string, spec: AttributeDescription, value: JsonValue): string | null {
  if (typeof value !== 'string' || maskValue(attribute, spec, value).masked) return null;
  return spec.named?.(value) ?? null;
}

const shown = (attribute: string, spec: AttributeDescription, value: JsonValue): ShownAttribute => {
  const { zh, en, type } = spec;
  return { attribute, zh, en, type, ...maskValue(attribute, spec, value), label: labelOf(attribute, spec, value) };
};

function reasonOf(
  name: string,
  spec: AttributeDescription,
  entity: StoredEntity,
  records: readonly StoredRecord[],
  overrides: ReadonlyMap<number, OverrideView>,
): readonly AttributeReason[] {
  const value = entity.attributes?.[name] ?? null;
  const won = entity.winners?.[name];
  const override = won?.[2] === undefined ? null : (overrides.get(won[2]) ?? null);
  // The row on which a steward's word is kept says something of its own.
  const winnerId = won === undefined || won[2] !== undefined ? null : won[0];
  const others = records.flatMap((record): readonly OtherValue[] => {
    const said = record.attributes[name];
    if (record.deleted || said === undefined || said === null || record.recordId === winnerId) return [];
    const { recordId, system, stream } = record;
    const found = record.issues?.filter(({ attribute }) => attribute === name) ?? [];
    const trusted = found.every(({ severity }) => severity !== 'E');
    const seen = found.some(({ rule }) => isUnpublished(rule)) ? UNPUBLISHED : maskValue(name, spec, said);
    return [
      { ...{ recordId, system, stream, ...seen }, agrees: said === value, label: labelOf(name, spec, said), trusted },
    ];
  });
  if (value === null && others.length === 0) return [];
  const winner = records.find(({ recordId }) => recordId === winnerId);
  return [
    {
      ...shown(name, spec, value),
      winner:
        winnerId === null
          ? null
          : { recordId: winnerId, system: winner?.system ?? null, stream: winner?.stream ?? null },
      rule: won === undefined ? null : { code: won[1], ...textOf('rule', won[1]) },
      override,
      conflict: entity.conflicts?.includes(name) ?? false,
      others,
    },
  ];
}

function recordView(base: CatalogBase, record: StoredRecord, titles: ReadonlyMap<string, RuleDescription>): RecordView {
  const { recordId, system, stream, authority, topic, partition, offset, deleted, linkRule } = record;
  const known = shownValues(base.attributes, record.attributes);
  const quoted = quotedValues(base.attributes, record.attributes);
  return {
    recordId,
    system,
    stream,
    authority,
    topic,
    partition,
    offset,
    origin: shownOrigin(base, record, record.origin),
    sourceKey: shownKey(base, record),
    observedAt: record.observedAt.toISOString(),
    recordedAt: record.recordedAt.toISOString(),
    linkRule: { code: linkRule, ...textOf('link', linkRule) },
    deleted,
    issues: (record.issues ?? []).map(({ rule, severity, attribute, message }) => ({
      rule,
      title: titles.get(rule)?.title ?? null,
      zh: titles.get(rule)?.zh ?? null,
      severity,
      attribute,
      message: maskQuoted(shownFinding(base, attribute, message), quoted, known),
    })),
  };
}
