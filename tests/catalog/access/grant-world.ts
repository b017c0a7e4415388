import fc from 'fast-check';
import { type Allowed, type Decision, decide } from '../../../catalog/access/decide.ts';
import {
  type AllowGrant,
  type Caller,
  FORMS,
  type ForbidGrant,
  GRANT_STATES,
  type Grant,
  OPERATIONS,
  type Resource,
  type Use,
} from '../../../catalog/access/grants.ts';
import type { Condition, Row } from '../../../catalog/access/rows.ts';
import { formOf } from '../../../catalog/access/transforms.ts';

/* A world that is small enough for grants to meet: three organisations below each other, one beside them, one resource. */

export const NOON = Date.UTC(2026, 6, 1, 12);
const PURPOSES = ['pension', 'licence'] as const;
const ROLES = ['department-user', 'statistician'] as const;
const REGIONS = ['620000', '630000', '630100', '630102', '630102001', '630102001003', '630200'] as const;

const item = (attribute: string, type: Resource['items'][string]['type'], sensitivity: 1 | 2 | 3) => ({
  ...{ attribute, type, sensitivity, zh: attribute, en: attribute },
});
export const RESOURCE: Resource = {
  ...{ id: 'insured', version: 2, open: false },
  items: {
    number: item('idNumber', 'identifier', 3),
    who: item('name', 'text', 2),
    contact: item('mobilePhone', 'text', 2),
    born: item('birthDate', 'date', 2),
    region: item('region', 'region', 1),
    income: item('income', 'integer', 3),
    status: item('status', 'code', 1),
  },
};
export const ITEMS = Object.keys(RESOURCE.items);
/** One that the resource does not have is asked for too, and granted. */
const NAMES = [...ITEMS, 'constructor'];

const ABOVE: Readonly<Record<string, readonly string[]>> = { A: [], B: ['A'], C: ['B', 'A'], D: [] };
export const callerOf = (organisation: string, roles: Caller['roles'] = []): Caller => ({
  ...{ organisation, above: ABOVE[organisation] ?? [], roles, by: { key: `${organisation}.2026` } },
});

export const allowGrant = (given: Partial<AllowGrant> = {}): AllowGrant => ({
  ...{ effect: 'allow', id: 'g', version: 1, state: 'active', resource: 'insured', resourceVersion: 2, rows: [] },
  grantee: { organisation: 'A', subtree: false, roles: null },
  ...{ purposes: ['pension'], operations: ['lookup'], items: { who: 'clear', number: 'mask' } },
  ...{ validFrom: new Date(NOON), validUntil: new Date(NOON + 1_000), quotaADay: 100, mostRows: 10 },
  ...given,
});

export const forbidGrant = (given: Partial<ForbidGrant> = {}): ForbidGrant => ({
  ...{ effect: 'forbid', id: 'f', version: 1, state: 'active', resource: 'insured', resourceVersion: null, rows: [] },
  grantee: { organisation: 'A', subtree: true, roles: null },
  ...{ purposes: null, operations: null, items: null, validFrom: new Date(NOON), validUntil: null },
  ...given,
});

const often = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const someOf = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values]);
const income = fc.integer({ min: 0, max: 9 });
const status = fc.constantFrom('1', '2', '3');

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant('equals' as const), item: fc.constant('status'), value: status }),
  fc.record({ kind: fc.constant('one-of' as const), item: fc.constant('status'), values: fc.array(status) }),
  fc.record({ kind: fc.constant('between' as const), item: fc.constant('income'), from: income, to: income }),
  fc.record({
    kind: fc.constant('region-within' as const),
    item: fc.constant('region'),
    region: fc.constantFrom(...REGIONS),
  }),
);

const moment = (around: number): fc.Arbitrary<Date> =>
  fc.integer({ min: -2, max: 2 }).map((ms) => new Date(NOON + around + ms));

