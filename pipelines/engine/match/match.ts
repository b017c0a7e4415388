import type { ClientBase } from 'pg';
import { type LinkModel, type Matching, weigher } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Member } from '../entity/member.ts';
import { readMembersById } from '../entity/read-members.ts';
import { type Candidate, type Choice, decide } from './decide.ts';
import { isExcluded, type MatchRecord, matchRecord } from './records.ts';
import {
  MOST_IN_A_BLOCK,
  readBlocks,
  readChoices,
  readChoosers,
  type StoredChoice,
  writeBlocks,
  writeChoices,
} from './store.ts';

export interface Matched {
  /** Records whose standing with others has changed, beside the changed ones themselves. */
  readonly touched: ReadonlySet<number>;
  /** Blocks that held too many records to be looked at. */
  readonly blocksSkipped: number;
}

/**
 * Decides anew for every record without a deciding identifier that a changed record could concern: itself, those that share
 * a block with what it was or is and find it likely, and those that had chosen it. Everything else stays as it was, so the outcome is that of deciding for all.
 * @param members what the changed records are now, without deleted ones.
 * @param replaced ids of stored records that are changed or deleted.
 */
export async function matchChanges(
  client: ClientBase,
  base: BaseDefinition & { readonly matching: Matching },
  members: readonly Member[],
  replaced: readonly number[],
  orderOf: (sourceId: number, key: string) => string,
): Promise<Matched> {
  const { schema, matching } = base;
  const asRecord = (member: Member): MatchRecord => matchRecord(matching, member);
  const before = (await readMembersById(client, schema, replaced, orderOf)).map(asRecord);
  const now = members.map(asRecord);
  const gone = new Set(replaced);
  const known = new Map(now.map((record) => [record.recordId, record]));
  const load = async (ids: Iterable<number>): Promise<void> => {
    const missing = [...ids].filter((id) => !known.has(id) && !gone.has(id));
    for (const member of await readMembersById(client, schema, missing, orderOf))
      known.set(member.recordId, asRecord(member));
  };

  const touchedBlocks = new Set([...before, ...now].flatMap(({ blocks }) => blocks));
  const neighbours = await readBlocks(client, schema, 'block_open', [...touchedBlocks]);
  const neighbourIds = new Set([...neighbours.values()].flatMap((ids) => ids ?? []));
  await load(neighbourIds);
  const choosers = new Set(await readChoosers(client, schema, replaced));
  await load(choosers);
  const isNear = nearnessTo(base, [...before, ...now]);
  const open = [
    ...now.filter(({ anchors }) => anchors.length === 0),
    ...[...new Set([...neighbourIds, ...choosers])].flatMap((id) => {
      const record = gone.has(id) ? undefined : known.get(id);
      return record !== undefined && (choosers.has(id) || isNear(record)) ? [record] : [];
    }),
  ];

  const { candidates, skipped } = await candidatesFor(client, schema, open, now, gone);
  await load(new Set([...candidates.values()].flatMap((ids) => [...ids])));
  const decided = decideAll(base, open, candidates, known);

  const deciders = [...new Set([...open.map(({ recordId }) => recordId), ...replaced])];
  const touched = await replaceChoices(client, schema, matching.model.version, deciders, decided);
  await writeBlocks(client, schema, before, now);
  return { touched, blocksSkipped: skipped };
}

/**
 * Whether a record could see one of these among its candidates. Below `review` bits a candidate is nobody: neither chosen
 * nor a rival, so that its coming, going or changing leaves the decision as it was.
 */
function nearnessTo(
  base: BaseDefinition & { readonly matching: Matching },
  changed: readonly MatchRecord[],
): (record: MatchRecord) => boolean {
  const { matching } = base;
  const { weight } = weigher(matching);
  const under = new Map<number, MatchRecord[]>();
  for (const one of changed)
    for (const block of one.blocks) {
      const others = under.get(block);
      if (others === undefined) under.set(block, [one]);
      else others.push(one);
    }
  return (record) => {
    const seen = new Set<MatchRecord>();
    for (const block of record.blocks)
      for (const one of under.get(block) ?? []) {
        if (one.recordId === record.recordId || seen.has(one)) continue;
        seen.add(one);
        if (weight(record.features, one.features) < matching.model.review) continue;
        if (!isExcluded(base, matching, record, one)) return true;
      }
    return false;
  };
}

/**
 * What the deciders have chosen now in the place of what they had.
 * @returns records whose standing with others has changed; a choice that is the same under another model is none.
 */
export async function replaceChoices(
  client: ClientBase,
  schema: string,
  model: string,
  deciders: readonly number[],
  decided: readonly StoredChoice[],
): Promise<ReadonlySet<number>> {
  const old = await readChoices(client, schema, deciders);
  const { gone, added } = difference(old, decided);
  const newly = new Set(added.map(pairOf));
  const earlier = old.filter((choice) => choice.model !== model && !gone.includes(choice));
  const again = new Set(earlier.map(pairOf));
  const kept = decided.filter((choice) => again.has(pairOf(choice)) && !newly.has(pairOf(choice)));
  await writeChoices(client, schema, model, [...gone, ...earlier], [...added, ...kept]);
  const touched = new Set<number>();
  for (const { recordId, otherId } of [...gone, ...added]) touched.add(recordId).add(otherId);
  return touched;
}

