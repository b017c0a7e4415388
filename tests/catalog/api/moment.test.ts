import { expect, test } from '@jest/globals';
import { MOMENT_MEANS, momentOf } from '../../../catalog/api/schema.ts';

test.each([
  ['2026-11-27', '2026-11-27T15:59:59.999Z'],
  ['2026-11-27T10:00', '2026-11-27T02:00:00.000Z'],
  ['2026-11-27T10:00:30.5', '2026-11-27T02:00:30.500Z'],
  ['2026-11-27T10:00:00Z', '2026-11-27T10:00:00.000Z'],
  ['2026-11-27T10:00:00-05:00', '2026-11-27T15:00:00.000Z'],
])('%s is %s, whatever zone the database is in', (asked, instant) => {
  expect(new Date(momentOf(asked)).toISOString()).toBe(instant);
});

test('it is said where users read it', () => {
  expect(MOMENT_MEANS).toMatch(/end.*Asia\/Shanghai/);
  expect(momentOf(undefined)).toBeUndefined();
});
