import type { Attributes } from '../../record.ts';

/** A live source record as linkage and survivorship see it. */
export interface Member {
  readonly recordId: number;
  readonly sourceId: number;
  /** System, stream and key: an order that does not depend on when a record came. */
  readonly order: string;
  /** The entity it belonged to before; null for a new record. */
  readonly entityId: number | null;
  /** The entity that it would belong to if nobody had decided anything, where that is another one. */
  readonly naturalId: number | null;
  readonly linkRule: string | null;
  readonly attributes: Attributes;
  /** The attributes as JSON in COPY's text format, where it is at hand. */
  readonly attributesCopy: string | null;
  readonly issues: readonly { readonly attribute: string | null; readonly severity: string }[];
  /** `scheme:value`, strongest first. */
  readonly keys: readonly string[];
  readonly observedAt: number;
  /** False when the record is only here because its entity is touched. */
  readonly changed: boolean;
  /** Set by grouping: what joined it to its entity where no key did. */
  joined?: 'match' | 'steward';
}

/** Two members that belong together though they share no key. */
export interface Edge {
  readonly a: Member;
  readonly b: Member;
  readonly weight: number;
  readonly by: 'match' | 'steward';
}

const NONE: readonly string[] = [];

/**
 * What a record says of its subject: attributes that carry an error say nothing, but for identifiers, which say it of the
 * record they stand in. Vetoes and matching judge by this alone.
 * @param also attributes whose errors are passed by.
 */
export function evidenceOf(
  { attributes, issues }: Pick<Member, 'attributes' | 'issues'>,
  also: readonly string[] = NONE,
): Attributes {
  let own: Record<string, Attributes[string]> | null = null;
  for (const { attribute, severity } of issues) {
    if (severity !== 'E' || attribute === null || also.includes(attribute) || /number$/i.test(attribute)) continue;
    own ??= { ...attributes };
    own[attribute] = null;
  }
  return own ?? attributes;
}

/** Each side has a key that decides alone, and they share none. */
export const anchorsDiffer = (a: readonly string[], b: readonly string[]): boolean =>
  a.length > 0 && b.length > 0 && !a.some((key) => b.includes(key));

export const schemeOf = (key: string): string => key.slice(0, key.indexOf(':'));