const pairOf = ({ recordId, otherId }: StoredChoice): string => `${recordId} ${otherId}`;

/**
 * What stored records without a deciding identifier choose by each of the models; the others of `ids` are passed by.
 * Nothing is written.
 */
export async function decideStored(
  client: ClientBase,
  base: BaseDefinition & { readonly matching: Matching },
  ids: readonly number[],
  models: readonly LinkModel[],
  orderOf: (sourceId: number, key: string) => string,
): Promise<readonly (readonly StoredChoice[])[]> {
  const { schema, matching } = base;
  const known = new Map<number, MatchRecord>();
  const load = async (wanted: readonly number[]): Promise<void> => {
    for (const member of await readMembersById(client, schema, wanted, orderOf))
      known.set(member.recordId, matchRecord(matching, member));
  };
  await load(ids);
  const open = [...known.values()].filter(({ anchors }) => anchors.length === 0);
  const { candidates } = await candidatesFor(client, schema, open, [], new Set());
  const others = new Set([...candidates.values()].flatMap((found) => [...found]));
  await load([...others].filter((id) => !known.has(id)));
  return models.map((model) => decideAll({ ...base, matching: { ...matching, model } }, open, candidates, known));
}

/** Ids that share a block with each open record, stored ones and those of this batch. */
async function candidatesFor(
  client: ClientBase,
  schema: string,
  open: readonly MatchRecord[],
  now: readonly MatchRecord[],
  gone: ReadonlySet<number>,
): Promise<{ candidates: ReadonlyMap<number, ReadonlySet<number>>; skipped: number }> {
  const blocks = [...new Set(open.flatMap((record) => record.blocks))];
  const stored = [
    await readBlocks(client, schema, 'block_open', blocks),
    await readBlocks(client, schema, 'block_anchored', blocks),
  ];
  const fresh = new Map<number, number[]>();
  const asked = new Set(blocks);
  for (const record of now)
    for (const block of record.blocks) {
      if (!asked.has(block)) continue;
      const ids = fresh.get(block);
      if (ids === undefined) fresh.set(block, [record.recordId]);
      else ids.push(record.recordId);
    }
  let skipped = 0;
  const under = new Map<number, readonly number[]>();
  for (const block of blocks) {
    const parts = stored.map((table) => table.get(block));
    const ids = new Set(fresh.get(block) ?? []);
    for (const part of parts) for (const id of part ?? []) if (!gone.has(id)) ids.add(id);
    if (parts.includes(null) || ids.size > MOST_IN_A_BLOCK) skipped += 1;
    else under.set(block, [...ids]);
  }
  const candidates = new Map(
    open.map((record) => {
      const ids = new Set(record.blocks.flatMap((block) => under.get(block) ?? []));
      ids.delete(record.recordId);
      return [record.recordId, ids] as const;
    }),
  );
  return { candidates, skipped };
}

function decideAll(
  base: BaseDefinition & { readonly matching: Matching },
  open: readonly MatchRecord[],
  candidates: ReadonlyMap<number, ReadonlySet<number>>,
  known: ReadonlyMap<number, MatchRecord>,
): readonly StoredChoice[] {
  const { matching } = base;
  const { weight } = weigher(matching);
  const { model } = matching;
  const isSame = (a: number, b: number): boolean => {
    const [left, right] = [known.get(a) as MatchRecord, known.get(b) as MatchRecord];
    if (left.keys.some((key) => right.keys.includes(key))) return true;
    if (left.anchors.length > 0 && right.anchors.length > 0) return false;
    return !isExcluded(base, matching, left, right) && weight(left.features, right.features) >= model.link;
  };
  const found: StoredChoice[] = [];
  for (const record of open) {
    const weighed: Candidate[] = [];
    for (const id of candidates.get(record.recordId) ?? []) {
      const other = known.get(id);
      if (other === undefined || isExcluded(base, matching, record, other)) continue;
      const bits = weight(record.features, other.features);
      if (bits >= model.review) weighed.push({ recordId: id, order: other.order, weight: bits });
    }
    for (const choice of decide(weighed, model, isSame)) found.push({ recordId: record.recordId, ...choice });
  }
  return found;
}

function difference(
  old: readonly StoredChoice[],
  now: readonly StoredChoice[],
): { readonly gone: readonly StoredChoice[]; readonly added: readonly StoredChoice[] } {
  const text = ({ recordId, otherId, weight, state }: StoredChoice & Choice): string =>
    `${recordId} ${otherId} ${Math.fround(weight)} ${state}`;
  const before = new Set(old.map(text));
  const after = new Set(now.map(text));
  return {
    gone: old.filter((choice) => !after.has(text(choice))),
    added: now.filter((choice) => !before.has(text(choice))),
  };
}
