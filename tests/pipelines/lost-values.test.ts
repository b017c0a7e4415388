import { describe, expect, test } from '@jest/globals';
import { macroNotices } from '../../pipelines/macroeconomic/notices.ts';
import type { Attributes, Issue } from '../../pipelines/record.ts';
import { spatialNotices } from '../../pipelines/spatial/notices.ts';

/* What arrives and is never seen is said together. */

describe('rows that are one observation', () => {
  const row = (value: string, change: Attributes = {}): { attributes: Attributes; issues: readonly Issue[] } => ({
    attributes: {
      ...{ indicator: 'population.resident', area: '630100', period: '2020', frequency: 'A', unit: 'PERSON', value },
      ...change,
    },
    issues: [],
  });
  const said = (...rows: readonly ReturnType<typeof row>[]): readonly string[] => {
    const notices = macroNotices();
    for (const one of rows) notices.add(one);
    return notices.end().filter((text) => text.includes('observation'));
  };

  test('with other values are said, with both', () => {
    expect(said(row('100'), row('200'), row('300'))).toEqual([
      '2 of 3 records are an observation that another row has with another value, and one of them is published: population.resident of 630100 in 2020 is 100 and 200; population.resident of 630100 in 2020 is 100 and 300',
    ]);
  });
  test.each([
    ['the same value', row('100'), row('100')],
    ['another day of release', row('100', { releaseDate: '2021-03-01' }), row('200', { releaseDate: '2022-03-01' })],
    ['another area', row('100'), row('200', { area: '630200' })],
    ['another item', row('100'), row('200', { item: 'urban' })],
    ['no value', row('100'), { ...row('x'), attributes: { ...row('x').attributes, value: null } }],
  ])('are nothing with %s', (_, one, other) => {
    expect(said(one, other)).toEqual([]);
  });
});

describe('places that are on no map', () => {
  const said = (...rows: readonly { attributes: Attributes; issues: readonly Issue[] }[]): readonly string[] => {
    const notices = spatialNotices();
    for (const one of rows) notices.add(one);
    return notices.end();
  };
  const place = (geometry: string | null, rule?: string): { attributes: Attributes; issues: readonly Issue[] } => ({
    attributes: { featureClass: 'monitoring-station', geometry },
    issues: rule === undefined ? [] : [{ rule, severity: 'E', attribute: 'geometry', message: 'm' }],
  });
  test('are counted with why', () => {
    expect(said(place('AQ=='), place('AQ==', 'S02'), place('AQ==', 'S06'), place('AQ==', 'S02'), place(null))).toEqual([
      '3 of 5 records will not be published: a geometry that a rule refuses: "S02" (2), "S06" (1)',
      '1 of 5 records will not be published: no geometry',
    ]);
  });
  test('a warning keeps nothing off the map', () => {
    expect(
      said({ ...place('AQ=='), issues: [{ rule: 'S09', severity: 'W', attribute: 'geometry', message: 'm' }] }),
    ).toEqual([]);
  });
});
