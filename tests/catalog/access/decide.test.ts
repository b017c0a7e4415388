import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DENIALS, FORMS, type Form, type Grant } from '../../../catalog/access/grants.ts';
import { EVERY_ROW, isMeant } from '../../../catalog/access/rows.ts';
import { holds } from '../../pipelines/standards/seed.ts';
import {
  ABSENT,
  allowed,
  allowGrant,
  answer,
  callerOf,
  forbidGrant,
  grantsOf,
  ITEMS,
  NOON,
  type Question,
  questions,
  RESOURCE,
  rankOf,
  rows,
  worlds,
} from './grant-world.ts';

const asA: Question = {
  ...{ caller: callerOf('A'), resource: RESOURCE, now: new Date(NOON) },
  use: { purpose: 'pension', operation: 'lookup' },
};
const reasonOf = (question: Question, grants: readonly Grant[], items?: string[]): string => {
  const decision = answer(question, grants, items);
  return decision.outcome === 'deny' ? decision.reason : 'allowed';
};
const STATUS_1 = [{ kind: 'equals', item: 'status', value: '1' }] as const;

test('a grant gives its items in its forms; what it does not name, or the resource does not have, is absent', () => {
  const decision = answer(asA, [allowGrant({ items: { who: 'clear', born: 'absent', nowhere: 'clear' } })]);
  expect(decision).toEqual({
    outcome: 'allow',
    items: new Map([['who', [{ form: 'clear', rows: EVERY_ROW, grant: 'g' }]]]),
    rows: EVERY_ROW,
    limits: [{ grant: 'g', version: 1, quotaADay: 100, mostRows: 10 }],
  });
});

test('nothing is given without a grant, and each denial says why', () => {
  const other = { ...asA, caller: callerOf('D') };
  expect(reasonOf(asA, [])).toBe('no-grant');
  expect(reasonOf(other, [allowGrant()])).toBe('no-grant');
  expect(reasonOf({ ...asA, caller: null }, [allowGrant()])).toBe('no-grant');
  expect(reasonOf({ ...asA, caller: callerOf('B') }, [allowGrant()])).toBe('no-grant');
  expect(reasonOf(asA, [allowGrant({ resource: 'other' })])).toBe('no-grant');
  expect(reasonOf(asA, [allowGrant({ resourceVersion: 1 })])).toBe('other-version');
  expect(reasonOf(asA, [allowGrant({ state: 'revoked' })])).toBe('revoked');
  expect(reasonOf(asA, [allowGrant({ state: 'suspended' })])).toBe('suspended');
  expect(reasonOf(asA, [allowGrant({ purposes: ['licence'] })])).toBe('other-purpose');
  expect(reasonOf(asA, [allowGrant({ operations: ['verify'] })])).toBe('other-operation');
  expect(reasonOf(asA, [allowGrant()], ['born', 'nowhere'])).toBe('no-items');
  expect(reasonOf(asA, [allowGrant()], [])).toBe('no-items');
  expect(reasonOf(asA, [allowGrant(), forbidGrant()])).toBe('forbidden');
  for (const { zh, en } of Object.values(DENIALS)) expect([zh, en]).not.toContain('');
});

test('of several grants the reason is that of the one which came furthest, in any order', () => {
  const grants = [allowGrant({ id: 'a', state: 'revoked' }), allowGrant({ id: 'b', operations: ['verify'] })];
  expect(reasonOf(asA, grants)).toBe('other-operation');
  expect(reasonOf(asA, grants.toReversed())).toBe('other-operation');
});

test('a grant begins and ends to the millisecond; so does what is forbidden', () => {
  const at = (ms: number, grants: readonly Grant[]): string => reasonOf({ ...asA, now: new Date(NOON + ms) }, grants);
  const grants = [allowGrant()];
  expect([-1, 0, 999, 1_000].map((ms) => at(ms, grants))).toEqual(['not-yet-valid', 'allowed', 'allowed', 'expired']);
  const forbidden = [allowGrant({ validFrom: new Date(NOON - 5) }), forbidGrant({ validUntil: new Date(NOON + 10) })];
  expect([-1, 0, 9, 10].map((ms) => at(ms, forbidden))).toEqual(['allowed', 'forbidden', 'forbidden', 'allowed']);
});

test('a moment that is no moment allows nothing that is granted and ends nothing that is forbidden', () => {
  const never = { ...asA, now: new Date(Number.NaN) };
  expect(reasonOf(never, [allowGrant()])).toBe('expired');
  const open = { ...never, resource: { ...RESOURCE, open: true } };
  expect(reasonOf(open, [])).toBe('allowed');
  expect(reasonOf(open, [forbidGrant({ validUntil: new Date(NOON) })])).toBe('forbidden');
});

