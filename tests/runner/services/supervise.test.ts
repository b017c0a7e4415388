import { describe, expect, test } from '@jest/globals';
import { type DrainOrder, type SupervisedService, supervise } from '../../../runner/services/supervise.ts';
import type { Logger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { pause } from '../../../schemas/kernel/pause.ts';
import { timeToGoWrong, until } from '../../support/until.ts';

const backoff = { firstMs: 4, mostMs: 16, healthyMs: 60_000 };
const forever = (signal: AbortSignal): Promise<void> => pause(1_000_000, signal);
const service = (name: string, order: DrainOrder, run: SupervisedService['run'] = forever): SupervisedService => ({
  name,
  order,
  run,
});

function recorder(): Logger & {
  readonly lines: { level: string; fields: Record<string, unknown>; message: string }[];
} {
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const at =
    (level: string) =>
    (fields: object, message = ''): void =>
      void lines.push({ level, fields: { ...fields }, message });
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

test('a service that fails is started again, after longer and longer pauses', async () => {
  const stop = new AbortController();
  const log = recorder();
  let starts = 0;
  const one = service('one', 'pipelines', async (signal) => {
    starts++;
    if (starts <= 4) throw new HubError('HUB_STORE_UNAVAILABLE', 'gone');
    await forever(signal);
  });
  const { states, done } = supervise([one], { signal: stop.signal, log, backoff });
  await until(() => starts === 5, 'the fifth start');
  await until(() => states()[0]?.state === 'running', 'the state');
  expect(states()[0]).toMatchObject({ name: 'one', restarts: 4, error: { code: 'HUB_STORE_UNAVAILABLE' } });
  const waits = log.lines.filter(({ level }) => level === 'error').map(({ fields }) => Number(fields['waitMs']));
  [4, 8, 16, 16].forEach((most, index) => {
    expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    expect(waits[index]).toBeLessThanOrEqual(most);
  });
  stop.abort();
  expect(await done).toEqual([]);
  expect(states()[0]?.state).toBe('ended');
});

test('after a healthy time the pauses begin anew', async () => {
  const stop = new AbortController();
  const log = recorder();
  let starts = 0;
  const one = service('one', 'pipelines', async () => {
    starts++;
    await pause(3, new AbortController().signal);
    throw new Error('again');
  });
  const { done } = supervise([one], { signal: stop.signal, log, backoff: { ...backoff, healthyMs: 1 } });
  await until(() => starts >= 4, 'the fourth start');
  stop.abort();
  await done;
  const failures = log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['failures']);
  expect(new Set(failures)).toEqual(new Set([1]));
});

test('a service that ends by itself is started again', async () => {
  const stop = new AbortController();
  let starts = 0;
  const one = service('one', 'api', async (signal) => {
    if (++starts > 2) await forever(signal);
  });
  const { states, done } = supervise([one], { signal: stop.signal, log: recorder(), backoff });
  await until(() => starts === 3, 'the third start');
  expect(states()[0]?.error?.message).toBe('it ended without being asked to');
  stop.abort();
  await done;
});

test('an error that says stop is told with its remedy, and the others go on', async () => {
  const stop = new AbortController();
  const log = recorder();
  let starts = 0;
  const broken = service('broken', 'pipelines', async () => {
    starts++;
    throw new HubError('HUB_PIPELINE_BREAKER', 'most were rejected');
  });
  const { states, done } = supervise([broken, service('api', 'api')], { signal: stop.signal, log, backoff });
  await until(() => states()[0]?.state === 'stopped', 'the state');
  await timeToGoWrong(30);
  expect(starts).toBe(1);
  expect(states().map(({ state }) => state)).toEqual(['stopped', 'running']);
  expect(log.lines.find(({ level }) => level === 'error')?.fields['remedy']).toContain('hub quarantine list');
  stop.abort();
  expect(await done).toEqual([]);
  expect(states().map(({ state }) => state)).toEqual(['stopped', 'ended']);
});

describe('the drain', () => {
  test('goes schedule, connectors, pipelines, api, one after the other', async () => {
    const stop = new AbortController();
    const events: string[] = [];
    const slow = (name: string, order: DrainOrder): SupervisedService =>
      service(name, order, async (signal) => {
        await forever(signal);
        events.push(`${name} asked`);
        await pause(10, new AbortController().signal);
        events.push(`${name} ended`);
      });
    const all = [
      slow('api', 'api'),
      slow('population', 'pipelines'),
      slow('jobs', 'connectors'),
      slow('clock', 'schedule'),
    ];
    const { done } = supervise(all, { signal: stop.signal, log: recorder() });
    stop.abort();
    expect(await done).toEqual([]);
    expect(events).toEqual(
      ['clock', 'jobs', 'population', 'api'].flatMap((name) => [`${name} asked`, `${name} ended`]),
    );
  });

  test('ends at the drain time and names what is left', async () => {
    const stop = new AbortController();
    const stuck = service('stuck', 'connectors', () => new Promise(() => {}));
    const asked: string[] = [];
    const api = service('api', 'api', async (signal) => {
      await forever(signal);
      asked.push('api');
    });
    const { states, done } = supervise([stuck, api], { signal: stop.signal, log: recorder(), drainMs: 30 });
    stop.abort();
    expect(await done).toEqual(expect.arrayContaining(['stuck']));
    await until(() => asked.length === 1, 'the state');
    expect(states()[0]?.state).toBe('draining');
  });

  test('a second signal ends it at once', async () => {
    const stop = new AbortController();
    const endNow = new AbortController();
    const stuck = service('stuck', 'pipelines', () => new Promise(() => {}));
    const { done } = supervise([stuck], {
      signal: stop.signal,
      endNow: endNow.signal,
      log: recorder(),
      drainMs: 600_000,
    });
    stop.abort();
    endNow.abort();
    expect(await done).toEqual(['stuck']);
  });

  test('an abort while a service waits to be started again ends it', async () => {
    const stop = new AbortController();
    const one = service('one', 'pipelines', async () => {
      throw new HubError('HUB_STORE_UNAVAILABLE', 'gone');
    });
    const slow = { ...backoff, firstMs: 600_000, mostMs: 600_000 };
    const { states, done } = supervise([one], { signal: stop.signal, log: recorder(), backoff: slow });
    await until(() => states()[0]?.state === 'restarting', 'the state');
    stop.abort();
    expect(await done).toEqual([]);
  });
});
