import { formatEntityId } from '../../schemas/entity-id.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { LinkPair, ReviewItem, ReviewKind } from '../../schemas/linkage.ts';
import { shownKey } from '../../schemas/masking/rows.ts';
import { maskNumbersIn } from '../../schemas/masking/texts.ts';
import { hidesAnything, maskValue, type Shown } from '../../schemas/masking/values.ts';
import { feedRows } from '../directory/hub-views.ts';
import type { CatalogBase } from '../options.ts';
import { type Text, textOf } from '../texts.ts';
import { type EntityEvent, readEvents } from './events.ts';
import type { CatalogLinkage, ReviewQueue } from './linkage.ts';
import { readEntity } from './read.ts';

/** A source row without what its key may give away. */
export interface RowRef {
  readonly recordId: number;
  readonly system: string;
  readonly stream: string;
  readonly sourceKey: string;
}

export interface EdgeView {
  readonly left: RowRef;
  readonly right: RowRef;
  readonly by: { readonly code: string } & Text;
  /** Bits; null for keys and for what people have confirmed. */
  readonly weight: number | null;
  readonly weakest: boolean;
  readonly bridge: boolean;
}

export interface EdgesView {
  readonly base: string;
  readonly id: string;
  readonly requested: string;
  readonly mergedInto: string | null;
  readonly splitInto: readonly string[];
  /** The weakest first. */
  readonly edges: readonly EdgeView[];
  readonly truncated: boolean;
  readonly events: readonly EntityEvent[];
}

export interface ComparedValue extends Text {
  readonly attribute: string;
  readonly left: Shown | null;
  readonly right: Shown | null;
  /** Compared before masking; null where a side has no value. */
  readonly agrees: boolean | null;
}

export type PairView = Omit<LinkPair, 'rows' | 'records' | 'entities' | 'keys' | 'decision'> & {
  readonly base: string;
  readonly left: RowRef & { readonly entity: string };
  readonly right: RowRef & { readonly entity: string };
  readonly keys: readonly ({ readonly code: string } & Text)[];
  readonly decision: (Omit<NonNullable<LinkPair['decision']>, 'decidedAt'> & { readonly decidedAt: string }) | null;
  readonly values: readonly ComparedValue[];
};

export interface ReviewView {
  readonly kind: { readonly code: ReviewKind } & Text;
  readonly row: RowRef & { readonly entity: string };
  readonly candidates: readonly (RowRef & {
    readonly entity: string;
    readonly weight: number | null;
    readonly values: readonly ComparedValue[];
  })[];
  readonly records: number | null;
  readonly reasons: ReviewItem['reasons'];
  readonly decision: ReviewItem['decision'];
  /** What a person types to decide; empty where the matter is the entity as a whole. */
  readonly commands: readonly string[];
}

/** More edges than this say no more. */
const MAX_EDGES = 200;

function requireLinkage({ linkage, name }: CatalogBase): CatalogLinkage {
  if (linkage !== undefined) return linkage;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `Nothing is told of the linkage of ${name}`, {
    zh: '该基础库不提供关联依据',
  });
}

/** @throws HUB_CATALOG_NOT_FOUND for a base in which nothing ever waits for a person */
export function requireReview(base: CatalogBase): ReviewQueue {
  const { review } = requireLinkage(base);
  if (review !== undefined) return review;
  throw new HubError(
    'HUB_CATALOG_NOT_FOUND',
    `Nothing waits for a person in ${base.name}: its records link by key alone`,
    { zh: `${base.title.zh}只按键关联，没有待人工核对的记录` },
  );
}

function refOf(base: CatalogBase, row: string, recordId: number, known: ReadonlyMap<number, Attributes>): RowRef {
  const at = row.indexOf(' ');
  const [system = '', stream = ''] = row.slice(0, at).split('/');
  const attributes = known.get(recordId) ?? {};
  return {
    recordId,
    system,
    stream,
    sourceKey: shownKey(base, { system, stream, sourceKey: row.slice(at + 1), attributes }),
  };
}

const schemeText = (code: string) => ({ code, ...textOf('link', code) });

/** What holds an entity together, and how it became what it is. @throws HUB_CATALOG_NOT_FOUND */
export async function showEdges(base: CatalogBase, requested: string): Promise<EdgesView> {
  const { entity, merged, asked, splitInto } = await readEntity(base, requested);
  const edges = await requireLinkage(base).edges(entity.entityId);
  const listed = edges.slice(0, MAX_EDGES);
  const known = await attributesOf(base, [...new Set(listed.flatMap(({ records }) => records))]);
  const id = formatEntityId(base.entityPrefix, entity.entityId);
  return {
    ...{ base: base.name, id, requested, mergedInto: merged ? id : null, splitInto },
    edges: listed.map(({ rows, records, by, weight, weakest, bridge }) => ({
      ...{ left: refOf(base, rows[0], records[0], known), right: refOf(base, rows[1], records[1], known) },
      ...{ by: schemeText(by), weight, weakest, bridge },
    })),
    truncated: edges.length > MAX_EDGES,
    events: await readEvents(base, [...new Set([asked, entity.entityId])]),
  };
}