test('the newest version of a grant stands for it, also when it says less or is about something else', () => {
  const first = allowGrant();
  for (const newer of [
    allowGrant({ version: 2, state: 'revoked' }),
    allowGrant({ version: 2, resource: 'other' }),
    allowGrant({ version: 2, grantee: { organisation: 'D', subtree: false, roles: null } }),
  ]) {
    expect(answer(asA, [first, newer]).outcome).toBe('deny');
    expect(answer(asA, [newer, first]).outcome).toBe('deny');
  }
});

test('organisations below the grantee are meant where the grant says so, and roles where it names some', () => {
  const subtree = { organisation: 'A', subtree: true, roles: null };
  expect(reasonOf({ ...asA, caller: callerOf('C') }, [allowGrant({ grantee: subtree })])).toBe('allowed');
  expect(reasonOf({ ...asA, caller: callerOf('D') }, [allowGrant({ grantee: subtree })])).toBe('no-grant');
  const heads = allowGrant({ grantee: { organisation: 'A', subtree: false, roles: ['sharing-head'] } });
  expect(reasonOf(asA, [heads])).toBe('no-grant');
  expect(reasonOf({ ...asA, caller: callerOf('A', ['sharing-head']) }, [heads])).toBe('allowed');
});

test('several grants give what any of them gives, each on its own rows', () => {
  const decision = answer(asA, [
    allowGrant({ id: 'a', items: { who: 'mask', status: 'clear' } }),
    allowGrant({ id: 'b', items: { who: 'clear' }, rows: STATUS_1 }),
  ]);
  expect([rankOf(decision, 'who', { status: '1' }), rankOf(decision, 'who', { status: '2' })]).toEqual([0, 1]);
  expect(allowed(decision).limits.map(({ grant }) => grant)).toEqual(['a', 'b']);
  expect(allowed(decision).rows).toBe(EVERY_ROW);
});

test('a grant that adds nothing is not drawn upon', () => {
  const grants = [allowGrant({ id: 'a', items: { who: 'clear' } }), allowGrant({ id: 'b', items: { who: 'mask' } })];
  expect(allowed(answer(asA, grants)).limits.map(({ grant }) => grant)).toEqual(['a']);
  const open = { ...asA, resource: { ...RESOURCE, open: true } };
  expect(allowed(answer(open, [allowGrant({ items: { who: 'mask' } })])).limits).toEqual([]);
});

test('what is forbidden of an item is absent on those rows, also where it cannot be said whether it is one of them', () => {
  const decision = answer(asA, [allowGrant(), forbidGrant({ items: ['who'], rows: STATUS_1 })]);
  expect(rankOf(decision, 'who', { status: '2' })).toBe(0);
  expect(rankOf(decision, 'who', { status: '1' })).toBe(ABSENT);
  expect(rankOf(decision, 'who', {})).toBe(ABSENT);
  expect(rankOf(decision, 'who', { status: 1 })).toBe(ABSENT);
  expect(rankOf(decision, 'number', { status: '1' })).toBe(1);
});

test('what is open to society is given masked to everybody, but not by subscription', () => {
  const open = { ...asA, caller: null, resource: { ...RESOURCE, open: true } };
  expect([...allowed(answer(open, [])).items.keys()]).toEqual(ITEMS);
  for (const [disclosure] of allowed(answer(open, [])).items.values()) expect(disclosure?.form).toBe('mask');
  expect(reasonOf({ ...open, use: { purpose: '', operation: 'subscribe' } }, [])).toBe('other-operation');
});

const table = (question: Question, grants: readonly Grant[], some: readonly (typeof EMPTY)[]): readonly number[] => {
  const decision = answer(question, grants);
  return some.flatMap((row) => ITEMS.map((name) => rankOf(decision, name, row)));
};
const EMPTY = {};
const someRows = fc.array(rows, { minLength: 4, maxLength: 8 });

type Restriction = (grant: Grant, number: number) => Grant | readonly Grant[];
const allowOnly =
  (change: (grant: Extract<Grant, { effect: 'allow' }>, number: number) => Grant | readonly Grant[]): Restriction =>
  (grant, number) =>
    grant.effect === 'allow' ? change(grant, number) : grant;

