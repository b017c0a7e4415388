import { hash as digest } from 'node:crypto';
import type { Matching } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Attributes } from '../../record.ts';
import { whyVeto } from '../../veto.ts';
import { anchorsDiffer, type Member, schemeOf } from '../entity/member.ts';

/** A record as matching sees it. */
export interface MatchRecord {
  readonly recordId: number;
  readonly order: string;
  /** null for one that this batch brings. */
  readonly entityId: number | null;
  readonly keys: readonly string[];
  readonly attributes: Attributes;
  readonly features: unknown;
  readonly blocks: readonly number[];
  /** Keys that decide alone. */
  readonly anchors: readonly string[];
}

/** 53 bits of a block's text: a number that JavaScript and PostgreSQL hold alike. A clash only makes a candidate more. */
export function blockNumber(text: string): number {
  const hex = digest('md5', text, 'hex');
  return Number.parseInt(hex.slice(0, 13), 16) + (Number.parseInt(hex.slice(13, 14), 16) & 1) * 2 ** 52;
}

export function matchRecord(
  matching: Matching,
  member: Pick<Member, 'recordId' | 'order' | 'entityId' | 'keys' | 'attributes' | 'issues'>,
): MatchRecord {
  const { recordId, order, entityId, keys, attributes, issues } = member;
  const features = matching.features(withoutErrors(attributes, issues));
  const blocks = [...new Set(matching.blocks(features))].map(blockNumber);
  const anchors = keys.filter((key) => matching.anchors.includes(schemeOf(key)));
  return { recordId, order, entityId, keys, attributes, features, blocks, anchors };
}

/** An identifier that failed its check still says something of the record it stands in; other errors say nothing. */
function withoutErrors(attributes: Attributes, issues: Member['issues']): Attributes {
  let own: Record<string, Attributes[string]> | null = null;
  for (const { attribute, severity } of issues) {
    if (severity !== 'E' || attribute === null || /number$/i.test(attribute)) continue;
    own ??= { ...attributes };
    own[attribute] = null;
  }
  return own ?? attributes;
}

/** Two records that may not be one subject, whatever their weight. */
export function isExcluded(base: BaseDefinition, matching: Matching, a: MatchRecord, b: MatchRecord): boolean {
  return (
    anchorsDiffer(a.anchors, b.anchors) ||
    matching.excludes(a.features, b.features) ||
    whyVeto(base, a.attributes, b.attributes) !== null
  );
}
