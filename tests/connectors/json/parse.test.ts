import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { at, type ExactJson, jsonOf } from '../../../connectors/json/exact.ts';
import { parseExact } from '../../../connectors/json/parse.ts';
import { propertySeed } from '../../contracts/source.contract.ts';

/* lossless-json, which is slow, is the judge. */

const judged = (text: string): { value: unknown } | null => {
  try {
    return { value: parse(text, null, (digits) => digits) };
  } catch {
    return null;
  }
};

test('texts that are JSON are read as the judge reads them', () => {
  const spaced = fc
    .tuple(fc.json({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t'))
    .map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent));
  fc.assert(
    fc.property(spaced, (text) => {
      fc.pre(!text.includes('__proto__'));
      expect(parseExact(text)).toEqual(judged(text));
    }),
    { seed: propertySeed('json'), numRuns: 500 },
  );
});

test('texts that have been tampered with are refused where the judge refuses them', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'a',
    '0',
    '-',
    '.',
    'e',
    ' ',
    '\n',
    'true',
    '\\u00e9',
  );
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.nat({ max: 3 }), piece, (json, place, cut, put) => {
      const at = json.length === 0 ? 0 : place % json.length;
      const text = json.slice(0, at) + put + json.slice(at + cut);
      fc.pre(!text.includes('__proto__'));
      expect([text, parseExact(text)]).toEqual([text, judged(text)]);
    }),
    { seed: propertySeed('tampered json'), numRuns: 3_000 },
  );
});

test('digits stay, names of the object before do not leak into the next', () => {
  const text = '[{"a":0.10,"b":123456789012345678},{"a":-1E+2,"c":"x\\n\\"y"},{"ab":1,"a":2},{}]';
  expect(parseExact(text)?.value).toEqual([
    { a: '0.10', b: '123456789012345678' },
    { a: '-1E+2', c: 'x\n"y' },
    { ab: '1', a: '2' },
    {},
  ]);
});

test('what is nested is JSON again with every digit, without blanks', () => {
  const text =
    '{ "a" : { "n" : 0.10, "big": [123456789012345678, -1E+2 ], "s": "1.50 \\u9752\\"\\\\ , x" } , "b": [ ] }';
  const value = parseExact(text)?.value as { readonly a: ExactJson; readonly b: ExactJson };
  expect(jsonOf(value.a)).toBe('{"n":0.10,"big":[123456789012345678,-1E+2],"s":"1.50 青\\"\\\\ , x"}');
  expect([jsonOf(value.b), jsonOf('x'), jsonOf(null)]).toEqual(['[]', '"x"', 'null']);
});

test('what is nested means the same as it stood there', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
      fc.pre(!text.includes('__proto__'));
      const spaced = JSON.stringify({ a: JSON.parse(text) }, null, 2);
      const nested = at(parseExact(spaced)?.value ?? null, 'a') ?? null;
      fc.pre(typeof nested === 'object' && nested !== null);
      expect(JSON.parse(jsonOf(nested))).toEqual(JSON.parse(text));
    }),
    { seed: propertySeed('nested json'), numRuns: 500 },
  );
});

test('a member twice with one value is fine, with two values it is not JSON to us', () => {
  expect(parseExact('{"a":1,"a":1}')?.value).toEqual({ a: '1' });
  expect(parseExact('{"a":1,"a":2}')).toBeNull();
  expect(parseExact('{"toString":1}')?.value).toHaveProperty('toString', '1');
});

test('__proto__ is a name like others, and nobody inherits from it', () => {
  const value = parseExact('{"__proto__":{"x":"1"},"y":"2"}')?.value as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(['__proto__', 'y']);
  expect(value['x']).toBeUndefined();
  expect(({} as Record<string, unknown>)['x']).toBeUndefined();
});

test('nesting beyond all reason is refused, not a crash', () => {
  expect(parseExact('['.repeat(400) + ']'.repeat(400))).not.toBeNull();
  expect(parseExact('['.repeat(100_000))).toBeNull();
});
