import { copyText } from '../../../schemas/store/copy.ts';
import type { AttributeSpec, BaseDefinition } from '../../pipeline.ts';
import type { AttributeValue } from '../../record.ts';
import type { Golden, WinRule } from './golden.ts';
import type { Member } from './member.ts';
import { NO_OVERRIDES, type Overrides, overrule } from './overrule.ts';

const NO_CONFLICTS: readonly string[] = [];

export type Survive = (members: readonly Member[], overrides?: Overrides) => Golden;

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

  /** Place of each attribute's authority list by kind of authority; asked for every value, so worked out once a kind. */
  const ranks = new Map<string, readonly number[]>();
  function ranksOf(member: Member): readonly number[] {
    const authority = authorityOf(member.sourceId);
    let known = ranks.get(authority);
    if (known === undefined) {
      known = specs.map((spec) => (spec.authority.includes(authority) ? spec.authority.indexOf(authority) : LAST));
      ranks.set(authority, known);
    }
    return known;
  }

  function several(members: readonly Member[]): Golden {
    const candidates: Candidate[] = [];
    const own = members.map((member) => ({ member, ranks: ranksOf(member) }));
    const attributes: Record<string, AttributeValue> = {};
    const won: Record<string, Member> = {};
    const conflicts: string[] = [];
    let winners = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      if (specs[i]?.follows !== undefined) continue;
      candidates.length = 0;
      for (const one of own) if (isTrusted(one.member, name)) candidates.push(one);
      const winner = best(candidates, name, i, undefined);
      if (winner === undefined) continue;
      const value = winner.member.attributes[name] as AttributeValue;
      const rival = candidates.length === 1 ? undefined : best(candidates, name, i, value);
      const rule = candidates.length === 1 ? 'only' : rival === undefined ? 'agreed' : ruleOf(winner, rival, name, i);
      attributes[name] = value;
      won[name] = winner.member;
      winners += `,"${name}":[${winner.member.recordId},"${rule}"]`;
      if (rival !== undefined) conflicts.push(name);
    }
    for (const [name, follows] of followers) {
      const winner = won[follows];
      const value = winner?.attributes[name];
      if (winner === undefined || value === undefined || value === null) continue;
      attributes[name] = value;
      winners += `,"${name}":[${winner.recordId},"with"]`;
    }
    let sources = 0;
    for (let i = 0; i < members.length; i++) if (isFirstOfSource(members, i)) sources++;
    return { attributes: copyText(JSON.stringify(attributes)), winners: `{${winners.slice(1)}}`, conflicts, sources };
  }

  return (members, overrides = NO_OVERRIDES) => {
    const golden = members.length === 1 ? only(members[0] as Member) : several(members);
    return overrides.size === 0 ? golden : overrule(base, golden, members, overrides, isTrusted);
  };
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

interface Candidate {
  readonly member: Member;
  readonly ranks: readonly number[];
}

/** Behind every named authority. */
const LAST = 1_000;
/** In the order in which they decide. */
const CRITERIA = ['authority', 'verified', 'recent', 'complete', 'tie'] as const satisfies readonly WinRule[];

/** @param but leave out those with this value. */
function best(
  candidates: readonly Candidate[],
  name: string,
  index: number,
  but: AttributeValue | undefined,
): Candidate | undefined {
  let winner: Candidate | undefined;
  for (const one of candidates) {
    if (but !== undefined && one.member.attributes[name] === but) continue;
    if (winner === undefined || judge(one, winner, name, index) > 0) winner = one;
  }
  return winner;
}

const ruleOf = (winner: Candidate, rival: Candidate, name: string, index: number): WinRule =>
  CRITERIA[judge(winner, rival, name, index) - 1] ?? 'tie';

/** +n when `a` goes before `b` by the n-th criterion, -n when it goes behind by it. */
function judge(a: Candidate, b: Candidate, name: string, index: number): number {
  const authority = (b.ranks[index] as number) - (a.ranks[index] as number);
  if (authority !== 0) return authority > 0 ? 1 : -1;
  const verified = findings(b.member, name) - findings(a.member, name);
  if (verified !== 0) return verified > 0 ? 2 : -2;
  const recent = a.member.observedAt - b.member.observedAt;
  if (recent !== 0) return recent > 0 ? 3 : -3;
  const complete = String(a.member.attributes[name]).length - String(b.member.attributes[name]).length;
  if (complete !== 0) return complete > 0 ? 4 : -4;
  return a.member.order < b.member.order ? 5 : -5;
}

function findings(member: Member, name: string): number {
  let count = 0;
  for (const issue of member.issues) if (issue.attribute === name) count++;
  return count;
}

function isFirstOfSource(members: readonly Member[], at: number): boolean {
  for (let i = 0; i < at; i++) if (members[i]?.sourceId === members[at]?.sourceId) return false;
  return true;
}