const head = {
  version: fc.constant(1),
  state: often('active', fc.constantFrom(...GRANT_STATES)) as fc.Arbitrary<Grant['state']>,
  grantee: fc.record({
    organisation: often('A', fc.constantFrom('B', 'C', 'D')),
    subtree: often(true, fc.constant(false)),
    roles: often<Caller['roles'] | null>(null, someOf(ROLES)),
  }),
  resource: often('insured', fc.constant('other')),
  rows: fc.array(condition, { maxLength: 2 }),
  validFrom: moment(-2),
};

const allow = fc.record({
  ...head,
  effect: fc.constant('allow' as const),
  resourceVersion: often(2, fc.constant(1)),
  purposes: often([...PURPOSES], someOf(PURPOSES)),
  operations: often([...OPERATIONS], someOf(OPERATIONS)),
  items: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...FORMS), { minKeys: 3 }),
  validUntil: moment(2),
  ...{ quotaADay: fc.integer({ min: 1, max: 9 }), mostRows: fc.integer({ min: 1, max: 9 }) },
});

const forbid = fc.record({
  ...head,
  effect: fc.constant('forbid' as const),
  resourceVersion: fc.constantFrom(null, 1, 2),
  purposes: often<string[] | null>(null, someOf(PURPOSES)),
  operations: often<(typeof OPERATIONS)[number][] | null>(null, someOf(OPERATIONS)),
  items: fc.option(someOf(NAMES)),
  validUntil: fc.option(moment(2)),
});

const grant: fc.Arbitrary<Grant> = fc
  .oneof({ weight: 3, arbitrary: allow }, { weight: 1, arbitrary: forbid })
  .map((made) => ({ ...made, id: '' }));

export interface World {
  /** The newest version of each grant. */
  readonly current: readonly Grant[];
  /** Versions that no longer count. */
  readonly old: readonly Grant[];
}

/** @param atLeast how many grants */
export const worlds = (atLeast = 0): fc.Arbitrary<World> =>
  fc.record({
    current: fc
      .array(grant, { minLength: atLeast, maxLength: 8 })
      .map((grants) => grants.map((one, at) => ({ ...one, id: `g${at}` }))),
    old: fc
      .array(grant, { maxLength: 3 })
      .map((grants) => grants.map((one, at) => ({ ...one, id: `g${at}`, version: 0 }))),
  });

/** An old version of a grant that has no newer one would be the newest. */
export const grantsOf = ({ current, old }: World): readonly Grant[] => [
  ...old.filter(({ id }) => current.some((one) => one.id === id)),
  ...current,
];

export const rows: fc.Arbitrary<Row> = fc.record(
  { income, status, region: fc.constantFrom(...REGIONS), who: fc.constant('张三') },
  { requiredKeys: [] },
);

export interface Question {
  readonly caller: Caller | null;
  readonly resource: Resource;
  readonly use: Use;
  readonly now: Date;
}

export const questions: fc.Arbitrary<Question> = fc.record({
  caller: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), someOf(ROLES)).map((made) => callerOf(...made)),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  resource: often(false, fc.constant(true)).map((open) => ({ ...RESOURCE, open })),
  use: fc.record({ purpose: fc.constantFrom(...PURPOSES), operation: fc.constantFrom(...OPERATIONS) }),
  now: moment(0),
});

export const answer = ({ caller, resource, use, now }: Question, grants: readonly Grant[], items = NAMES): Decision =>
  decide(caller, resource, items, use, now, grants);

export const ABSENT = FORMS.indexOf('absent');

/** How much of an item a row shows: the place of its form in `FORMS`. */
export const rankOf = (decision: Decision, name: string, row: Row): number =>
  decision.outcome === 'deny' ? ABSENT : FORMS.indexOf(formOf(decision, name, row)?.form ?? 'absent');

export const itemNames = fc.constantFrom(...NAMES);

export function allowed(decision: Decision): Allowed {
  if (decision.outcome === 'allow') return decision;
  throw new Error(`denied: ${decision.reason}`);
}