const RESTRICTIONS: Readonly<Record<string, Restriction>> = {
  'taken away': allowOnly(() => []),
  suspended: allowOnly((grant) => [grant, { ...grant, version: 2, state: 'suspended' }]),
  revoked: allowOnly((grant) => [grant, { ...grant, version: 2, state: 'revoked' }]),
  'ends earlier': allowOnly((grant, by) => ({ ...grant, validUntil: new Date(grant.validUntil.getTime() - by) })),
  'begins later': allowOnly((grant, by) => ({ ...grant, validFrom: new Date(grant.validFrom.getTime() + by) })),
  'an item less': allowOnly((grant, at) => ({
    ...grant,
    items: Object.fromEntries(Object.entries(grant.items).filter((_, i) => i !== at)),
  })),
  'less telling': allowOnly((grant) => ({
    ...grant,
    items: Object.fromEntries(
      Object.entries(grant.items).map(([name, form]) => [
        name,
        FORMS[Math.min(FORMS.indexOf(form) + 1, ABSENT)] as Form,
      ]),
    ),
  })),
  'a condition more': allowOnly((grant) => ({ ...grant, rows: [...grant.rows, ...STATUS_1] })),
  'a purpose less': allowOnly((grant) => ({ ...grant, purposes: grant.purposes.slice(1) })),
  'an operation less': allowOnly((grant, at) => ({
    ...grant,
    operations: grant.operations.filter((_, i) => i !== at),
  })),
  'not the subtree': allowOnly((grant) => ({ ...grant, grantee: { ...grant.grantee, subtree: false } })),
  'some roles': allowOnly((grant) => ({
    ...grant,
    grantee: { ...grant.grantee, roles: grant.grantee.roles?.slice(1) ?? ['statistician'] },
  })),
  'forbidden beside it': (grant) => [
    grant,
    { ...forbidGrant({ id: 'more', rows: grant.rows }), grantee: grant.grantee },
  ],
  'an item forbidden': (grant) => [grant, { ...forbidGrant({ id: 'more', items: ['who'] }), grantee: grant.grantee }],
};

test('adding a restriction never adds output', () => {
  let fewer = 0;
  holds(
    fc.property(
      ...([
        worlds(1),
        questions,
        someRows,
        fc.constantFrom(...Object.keys(RESTRICTIONS)),
        fc.nat(),
        fc.nat(6),
      ] as const),
      (world, question, some, kind, which, number) => {
        const before = table(question, grantsOf(world), some);
        const at = which % world.current.length;
        const current = world.current.flatMap((grant, i) =>
          i === at ? (RESTRICTIONS[kind] as Restriction)(grant, number) : grant,
        );
        const after = table(question, grantsOf({ ...world, current }), some);
        expect(after.filter((rank, i) => rank < (before[i] as number))).toEqual([]);
        fewer += after.filter((rank, i) => rank > (before[i] as number)).length;
      },
    ),
    1_500,
  );
  expect(fewer).toBeGreaterThan(100);
});

test('a grant that is expired, not yet valid, suspended or revoked never allows anything', () => {
  holds(
    fc.property(
      worlds(1),
      questions,
      fc.constantFrom('expired', 'early', 'suspended', 'revoked'),
      (world, question, how) => {
        const current = world.current.map((grant): Grant => {
          if (how === 'suspended' || how === 'revoked') return { ...grant, state: how };
          const ms = question.now.getTime();
          return how === 'expired'
            ? { ...grant, validFrom: new Date(ms - 10), validUntil: new Date(ms) }
            : { ...grant, validFrom: new Date(ms + 1), validUntil: new Date(ms + 10) };
        });
        const closed = { ...question, resource: { ...question.resource, open: false } };
        expect(answer(closed, grantsOf({ ...world, current })).outcome).toBe('deny');
      },
    ),
    1_000,
  );
});

test('what is forbidden to a caller on every row, nothing allows', () => {
  holds(
    fc.property(worlds(), questions, (world, question) => {
      if (question.caller === null) return;
      const grantee = { organisation: question.caller.organisation, subtree: false, roles: null };
      const forbid = forbidGrant({ id: 'more', grantee, validFrom: question.now });
      expect(answer(question, [...grantsOf(world), forbid]).outcome).toBe('deny');
      const one = answer(question, [...grantsOf(world), { ...forbid, items: ['who'] }]);
      if (one.outcome === 'allow') expect(one.items.has('who')).toBe(false);
    }),
    1_000,
  );
});

test('the order of grants does not matter, to the last word of the decision', () => {
  holds(
    fc.property(
      worlds().chain((world) =>
        fc.tuple(
          fc.constant(grantsOf(world)),
          fc.shuffledSubarray([...grantsOf(world)], { minLength: grantsOf(world).length }),
        ),
      ),
      questions,
      someRows,
      ([grants, shuffled], question, some) => {
        const [a, b] = [answer(question, grants), answer(question, shuffled)];
        expect(table(question, shuffled, some)).toEqual(table(question, grants, some));
        if (a.outcome === 'deny') expect(b).toEqual(a);
        else expect(allowed(b).limits).toEqual(a.limits);
      },
    ),
    1_000,
  );
});

test('the rows of a decision are those of which any item is given', () => {
  holds(
    fc.property(worlds(1), questions, someRows, (world, question, some) => {
      const decision = answer(question, grantsOf(world));
      if (decision.outcome === 'deny') return;
      for (const row of some)
        expect(isMeant(decision.rows, row) === true).toBe(ITEMS.some((name) => rankOf(decision, name, row) < ABSENT));
    }),
    1_000,
  );
});
