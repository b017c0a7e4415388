import type { AttributeSpec, AttributeValue, BaseDefinition } from '../pipeline.ts';
import { copyText } from './copy.ts';
import type { Member } from './group.ts';

/**
 * Why a record won an attribute. only: no other record has a trusted value. agreed: all say the same. Otherwise the first
 * criterion that told the winner from the next best: authority of its system, no finding on the value, more recent
 * observation, more complete text; tie: nothing did, the first by system and key. with: taken from the winner of the attribute that it follows.
 */
export type WinRule = 'only' | 'agreed' | 'authority' | 'verified' | 'recent' | 'complete' | 'tie' | 'with';

export interface Golden {
  /** JSON object of the surviving values, in COPY's text format. */
  readonly attributes: string;
  /** JSON object: attribute -> [record_id, rule]; nothing in it needs an escape. */
  readonly winners: string;
  /** Attributes on which trusted values differ. */
  readonly conflicts: readonly string[];
  /** Systems that hold a record of the entity, counted by source. */
  readonly sources: number;
}

const NO_CONFLICTS: readonly string[] = [];

export type Survive = (members: readonly Member[]) => Golden;

/** @param authorityOf the kind of authority of a source, by source id. */
export function createSurvivorship(base: BaseDefinition, authorityOf: (sourceId: number) => string): Survive {
  const names = Object.keys(base.attributes);
  const specs = names.map((name) => base.attributes[name] as AttributeSpec);
  const followers = names.flatMap((name, i) => {
    const follows = specs[i]?.follows;
    return follows === undefined ? [] : [[name, follows] as const];
  });

  /** Most entities have one record. */
  function only(member: Member): Golden {
    const { attributes, issues, attributesCopy, recordId } = member;
    const trusted: Record<string, AttributeValue> = {};
    let winners = '';
    for (const name in attributes) {
      if (issues.length > 0 && !isTrusted(member, name)) continue;
      const { follows } = base.attributes[name] as AttributeSpec;
      if (follows !== undefined && !isTrusted(member, follows)) continue;
      trusted[name] = attributes[name] as AttributeValue;
      winners += `,"${name}":[${recordId},"${follows === undefined ? 'only' : 'with'}"]`;
    }
    const isWhole = attributesCopy !== null && Object.keys(trusted).length === Object.keys(attributes).length;
    const copy = isWhole ? attributesCopy : copyText(JSON.stringify(trusted));
    return { attributes: copy, winners: `{${winners.slice(1)}}`, conflicts: NO_CONFLICTS, sources: 1 };
  }

  function several(members: readonly Member[]): Golden {
    const attributes: Record<string, AttributeValue> = {};
    const conflicts: string[] = [];
    const won = new Map<string, Member>();
    let winners = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const spec = specs[i] as AttributeSpec;
      if (spec.follows !== undefined) continue;
      const candidates = members.filter((member) => isTrusted(member, name));
      if (candidates.length === 0) continue;
      const [winner, rule, differ] = choose(candidates, name, spec, authorityOf);
      attributes[name] = winner.attributes[name] as AttributeValue;
      winners += `,"${name}":[${winner.recordId},"${rule}"]`;
      won.set(name, winner);
      if (differ) conflicts.push(name);
    }
    for (const [name, follows] of followers) {
      const winner = won.get(follows);
      const value = winner?.attributes[name];
      if (winner === undefined || value === undefined || value === null) continue;
      attributes[name] = value;
      winners += `,"${name}":[${winner.recordId},"with"]`;
    }
    const sources = new Set(members.map((member) => member.sourceId)).size;
    return { attributes: copyText(JSON.stringify(attributes)), winners: `{${winners.slice(1)}}`, conflicts, sources };
  }

  return (members) => (members.length === 1 ? only(members[0] as Member) : several(members));
}

/** An error on the value keeps it from becoming golden; a warning only ranks it lower. */
function isTrusted(member: Member, name: string): boolean {
  const value = member.attributes[name];
  if (value === undefined || value === null) return false;
  for (const issue of member.issues) {
    if (issue.attribute === name && issue.severity === 'E') return false;
  }
  return true;
}

function choose(
  candidates: readonly Member[],
  name: string,
  spec: AttributeSpec,
  authorityOf: (sourceId: number) => string,
): readonly [winner: Member, rule: WinRule, differ: boolean] {
  const first = candidates[0] as Member;
  if (candidates.length === 1) return [first, 'only', false];
  const rank = (member: Member): number => {
    const at = spec.authority.indexOf(authorityOf(member.sourceId));
    return at === -1 ? spec.authority.length : at;
  };
  const criteria: readonly (readonly [WinRule, (a: Member, b: Member) => number])[] = [
    ['authority', (a, b) => rank(a) - rank(b)],
    ['verified', (a, b) => findings(a, name) - findings(b, name)],
    ['recent', (a, b) => b.observedAt - a.observedAt],
    ['complete', (a, b) => String(b.attributes[name]).length - String(a.attributes[name]).length],
    ['tie', (a, b) => (a.order < b.order ? -1 : 1)],
  ];
  const compare = (a: Member, b: Member): readonly [number, WinRule] => {
    for (const [rule, by] of criteria) {
      const order = by(a, b);
      if (order !== 0) return [order, rule];
    }
    return [0, 'tie'];
  };
  const sorted = [...candidates].sort((a, b) => compare(a, b)[0]);
  const winner = sorted[0] as Member;
  const value = winner.attributes[name];
  const rival = sorted.find((member) => member.attributes[name] !== value);
  if (rival === undefined) return [winner, 'agreed', false];
  return [winner, compare(winner, rival)[1], true];
}

function findings(member: Member, name: string): number {
  let count = 0;
  for (const issue of member.issues) if (issue.attribute === name) count++;
  return count;
}