type Attributes = Readonly<Record<string, Shown['value']>>;

async function attributesOf(
  { pool, schema, name }: CatalogBase,
  records: readonly number[],
): Promise<ReadonlyMap<number, Attributes>> {
  if (records.length === 0) return new Map();
  const rows = await feedRows<{ recordId: number; attributes: Attributes }>(
    pool,
    `source records of ${name}`,
    `SELECT record_id::float8 AS "recordId", attributes FROM ${schema}.feed_source_record WHERE record_id = ANY($1::bigint[])`,
    [records],
  );
  return new Map(rows.map(({ recordId, attributes }) => [recordId, attributes]));
}

/** Attributes of which a side has a value, in the order of the base. */
function compared(
  { attributes }: CatalogBase,
  left: Attributes = {},
  right: Attributes = {},
): readonly ComparedValue[] {
  return Object.entries(attributes).flatMap(([attribute, spec]) => {
    const [a, b] = [left[attribute] ?? null, right[attribute] ?? null];
    if ((a === null && b === null) || spec.type === 'geometry') return [];
    const show = (value: Shown['value']): Shown | null => (value === null ? null : maskValue(attribute, spec, value));
    const agrees = a === null || b === null ? null : a === b;
    return [{ attribute, zh: spec.zh, en: spec.en, left: show(a), right: show(b), agrees }];
  });
}

/** @throws HUB_CATALOG_NOT_FOUND, without quoting what was asked for */
export async function explainPair(base: CatalogBase, left: string, right: string): Promise<PairView> {
  // A key that is answered for is a key that is there.
  const isClosed = hidesAnything(base.attributes) && base.openLookup !== true;
  const isNumbered = [left, right].every((row) => /^\d{1,15}$/.test(row));
  if (isClosed && !isNumbered) throw NO_SUCH_ROW(['the number of a record, as the pages show it']);
  const pair = await requireLinkage(base).explain(left, right).catch(unquoted);
  const isConnected = pair.together || pair.choice !== null || pair.decision !== null || pair.keys.length > 0;
  if (isClosed && !isConnected) throw NO_SUCH_ROW(['two records of one entity, or two that wait for a person']);
  const { rows, records, entities, keys, decision, together, vetoes, choice, match } = pair;
  const known = await attributesOf(base, records);
  const side = (at: 0 | 1): PairView['left'] => ({
    ...{ ...refOf(base, rows[at], records[at], known), entity: formatEntityId(base.entityPrefix, entities[at]) },
  });
  return {
    ...{ base: base.name, left: side(0), right: side(1), together, vetoes, choice, match },
    keys: keys.map((key) => schemeText(key.slice(0, key.indexOf(':')))),
    decision:
      decision === null
        ? null
        : { ...decision, reason: maskNumbersIn(decision.reason), decidedAt: decision.decidedAt.toISOString() },
    values: compared(base, known.get(records[0]), known.get(records[1])),
  };
}

const NO_SUCH_ROW = (allowed: unknown): HubError =>
  new HubError('HUB_CATALOG_NOT_FOUND', 'The base has no such row', { zh: '基础库中没有这条记录', allowed });

/** A key may be an identity number: the message must not repeat it. */
function unquoted(error: unknown): never {
  if (error instanceof HubError && error.code === 'HUB_CATALOG_NOT_FOUND') throw NO_SUCH_ROW(error.details['allowed']);
  throw error;
}

/** What waits for a person, at most so many of each kind. */
export async function showReview(
  base: CatalogBase,
  kind: ReviewKind | undefined,
  limit: number,
): Promise<readonly ReviewView[]> {
  const entries = await requireReview(base).list(kind, limit);
  const records = entries.flatMap(({ recordId, candidates }) => [recordId, ...candidates.map((one) => one.recordId)]);
  const known = await attributesOf(base, [...new Set(records)]);
  const entity = (id: number): string => formatEntityId(base.entityPrefix, id);
  return entries.map((entry) => ({
    kind: { code: entry.kind, ...textOf('review', entry.kind) },
    row: { ...refOf(base, entry.row, entry.recordId, known), entity: entity(entry.entityId) },
    candidates: entry.candidates.map(({ row, recordId, entityId, weight }) => ({
      ...{ ...refOf(base, row, recordId, known), entity: entity(entityId), weight },
      values: compared(base, known.get(entry.recordId), known.get(recordId)),
    })),
    records: entry.records,
    reasons: entry.reasons,
    decision: entry.decision === null ? null : { ...entry.decision, reason: maskNumbersIn(entry.decision.reason) },
    commands: commandsOf(base.name, entry),
  }));
}

function commandsOf(base: string, { kind, recordId, candidates, decision }: ReviewItem): readonly string[] {
  if (decision !== null)
    return [
      `hub review second ${base} ${decision.id} --by NAME`,
      `hub review withdraw ${base} ${decision.id} --by NAME`,
    ];
  const [first] = candidates;
  if (kind === 'large' || first === undefined) return [];
  return ['confirm', 'forbid'].map(
    (what) => `hub review ${what} ${base} ${recordId} ${first.recordId} --by NAME --reason TEXT`,
  );
}
