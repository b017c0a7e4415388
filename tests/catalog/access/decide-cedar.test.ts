import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORMS, type Grant } from '../../../catalog/access/grants.ts';
import type { Condition, Row } from '../../../catalog/access/rows.ts';
import { holds } from '../../pipelines/standards/seed.ts';
import { ABSENT, answer, grantsOf, itemNames, type Question, questions, rankOf, rows, worlds } from './grant-world.ts';

/*
 * The same grants as policies of Cedar (https://www.cedarpolicy.com), whose evaluator is proven and nobody here wrote. It is
 * asked about one item of one row in one form: may it be given so, or in a more telling form?
 */

const text = (value: unknown): string => JSON.stringify(value);
const anyOf = (parts: readonly string[]): string => (parts.length === 0 ? 'false' : `(${parts.join(' || ')})`);
const allOf = (parts: readonly string[]): string => (parts.length === 0 ? 'true' : `(${parts.join(' && ')})`);

/** Digits that every code within a region begins with, known here by heart. */
const BEGINS: Readonly<Record<string, string>> = {
  ...{ '620000': '62', '630000': '63', '630100': '6301', '630102': '630102', '630200': '6302' },
  ...{ '630102001': '630102001', '630102001003': '630102001003' },
};

function met(condition: Condition): string {
  const value = `resource.row.${condition.item}`;
  switch (condition.kind) {
    case 'equals':
      return `${value} == ${text(condition.value)}`;
    case 'one-of':
      return `${text(condition.values)}.contains(${value})`;
    case 'between':
      return `${value} >= ${condition.from} && ${value} <= ${condition.to}`;
    case 'region-within':
      return `${value} like "${BEGINS[condition.region]}*"`;
  }
}

function policyOf(grant: Grant): string {
  const { grantee, rows: conditions, state, validFrom, validUntil, purposes, operations, resourceVersion } = grant;
  const organisation = `Organisation::${text(grantee.organisation)}`;
  const isAllow = grant.effect === 'allow';
  const parts = [
    `"${state}" == "active"`,
    grantee.subtree
      ? `principal in ${organisation}`
      : `principal has organisation && principal.organisation == ${organisation}`,
    grantee.roles === null ? 'true' : anyOf(grantee.roles.map((role) => `principal in Role::${text(role)}`)),
    `resource.of == ${text(grant.resource)}`,
    resourceVersion === null ? 'true' : `resource.version == ${resourceVersion}`,
    purposes === null ? 'true' : `${text(purposes)}.contains(context.purpose)`,
    operations === null ? 'true' : anyOf(operations.map((name) => `action == Action::${text(name)}`)),
    `context.now >= ${validFrom.getTime()}`,
    validUntil === null ? 'true' : `context.now < ${validUntil.getTime()}`,
    isAllow
      ? anyOf(
          Object.entries(grant.items)
            .filter(([, form]) => form !== 'absent')
            .map(([name, form]) => `(resource.item == ${text(name)} && context.rank >= ${FORMS.indexOf(form)})`),
        )
      : grant.items === null
        ? 'true'
        : `${text(grant.items)}.contains(resource.item)`,
    // A value that is missing lets nothing be allowed and nothing escape what is forbidden.
    ...(isAllow
      ? conditions.map((one) => `(resource.row has ${one.item} && ${met(one)})`)
      : [forbiddenRows(conditions)]),
  ];
  return `${isAllow ? 'permit' : 'forbid'}(principal, action, resource) when { resource.known && ${allOf(parts)} };`;
}

const forbiddenRows = (conditions: readonly Condition[]): string =>
  allOf(conditions.map((one) => `(!(resource.row has ${one.item}) || (${met(one)}))`));

const OPEN = `permit(principal, action in [Action::"lookup", Action::"query", Action::"export"], resource)
  when { resource.known && resource.open && context.rank >= ${FORMS.indexOf('mask')} };`;

interface Asked {
  readonly item: string;
  readonly row: Row;
  readonly rank: number;
}

function askCedar({ caller, resource, use, now }: Question, { item, row, rank }: Asked): boolean {
  const principal = { type: 'Caller', id: 'one' };
  const cell = { type: 'Cell', id: 'one' };
  const organisations = caller === null ? [] : [caller.organisation, ...caller.above];
  const uid = (type: string, id: string) => ({ type, id });
  const known = Object.hasOwn(resource.items, item);
  const said = statefulIsAuthorized({
    ...{ principal, action: uid('Action', use.operation), resource: cell, preparsedPolicySetId: 'grants' },
    context: { purpose: use.purpose, now: now.getTime(), rank },
    entities: [
      {
        uid: principal,
        attrs: caller === null ? {} : { organisation: { __entity: uid('Organisation', caller.organisation) } },
        parents: [
          ...organisations.slice(0, 1).map((code) => uid('Organisation', code)),
          ...(caller?.roles ?? []).map((role) => uid('Role', role)),
        ],
      },
      ...organisations.map((code, at) => ({
        ...{ uid: uid('Organisation', code), attrs: {} },
        parents: organisations.slice(at + 1, at + 2).map((above) => uid('Organisation', above)),
      })),
      {
        uid: cell,
        attrs: {
          of: resource.id,
          version: resource.version,
          open: resource.open,
          item,
          known,
          row: { ...row } as never,
        },
        parents: [],
      },
    ],
  });
  if (said.type === 'failure') throw new Error(text(said.errors));
  if (said.response.diagnostics.errors.length > 0) throw new Error(text(said.response.diagnostics.errors));
  return said.response.decision === 'allow';
}

const asked = fc.record({ item: itemNames, row: rows, rank: fc.integer({ min: 0, max: ABSENT - 1 }) });

test('Cedar decides the same: 10,000 questions about 200 lists of grants', () => {
  const count = { allow: 0, deny: 0, afterForbid: 0 };
  holds(
    fc.property(worlds(4), fc.array(fc.tuple(questions, asked), { minLength: 50, maxLength: 50 }), (world, all) => {
      expect(
        preparsePolicySet('grants', { staticPolicies: [OPEN, ...world.current.map(policyOf)].join('\n') }),
      ).toEqual({
        type: 'success',
      });
      const grants = grantsOf(world);
      const allows = grants.filter(({ effect }) => effect === 'allow');
      for (const [question, one] of all) {
        const ours = rankOf(answer(question, grants), one.item, one.row) <= one.rank;
        if (askCedar(question, one) !== ours) throw new Error(`ours: ${ours}; ${text([question, one])}`);
        count[ours ? 'allow' : 'deny'] += 1;
        if (!ours && rankOf(answer(question, allows), one.item, one.row) <= one.rank) count.afterForbid += 1;
      }
    }),
    200,
  );
  expect(count.allow + count.deny).toBe(10_000);
  // Neither answer may be there by accident alone.
  expect(Math.min(count.allow, count.deny)).toBeGreaterThan(500);
  expect(count.afterForbid).toBeGreaterThan(20);
});
