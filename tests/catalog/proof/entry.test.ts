import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { bytesOf, canonical, createBlindIndex, type Event, entryOf } from '../../../catalog/proof/entry.ts';

const blindIndex = createBlindIndex(Buffer.alloc(32, 5));
const AT = new Date('2026-11-28T01:02:03.004Z');
const LOOKUP: Event = {
  ...{ what: 'lookup', outcome: 'done' },
  who: { organisation: '11630000015000110X', person: '索南' },
  on: { resource: 'population/citizen', subject: { of: 'citizen', value: '630102199003070011' } },
  details: { found: ['P0000000011'] },
};
const written = (event: Event) => bytesOf(entryOf(event, AT, blindIndex));

test('an entry has one form, and no value of a person in it', () => {
  const text = written(LOOKUP);
  expect(text).toBe(
    '{"at":"2026-11-28T01:02:03.004Z","details":"' +
      `${blindIndex('details', '{"found":["P0000000011"]}')}","on":{"resource":"population/citizen","subject":"` +
      `${blindIndex('subject citizen', '630102199003070011')}"},"outcome":"done","what":"lookup","who":{"key":null,"organisation":` +
      `"11630000015000110X","person":"${blindIndex('person', '索南')}"}}`,
  );
  expect(text).not.toMatch(/63010219|索南|P0000000011/);
});

test('blind indexes are HMAC-SHA-256, the same for the same value, apart by what it is and by the secret', () => {
  const one = blindIndex('subject citizen', '630102199003070011');
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(blindIndex('subject citizen', '630102199003070011')).toBe(one);
  expect(blindIndex('subject passport', '630102199003070011')).not.toBe(one);
  expect(createBlindIndex(Buffer.alloc(32, 6))('subject citizen', '630102199003070011')).not.toBe(one);
  const plain = createHmac('sha256', Buffer.alloc(32, 5))
    .update('subject citizen\u0000630102199003070011')
    .digest('hex');
  expect(one).toBe(plain);
});

describe('what may not stand in the log is refused before anything is written, and not said again', () => {
  test.each([
    ['a number of a person', { on: { resource: 'population/630102199003070011' } }],
    ['a mobile number', { on: { resource: 'population/13912344552' } }],
    ['blanks', { on: { resource: 'population row 7' } }],
    ['nothing', { on: { resource: '' } }],
    ['very long names', { on: { resource: 'a'.repeat(201) } }],
    ['a name of a person as a key', { who: { key: '索南' } }],
    ['another kind', { what: 'gossip' as never }],
    ['another outcome', { outcome: 'perhaps' as never }],
  ])('%s', (_, change) => {
    let raised: unknown;
    try {
      written({ ...LOOKUP, ...change });
    } catch (error) {
      raised = error;
    }
    expect(raised).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect((raised as Error).message).not.toMatch(/6301021990|1391234|索南|gossip|perhaps/);
  });
});

test('canonical JSON sorts names as RFC 8785 does and has no blanks', () => {
  expect(canonical({ b: [1, { d: null, c: 'é\n' }], a: true, '€': 1, 𐐷: 2 })).toBe(
    '{"a":true,"b":[1,{"c":"é\\n","d":null}],"€":1,"𐐷":2}',
  );
});
