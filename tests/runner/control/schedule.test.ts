import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createScheduler, validateSchedule } from '../../../runner/control/schedule.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { timeToGoWrong, until } from '../../support/until.ts';

test.each(['30 2 * * *', '*/5 * * * * *', '0 2 * * 1-5', '0 0 1 1,4,7,10 *'])('%s is a schedule', (expression) => {
  expect(() => validateSchedule(expression)).not.toThrow();
});

test.each([
  ['61 * * * *', 'minute'],
  ['* * *', 'expected 5 or 6 fields'],
  ['0 2 31 2 *', 'dayOfMonth'],
  ['', 'expression'],
  ['every night', 'expected'],
])('%j is refused and the message says what is wrong and what is allowed', (expression, problem) => {
  const failure = (() => {
    try {
      validateSchedule(expression);
      return null;
    } catch (error) {
      return error as HubError;
    }
  })();
  expect(failure).toMatchObject({ code: 'HUB_CONFIG_INVALID', details: { expression } });
  expect(failure?.message).toContain(problem);
  expect(JSON.stringify(failure?.details['allowed'])).toContain('30 2 * * *');
});

const everySecond = '* * * * * *';

test('ticks each system, follows changes, and ends with the signal', async () => {
  let systems = [{ system: 'a', schedule: everySecond }];
  const ticks: string[] = [];
  const stop = new AbortController();
  const scheduler = createScheduler({
    systems: async () => systems,
    enqueue: async (system, slot) => {
      expect(slot).toBeInstanceOf(Date);
      ticks.push(system);
    },
    log: silentLogger,
    refreshMs: 50,
  });
  const running = scheduler.run(stop.signal);
  await until(() => ticks.includes('a'), 'a ticks');
  systems = [{ system: 'b', schedule: everySecond }];
  await until(() => ticks.includes('b'), 'b ticks');
  ticks.length = 0;
  await until(() => ticks.length > 1, 'two more ticks');
  expect(new Set(ticks)).toEqual(new Set(['b']));
  stop.abort();
  await running;
  ticks.length = 0;
  await timeToGoWrong(1_200);
  expect(ticks).toEqual([]);
});

test('a refused expression or a failed enqueue of one system does not stop another', async () => {
  const ticks: string[] = [];
  const refused: unknown[] = [];
  const stop = new AbortController();
  const scheduler = createScheduler({
    systems: async () => [
      { system: 'wrong', schedule: 'not cron' },
      { system: 'busy', schedule: everySecond },
      { system: 'good', schedule: everySecond },
    ],
    enqueue: async (system) => {
      if (system === 'busy') throw new HubError('HUB_RUN_PENDING', 'open');
      ticks.push(system);
    },
    log: { ...silentLogger, error: (fields) => refused.push(fields) },
    refreshMs: 100,
  });
  const running = scheduler.run(stop.signal);
  await until(() => ticks.includes('good') && refused.length > 0, 'the good one ticks, the wrong one is told');
  stop.abort();
  await running;
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ system: 'wrong' });
});

test('a slow enqueue is waited for at the end', async () => {
  let finished = 0;
  let started = 0;
  const stop = new AbortController();
  const scheduler = createScheduler({
    systems: async () => [{ system: 'slow', schedule: everySecond }],
    enqueue: async () => {
      started++;
      // Slow is the subject.
      await sleep(500);
      finished++;
    },
    log: silentLogger,
  });
  const running = scheduler.run(stop.signal);
  await until(() => started > 0, 'the enqueue begins');
  stop.abort();
  await running;
  expect(finished).toBe(started);
});
