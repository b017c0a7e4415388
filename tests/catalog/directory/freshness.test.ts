import { describe, expect, test } from '@jest/globals';
import { cached } from '../../../catalog/cached.ts';
import { baseState, streamState } from '../../../catalog/directory/freshness.ts';

describe('freshness', () => {
  const now = Date.parse('2024-05-10T00:00:00Z');
  const stream = (lastReadAt: string | null, state: 'ready' | 'paused' = 'ready') => ({
    system: 's',
    stream: 't',
    state,
    rowEstimate: 10,
    living: 7,
    rowsRejected: 0,
    lastReadAt: lastReadAt === null ? null : new Date(lastReadAt),
    changes: [],
  });
  const daily = { updateCycle: 'daily', enabled: true, base: null } as const;

  test.each([
    ['a daily stream read last night', daily, stream('2024-05-09T01:00:00Z'), 'fresh'],
    ['a daily stream that missed a night', daily, stream('2024-05-08T11:00:00Z'), 'late'],
    ['one without a cycle', { ...daily, updateCycle: null }, stream('2020-01-01T00:00:00Z'), 'fresh'],
    ['an irregular one', { ...daily, updateCycle: 'irregular' as const }, stream('2020-01-01T00:00:00Z'), 'fresh'],
    ['one never read', daily, stream(null), 'never'],
    ['one that waits for a person', daily, stream('2024-05-09T22:00:00Z', 'paused'), 'paused'],
    ['one of a system that is switched off', { ...daily, enabled: false }, stream('2024-05-09T22:00:00Z'), 'paused'],
  ])('%s', (_what, entry, row, state) => {
    expect(streamState(entry, row, undefined, now).freshness.state).toBe(state);
  });

  test('a base is as late as its latest stream, and adds up', () => {
    const topic = {
      topic: '',
      read: 5,
      inserted: 3,
      updated: 1,
      unchanged: 0,
      stale: 0,
      rejected: 1,
      living: 1,
      lastCommittedAt: new Date(now),
    };
    const fresh = streamState({ ...daily, base: 'b' }, stream('2024-05-09T22:00:00Z'), topic, now);
    const late = streamState({ ...daily, base: 'b' }, stream('2024-05-01T22:00:00Z'), topic, now);
    const base = baseState([fresh, late], 4);
    expect(base.freshness).toMatchObject({
      state: 'late',
      lastReadAt: '2024-05-09T22:00:00.000Z',
      dueBy: '2024-05-03T10:00:00.000Z',
    });
    expect(base.rows).toMatchObject({ entities: 4, sourceRecords: 2, read: 10, rejected: 2 });
  });
});

describe('cached', () => {
  test('callers that come together share one question; failures are not kept', async () => {
    let at = 0;
    let asked = 0;
    let fails = false;
    const value = cached(
      100,
      async () => {
        asked++;
        if (fails) throw new Error('down');
        return asked;
      },
      () => at,
    );
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    at = 99;
    expect(await value.get()).toBe(1);
    at = 101;
    fails = true;
    await expect(value.get()).rejects.toThrow('down');
    fails = false;
    expect(await value.get()).toBe(3);
  });
});
