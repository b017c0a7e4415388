import { describe, expect, test } from '@jest/globals';
import type { Member } from '../../../../pipelines/engine/entity/member.ts';
import { createSurvivorship } from '../../../../pipelines/engine/entity/survive.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import type { Attributes } from '../../../../pipelines/record.ts';

/** Sources 1, 2, 3 in the order of authority for a name. */
const AUTHORITIES = ['', 'public-security', 'social-security', 'somebody-else'];
const survive = createSurvivorship(population, (sourceId) => AUTHORITIES[sourceId] ?? '');

let nextId = 0;
const member = (sourceId: number, attributes: Attributes, more: Partial<Member> = {}): Member => {
  nextId += 1;
  return {
    ...{ recordId: nextId, sourceId, order: `${sourceId}/${nextId}`, entityId: null, naturalId: null, linkRule: null },
    ...{ attributes, attributesCopy: null, issues: [], keys: [], observedAt: 1_000, changed: true, ...more },
  };
};
const result = (...members: Member[]) => {
  const { attributes, winners, conflicts, sources } = survive(members);
  return { attributes: JSON.parse(attributes), winners: JSON.parse(winners), conflicts, sources };
};

describe('the winner of an attribute and the rule that made it', () => {
  test('only: nobody else has a value', () => {
    const one = member(3, { name: '张伟' });
    expect(result(one, member(1, { sex: '1' }))).toMatchObject({
      attributes: { name: '张伟', sex: '1' },
      winners: { name: [one.recordId, 'only'] },
      conflicts: [],
      sources: 2,
    });
  });

  test('agreed: all say the same; the best authority is named', () => {
    const best = member(1, { name: '张伟' });
    expect(result(member(3, { name: '张伟' }), best).winners).toEqual({ name: [best.recordId, 'agreed'] });
  });

  test('authority goes before anything else', () => {
    const police = member(1, { name: '张伟' }, { observedAt: 1, issues: [{ attribute: 'name', severity: 'W' }] });
    const other = member(2, { name: '张伟伟' }, { observedAt: 9 });
    expect(result(other, police)).toMatchObject({
      attributes: { name: '张伟' },
      winners: { name: [police.recordId, 'authority'] },
      conflicts: ['name'],
    });
  });

  test('verified: of one authority, the value without a finding', () => {
    const flagged = member(1, { name: '不详' }, { observedAt: 9, issues: [{ attribute: 'name', severity: 'W' }] });
    const clear = member(1, { name: '张伟' });
    expect(result(flagged, clear).winners).toEqual({ name: [clear.recordId, 'verified'] });
  });

  test('recent, then complete, then the order of systems and keys', () => {
    const late = member(1, { name: '张' }, { observedAt: 9_000 });
    expect(result(member(1, { name: '张伟' }), late).winners).toEqual({ name: [late.recordId, 'recent'] });
    const full = member(1, { name: '尼玛·扎西' });
    expect(result(member(1, { name: '尼玛' }), full).winners).toEqual({ name: [full.recordId, 'complete'] });
    const first = member(1, { name: '张伟' }, { order: 'a' });
    expect(result(member(1, { name: '李娜' }, { order: 'b' }), first).winners).toEqual({
      name: [first.recordId, 'tie'],
    });
  });

  test('a value with an error never wins, even alone, and is no conflict', () => {
    const wrong = member(1, { name: '张伟', sex: '1' }, { issues: [{ attribute: 'name', severity: 'E' }] });
    expect(result(wrong).attributes).toEqual({ sex: '1' });
    const right = member(3, { name: '李娜' });
    expect(result(wrong, right)).toMatchObject({ winners: { name: [right.recordId, 'only'] }, conflicts: [] });
  });

  test('what follows another attribute is taken from the winner of that one', () => {
    const upgraded = member(2, { citizenNumber: '630102199003071236', citizenNumberUpgraded: true });
    const issued = member(1, { citizenNumber: '630102199003071236', citizenNumberUpgraded: false });
    expect(result(upgraded, issued)).toMatchObject({
      attributes: { citizenNumberUpgraded: false },
      winners: { citizenNumberUpgraded: [issued.recordId, 'with'] },
      conflicts: [],
    });
    expect(result(upgraded).winners).toMatchObject({ citizenNumberUpgraded: [upgraded.recordId, 'with'] });
  });
});
