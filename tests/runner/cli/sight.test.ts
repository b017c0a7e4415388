import { expect, test } from '@jest/globals';
import { population } from '../../../pipelines/population/definition.ts';
import type { Unmasked } from '../../../runner/cli/recorded.ts';
import { entrySeen, sightOf } from '../../../runner/cli/sight.ts';
import { createPseudonyms } from '../../../schemas/masking/pseudonyms.ts';

const pseudonyms = createPseudonyms(Buffer.alloc(32, 3));
const ROW = { system: 'golden-insurance', stream: 'insured' };
const KEY = '700000137';
const called = pseudonyms.of(`golden-insurance/insured ${KEY}`);
const entry = {
  ...{ ...ROW, key: KEY, origin: `ac01#${KEY}` },
  message: `ac01#${KEY}: column NAME "才让" is too long, key ${KEY}`,
};
const options = { pseudonyms };

test('an entry of quarantine names its row by a pseudonym, in its message too', () => {
  expect(entrySeen(entry, sightOf(population, options))).toEqual({
    ...{ ...ROW, key: called, origin: `ac01#${called}` },
    message: `ac01#${called}: column NAME "…" is too long, key ${called}`,
  });
});

test('a row that never reached the log has no key: its place is hidden where it may be one', () => {
  const { key: _, ...rejected } = entry;
  const seen = entrySeen(
    { ...rejected, origin: 'ac01#SB700000137', message: 'ac01#SB700000137 is large' },
    sightOf(population, options),
  );
  expect(JSON.stringify(seen)).not.toContain('700000137');
});

test('what is asked for in clear is as it is', () => {
  expect(entrySeen(entry, sightOf(population, { ...options, clear: {} as Unmasked }))).toEqual(entry);
});

test('columns are masked like what the mapping makes of them; of a person what is mapped to nothing is hidden', () => {
  const mapping = {
    name: { from: 'XM', as: 'text' },
    citizenNumber: { from: 'HM', as: 'text' },
    sex: { from: 'XB', as: 'sex' },
  };
  const stream = { title: '', source: {}, detectDeletes: false, mapping };
  const values = { XM: '才让卓玛', HM: '6.30102E+17', XB: '男', BZ: '王五', KH: null };
  expect(sightOf(population, options).columns(stream, values)).toEqual({
    ...{ XM: '才***', HM: '6.*********', XB: '男', BZ: '****', KH: null },
  });
});
