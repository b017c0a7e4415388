import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bundleOf, entriesIn, levelsOf, parseTilePath, tilePath, tilesAt } from '../../../catalog/proof/tiles.ts';
import { holds } from '../../pipelines/standards/seed.ts';

test('tiles are called as C2SP tlog-tiles says', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('0/x001/x234/067');
  expect(tilePath({ level: 'entries', index: 273, width: 112 })).toBe('entries/273.p/112');
  expect(tilePath({ level: 2, index: 1_000, width: 1 })).toBe('2/x001/000.p/1');
  holds(
    fc.property(
      fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
      fc.oneof(fc.nat(2_000), fc.maxSafeNat()),
      fc.integer({ min: 1, max: 256 }),
      (level, index, width) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ level, index, width });
      },
    ),
  );
});

test('there is one name for a tile', () => {
  const wrong = [
    '',
    '0',
    '0/',
    '0/0',
    '0/00',
    '0/1234',
    '00/000',
    '64/000',
    '-1/000',
    'x/000',
    '0/x000/001',
    '0/001/002',
  ];
  const partial = [
    '0/000.p',
    '0/000.p/',
    '0/000.p/0',
    '0/000.p/01',
    '0/000.p/256',
    '0/000.p/1000',
    '0/000.p/1/2',
    '0/000/',
  ];
  const large = `0/${'x999/'.repeat(6)}999`;
  for (const path of [...wrong, ...partial, large, 'entries/000.P/1', 'Entries/000'])
    expect([path, parseTilePath(path)]).toEqual([path, null]);
});

test('a tree of 70,000 has the tiles of the example in the specification', () => {
  const shape = (level: number | 'entries') => [...tilesAt(level, 70_000)].map(({ width }) => width);
  expect(levelsOf(70_000)).toBe(3);
  expect([shape(0).length, shape(0).at(-1), shape('entries').at(-1)]).toEqual([274, 112, 112]);
  expect(shape(1)).toEqual([256, 17]);
  expect(shape(2)).toEqual([1]);
  expect([levelsOf(256), [...tilesAt(1, 256)], levelsOf(0)]).toEqual([2, [{ level: 1, index: 0, width: 1 }], 0]);
});

test('a bundle gives back its entries, and nothing else is taken for one', () => {
  holds(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }), (entries) => {
      const tile = { level: 'entries', index: 3, width: entries.length } as const;
      const bundle = bundleOf(entries);
      expect(entriesIn(bundle, tile).map((one) => [...one])).toEqual(entries.map((one) => [...one]));
      const damaged = expect.objectContaining({ code: 'HUB_PROOF_INVALID' });
      expect(() => entriesIn(bundle.subarray(0, -1), tile)).toThrow(damaged);
      expect(() => entriesIn(Buffer.concat([bundle, Buffer.of(0)]), tile)).toThrow(damaged);
      expect(() => entriesIn(bundle, { ...tile, width: tile.width + 1 })).toThrow(damaged);
    }),
    100,
  );
});
