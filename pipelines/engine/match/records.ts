import { hash as digest } from 'node:crypto';
import type { Matching } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Attributes } from '../../record.ts';
import { whyVeto } from '../../veto.ts';
import { anchorsDiffer, evidenceOf, type Member, schemeOf } from '../entity/member.ts';

/** A record as matching sees it. */
export interface MatchRecord {
  readonly recordId: number;
  readonly order: string;
  /** null for one that this batch brings. */
  readonly entityId: number | null;
  readonly keys: readonly string[];
  /** The attributes that vetoes may judge by. */
  readonly evidence: Attributes;
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
  const { recordId, order, entityId, keys } = member;
  const features = matching.features(evidenceOf(member, matching.evidence));
  const blocks = [...new Set(matching.blocks(features))].map(blockNumber);
  const anchors = keys.filter((key) => matching.anchors.includes(schemeOf(key)));
  return { recordId, order, entityId, keys, evidence: evidenceOf(member), features, blocks, anchors };
}

/** Two records that may not be one subject, whatever their weight. */
export function isExcluded(base: BaseDefinition, matching: Matching, a: MatchRecord, b: MatchRecord): boolean {
  return (
    anchorsDiffer(a.anchors, b.anchors) ||
    matching.excludes(a.features, b.features) ||
    whyVeto(base, a.evidence, b.evidence) !== null
  );
}
