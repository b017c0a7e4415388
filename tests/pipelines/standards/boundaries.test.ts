import { describe, expect, test } from '@jest/globals';
import { areaProblem, changedAreas, members } from '../../../pipelines/standards/boundaries.ts';
import type { Boundaries } from '../../../schemas/series.ts';

const countiesOf = (boundaries: Boundaries, area: string, year: number): readonly string[] =>
  members(boundaries)
    .filter((one) => one.area === area && one.required)
    .filter(({ firstYear, untilYear }) => year >= firstYear && (untilYear === null || year < untilYear))
    .map(({ county }) => county)
    .sort();

const XINING_1998 = ['630102', '630103', '630104', '630105', '630121'];

describe('counties of an area', () => {
  test('湟中 and 湟源 were of 海东 until 1999, and count for 西宁 in the boundaries of today', () => {
    expect(countiesOf('published', '630100', 1998)).toEqual(XINING_1998);
    expect(countiesOf('constant', '630100', 1998)).toEqual([...XINING_1998, '630106', '630123'].sort());
    expect(countiesOf('published', '630100', 1999)).toEqual(countiesOf('constant', '630100', 1999));
    expect(countiesOf('published', '630200', 1998)).toContain('630106');
    expect(countiesOf('constant', '630200', 1998)).not.toContain('630106');
  });
  test('海东 is one area before and after 2013, though all its codes changed', () => {
    for (const year of [2005, 2012, 2013, 2014, 2024])
      expect([year, countiesOf('published', '630200', year)]).toEqual([year, countiesOf('constant', '630200', 2024)]);
  });
  test('a county that was divided inside its prefecture is one of it, under its own code', () => {
    expect(countiesOf('constant', '630100', 1985)).toContain('630111');
    expect(countiesOf('constant', '630100', 1985)).not.toContain('630105');
  });
  test('every year from 1981 on, counties of prefectures are those of the province', () => {
    const prefectures = [...new Set(members('constant').map(({ area }) => area))].filter((one) => one !== '630000');
    expect(prefectures).toHaveLength(8);
    for (let year = 1981; year <= 2026; year++)
      expect([year, prefectures.flatMap((area) => countiesOf('constant', area, year)).sort()]).toEqual([
        year,
        countiesOf('constant', '630000', year),
      ]);
    expect(countiesOf('constant', '630000', 2024)).toHaveLength(44);
  });
  test('大柴旦 is added where it has a figure, and never required', () => {
    expect(members('constant').filter(({ county }) => county === '632857')).toEqual([
      expect.objectContaining({ area: '632800', required: false }),
      expect.objectContaining({ area: '630000', required: false }),
    ]);
  });
});

test('areas that were not what they are: 西宁 and 海东 until 1999, 黄南 until 1984', () => {
  const found = changedAreas().map(({ area, untilYear }) => `${area} ${untilYear}`);
  expect([...new Set(found)].sort()).toEqual(['630100 1999', '630200 1999', '632300 1984']);
});

test.each([
  ['632803', 2010, 'area 632803 was founded in 2018'],
  ['632803', 2018, null],
  ['630111', 1985, null],
  ['630111', 1986, 'area 630111 was divided in 1986'],
  ['630106', 1978, null],
  ['630202', 1990, null],
  ['632802', 1985, 'area 632802 was founded in 1988'],
  ['639999', 2020, 'area 639999 was never allocated'],
  ['110000', 2020, null],
])('area %s in %i', (code, year, problem) => {
  expect(areaProblem(code, year)).toBe(problem);
});
