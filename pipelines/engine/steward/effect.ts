import { HubError } from '../../../schemas/kernel/errors.ts';
import type { Linked } from '../ingest/link.ts';

/** What a decision does to the partition; rows are `system/stream key`. */
export interface DecisionEffect {
  /** Entities that become one, each by its rows before. */
  readonly joined: readonly (readonly (readonly string[])[])[];
  /** Entities that fall apart, each by what its rows become. */
  readonly torn: readonly (readonly (readonly string[])[])[];
}

const NOTHING: DecisionEffect = { joined: [], torn: [] };

export function effectOf(linked: Pick<Linked, 'before' | 'entities'> | null): DecisionEffect {
  if (linked === null) return NOTHING;
  const earlier = new Map(linked.before.map(({ order, entityId }) => [order, entityId]));
  const now = new Map(
    linked.entities.flatMap(({ entityId, members }) => members.map(({ order }) => [order, entityId])),
  );
  return { joined: severalIn(now, earlier), torn: severalIn(earlier, now) };
}

type Homes = ReadonlyMap<string, number | null>;

/** Groups of the one partition that are several of the other, by the parts. */
function severalIn(whole: Homes, parts: Homes): readonly (readonly (readonly string[])[])[] {
  const groups = new Map<number, Map<number, string[]>>();
  for (const [row, id] of whole) {
    const part = parts.get(row);
    if (id === null || part === undefined || part === null) continue;
    const own = groups.get(id) ?? new Map<number, string[]>();
    groups.set(id, own);
    const rows = own.get(part);
    if (rows === undefined) own.set(part, [row]);
    else rows.push(row);
  }
  return [...groups.values()]
    .filter((own) => own.size > 1)
    .map((own) =>
      [...own.values()].map((rows) => rows.sort()).sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1)),
    );
}

const NAMED = 5;

/**
 * A confirmation is to tear nobody out of an entity, and a prohibition nobody but the two rows and what follows each, unless
 * whoever decides has seen it.
 * @throws HUB_REVIEW_TEARS with the parts
 */
export function refuseTearing(
  kind: 'confirmed' | 'forbidden',
  rows: readonly [string, string],
  { torn }: DecisionEffect,
): void {
  const meant = (parts: readonly (readonly string[])[]): boolean =>
    kind === 'forbidden' && parts.length === 2 && rows.every((row) => parts.some((part) => part.includes(row)));
  const wrong = torn.filter((parts) => !meant(parts));
  if (wrong.length === 0) return;
  throw tearing(wrong.slice(0, NAMED));
}

/** @param nameOf what to call a row (`system/stream key`) */
export const tearing = (torn: DecisionEffect['torn'], nameOf = (row: string): string => row): HubError => {
  const words = torn.map((parts) => parts.map((part) => namesOf(part, nameOf)).join(' | ')).join('; ');
  return new HubError('HUB_REVIEW_TEARS', `the decision would tear apart what is one entity now: ${words}`, { torn });
};

export const namesOf = (rows: readonly string[], nameOf = (row: string): string => row): string =>
  `${rows.slice(0, NAMED).map(nameOf).join(', ')}${rows.length > NAMED ? ` and ${rows.length - NAMED} more` : ''}`;
