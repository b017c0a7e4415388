import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { localDay } from '../../../pipelines/calendar.ts';
import { createPace, parseQuietHours, quietMs, refuseQuietHours } from '../../../runner/pull/limits.ts';

/** A moment by the clock of the province. */
const local = (time: string): Date => new Date(`2015-06-01T${time}:00+08:00`);
const minutes = (count: number): number => count * 60_000;

describe('quiet hours', () => {
  test.each([
    ['08:00-18:00', '07:59', 0],
    ['08:00-18:00', '08:00', 600],
    ['08:00-18:00', '17:59', 1],
    ['08:00-18:00', '18:00', 0],
    ['22:30-06:00', '22:29', 0],
    ['22:30-06:00', '23:30', 390],
    ['22:30-06:00', '00:00', 360],
    ['22:30-06:00', '06:00', 0],
    ['18:00-24:00', '23:59', 1],
    ['18:00-24:00', '00:00', 0],
    ['00:00-01:00', '00:30', 30],
  ])('%s at %s: %i minutes', (window, time, wait) => {
    expect(quietMs(parseQuietHours([window]), local(time))).toBe(minutes(wait));
  });

  test('windows that touch or overlap are one', () => {
    const windows = parseQuietHours(['20:00-24:00', '00:00-02:00', '01:30-03:00']);
    expect(quietMs(windows, local('21:00'))).toBe(minutes(360));
  });

  test('seconds count', () => {
    expect(quietMs(parseQuietHours(['08:00-09:00']), new Date('2015-06-01T08:59:30.500+08:00'))).toBe(29_500);
  });

  test.each(['25:00-26:00', '08:60-09:00', '24:00-01:00', '08:00-08:00', '8:00-9:00'])('%s is refused', (text) => {
    expect(() => parseQuietHours([text])).toThrow(expect.objectContaining({ code: 'HUB_CONFIG_INVALID' }));
  });

  test('a day without a free minute is refused', () => {
    expect(() => parseQuietHours(['00:00-12:00', '12:00-24:00'])).toThrow(/leave no time/);
  });

  test('the error says when it is over', () => {
    const windows = parseQuietHours(['08:00-18:00']);
    expect(() => refuseQuietHours('a', windows, local('17:00'))).toThrow(
      expect.objectContaining({
        code: 'HUB_SOURCE_BUSY',
        details: expect.objectContaining({ retryAfterMs: minutes(60) }),
      }),
    );
    expect(() => refuseQuietHours('a', windows, local('19:00'))).not.toThrow();
  });

  test('after the wait it is never quiet, and one moment before it is', () => {
    const time = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const window = fc.tuple(time, time).filter(([from, to]) => from !== to);
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 4 }), fc.nat(200_000_000), (pairs, offset) => {
        let windows: ReturnType<typeof parseQuietHours>;
        try {
          windows = parseQuietHours(pairs.map((pair) => pair.join('-')));
        } catch {
          return;
        }
        const now = new Date(1_433_088_000_000 + offset);
        const wait = quietMs(windows, now);
        expect(quietMs(windows, new Date(now.getTime() + wait))).toBe(0);
        if (wait > 0) expect(quietMs(windows, new Date(now.getTime() + wait - 1))).toBe(1);
      }),
    );
  });
});

describe('pace', () => {
  test('holds the average, whatever the size of the portions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 2 }),
        (rate, sizes) => {
          let clock = 0;
          const pace = createPace(rate, () => clock);
          let rows = 0;
          for (const size of sizes) {
            rows += size;
            clock += pace(size);
            // the bucket holds one second
            expect(rows).toBeLessThanOrEqual(rate * (clock / 1000 + 1) + 1e-6);
          }
          expect(clock).toBeLessThanOrEqual((rows / rate) * 1000 + sizes.length);
        },
      ),
    );
  });
  test('an idle source may not save up more than a second', () => {
    let clock = 0;
    const pace = createPace(100, () => clock);
    clock += 3_600_000;
    expect(pace(100)).toBe(0);
    expect(pace(50)).toBe(500);
  });
  test('without a limit nothing waits', () => {
    expect(createPace(undefined, () => 0)(1e9)).toBe(0);
  });
});

test('the day of the province begins at 16:00 UTC', () => {
  expect(localDay(new Date('2015-05-31T15:59:59Z'))).toBe('2015-05-31');
  expect(localDay(new Date('2015-05-31T16:00:00Z'))).toBe('2015-06-01');
});
