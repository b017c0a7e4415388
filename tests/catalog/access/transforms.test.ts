import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORM_TEXTS, FORMS, type Form } from '../../../catalog/access/grants.ts';
import { type Showing, shownRow } from '../../../catalog/access/transforms.ts';
import { createPseudonyms } from '../../../schemas/masking/pseudonyms.ts';
import { digits, holds } from '../../pipelines/standards/seed.ts';
import {
  allowed,
  allowGrant,
  answer,
  callerOf,
  forbidGrant,
  ITEMS,
  NOON,
  type Question,
  RESOURCE,
} from './grant-world.ts';

const asA: Question = {
  ...{ caller: callerOf('A'), resource: RESOURCE, now: new Date(NOON) },
  use: { purpose: 'pension', operation: 'lookup' },
};
const showing = (given: Partial<Showing> = {}): Showing => ({
  ...{ organisation: 'A', pseudonyms: createPseudonyms(Buffer.alloc(32, 7)), named: {} },
  ...given,
});
const ROW = {
  ...{ number: '630102199003070011', who: '张三丰', contact: '13997001234', born: '1990-03-07', region: '630102' },
  ...{ income: 5200, status: '1', secret: 'never' },
};
const shownAs = (form: Form, given?: Partial<Showing>): unknown => {
  const items = Object.fromEntries(ITEMS.map((name) => [name, form]));
  return shownRow(allowed(answer(asA, [allowGrant({ items })])), RESOURCE, ROW, showing(given));
};

test('clear is the value itself; what is no item of the resource does not leave', () => {
  const { secret: _, ...rest } = ROW;
  expect(shownAs('clear')).toEqual(rest);
});

test('masks follow the attribute of the source, not the name of the item', () => {
  expect(shownAs('mask')).toEqual({
    ...{ number: '630102************', who: '张**', contact: '139****1234', born: '1990-**-**', region: '630102' },
    ...{ income: '****', status: '1' },
  });
});

test('a keyed hash is the same for one organisation, another for each other, attribute and key', () => {
  const hash = (given?: Partial<Showing>): string => (shownAs('hash', given) as typeof ROW).number;
  expect(hash()).toMatch(/^~[0-9A-Z]{12}$/);
  expect(hash()).toBe(hash());
  expect(hash({ organisation: 'B' })).not.toBe(hash());
  expect(hash({ pseudonyms: createPseudonyms(Buffer.alloc(32, 8)) })).not.toBe(hash());
  const same = shownRow(
    allowed(answer(asA, [allowGrant({ items: { who: 'hash', status: 'hash' } })])),
    ...([RESOURCE, { who: '1', status: '1' }, showing()] as const),
  );
  expect(same?.['who']).not.toBe(same?.['status']);
  const none = shownRow(allowed(answer(asA, [allowGrant({ items: { who: 'hash' } })])), RESOURCE, {}, showing());
  expect(none).toEqual({ who: null });
});

test('yes-no says whether it is the value that the caller names, and nothing when none is named or there is none', () => {
  const named = { number: '630102199003070011', who: '李四', income: '5200' };
  expect(shownAs('yes-no', { named })).toEqual({
    ...{ number: true, who: false, contact: null, born: null, region: null, income: null, status: null },
  });
});

test('a row of which everything is absent is no row', () => {
  const decision = answer(asA, [
    allowGrant({ items: { who: 'clear' } }),
    forbidGrant({ rows: [{ kind: 'equals', item: 'status', value: '1' }] }),
  ]);
  expect(shownRow(allowed(decision), RESOURCE, ROW, showing())).toBeNull();
  expect(shownRow(allowed(decision), RESOURCE, { ...ROW, status: '2' }, showing())).toEqual({ who: '张三丰' });
});

test('what is open shows no value of level 3 in full', () => {
  const open = { ...asA, caller: null, resource: { ...RESOURCE, open: true } };
  const decision = allowed(answer(open, []));
  holds(
    fc.property(fc.oneof(digits(18), digits(3), fc.string({ minLength: 1 })), fc.integer(), (number, income) => {
      const shown = shownRow(decision, open.resource, { ...ROW, number, income }, showing());
      if (!number.includes('*')) expect(shown?.['number']).not.toBe(number);
      expect(shown?.['income']).toBe('****');
    }),
  );
});

test('every form has a text in both languages', () => {
  expect(Object.keys(FORM_TEXTS)).toEqual([...FORMS]);
  for (const { zh, en } of Object.values(FORM_TEXTS)) expect(zh.length * en.length).toBeGreaterThan(0);
});
