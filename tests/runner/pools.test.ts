import { expect, test } from '@jest/globals';
import { shareOf } from '../../runner/pools.ts';

test('the pools of a process add up to the limit that is set, and each has what it needs', () => {
  for (let max = 4; max <= 500; max++) {
    const { short, work, catalog } = shareOf(max);
    expect(short + work + catalog).toBe(max);
    expect(Math.min(short, catalog)).toBeGreaterThanOrEqual(1);
    // A rule over several bases holds one while it asks the bases by another.
    expect(work).toBeGreaterThanOrEqual(2);
  }
});
