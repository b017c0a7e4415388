import { describe, expect, test } from '@jest/globals';
import { cached } from '../../../catalog/cached.ts';
import { baseState, streamState } from '../../../catalog/directory/freshness.ts';
import { maskFinding, maskNumbersIn, maskValue } from '../../../catalog/entities/mask.ts';
import type { AttributeType } from '../../../schemas/base.ts';

const as = (type: AttributeType, sensitivity: 1 | 2 | 3) => ({ type, sensitivity, zh: '', en: '' });

describe('masking', () => {
  test.each([
    ['citizenNumber', as('identifier', 3), '630102199003070011', '630102************'],
    ['citizenNumber', as('identifier', 3), '630102900307001', '630102*********'],
    ['socialSecurityNumber', as('identifier', 3), '12345678', '12******'],
    ['citizenNumber', as('identifier', 3), '1', '*'],
    ['contributionBase', as('decimal', 3), '5234.00', '****'],
    ['name', as('text', 2), '卓玛才让', '卓***'],
    ['name', as('text', 2), '𠮷田', '𠮷*'],
    ['birthDate', as('date', 2), '1990-03-07', '1990-**-**'],
    ['phone', as('text', 2), '13912344552', '139****4552'],
    ['phone', as('text', 2), '8230011', '*****11'],
    ['householdAddress', as('text', 2), '青海省西宁市城东区一号', '青海省西宁******'],
    ['taxNumber', as('identifier', 1), '630102199003070011', '630102************'],
  ])('%s', (name, spec, value, shown) => {
    expect(maskValue(name, spec, value)).toEqual({ value: shown, masked: true });
  });

  test.each([
    ['sex', as('code', 1), '1'],
    ['ethnicity', as('code', 2), '04'],
    ['uscc', as('identifier', 1), '91632221331220665K'],
    ['taxNumber', as('identifier', 1), '632221331220665'],
    ['name', as('text', 1), '青海某某有限公司'],
    ['name', as('text', 2), null],
  ])('%s is shown', (name, spec, value) => {
    expect(maskValue(name, spec, value)).toEqual({ value, masked: false });
  });

  test('what is masked never holds the whole value', () => {
    for (let length = 1; length < 30; length++) {
      const value = '123456789012345678901234567890'.slice(0, length);
      expect(maskValue('citizenNumber', as('identifier', 3), value).value).not.toBe(value);
      expect(maskValue('name', as('text', 2), value).value).not.toBe(value);
    }
  });

  test('numbers inside keys, places and messages', () => {
    expect(maskNumbersIn('ga.czrk#630102199003070011 / 2')).toBe('ga.czrk#630102************ / 2');
    expect(maskNumbersIn('tax.nsrxx#632221331220665')).toBe('tax.nsrxx#632221*********');
    expect(maskNumbersIn('tax.nsrxx#632221331220665', new Set(['632221331220665']))).toBe('tax.nsrxx#632221331220665');
    expect(maskNumbersIn('QYDJ_2.DBF#90, 123456789012345678901234')).toBe('QYDJ_2.DBF#90, 123456789012345678901234');
    expect(maskFinding('birth date 1990-03-07 differs; "马某" read')).toBe('birth date ****-**-** differs; "…" read');
  });
});

describe('freshness', () => {
  const now = Date.parse('2024-05-10T00:00:00Z');
  const stream = (lastReadAt: string | null, state: 'ready' | 'paused' = 'ready') => ({
    system: 's',
    stream: 't',
    state,
    rowEstimate: 10,
    rowsRead: 7,
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
    expect(base.rows).toMatchObject({ entities: 4, sourceRecords: 6, read: 10, rejected: 2 });
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
