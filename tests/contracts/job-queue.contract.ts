import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobHandlers, JobQueue, QueueOptions } from '../../runner/control/jobs.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { timeToGoWrong, until } from '../support/until.ts';

type RunHandler = JobHandlers['system.run'];
/** A worker of runs; the other jobs are done when they are taken. */
const handlers = (handler: RunHandler): JobHandlers => ({
  'system.run': handler,
  'rule.ask': async () => {},
  'scorecard.count': async () => {},
});

/** What every queue must do. `open` gives a fresh, empty queue each time; equal names share it. */
export function jobQueueContract(open: (options: QueueOptions) => Promise<JobQueue>): void {
  describe('a job queue', () => {
    let queue: JobQueue;
    let stop: AbortController;
    let working: Promise<void>[];
    let name: string;

    beforeEach(async () => {
      name = `t${Math.random().toString(36).slice(2, 10)}`;
      queue = await open({ name, attempts: 3, backoffMs: 50, lockMs: 2_000 });
      stop = new AbortController();
      working = [];
    });
    afterEach(async () => {
      stop.abort();
      await Promise.all(working);
      await queue[Symbol.asyncDispose]();
    });
    const work = (handler: RunHandler, options: { concurrency?: number; drainMs?: number } = {}): void => {
      working.push(queue.work(handlers(handler), { concurrency: 2, signal: stop.signal, ...options }));
    };

    test('gives a job with its payload to a worker, once', async () => {
      const seen: unknown[] = [];
      work(async (payload, { attempt }) => {
        seen.push([payload, attempt]);
      });
      expect(await queue.enqueue('system.run', { runId: 7, system: 'golden-tax' })).toBe('queued');
      await until(() => seen.length > 0, 'the job');
      await timeToGoWrong(200);
      expect(seen).toEqual([[{ runId: 7, system: 'golden-tax' }, 1]]);
      expect(await queue.stats()).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    });

    test('takes a run once while its job waits, and again when it is done', async () => {
      const payload = { runId: 1, system: 'a' };
      expect(await queue.enqueue('system.run', payload)).toBe('queued');
      expect(await queue.enqueue('system.run', payload)).toBe('duplicate');
      expect(await queue.enqueue('system.run', { runId: 2, system: 'a' })).toBe('queued');
      expect((await queue.stats()).waiting).toBe(2);
      let done = 0;
      work(async () => {
        done++;
      });
      await until(async () => done === 2 && (await queue.stats()).active === 0, 'both jobs');
      expect(await queue.enqueue('system.run', payload)).toBe('queued');
      await until(() => done === 3, 'the third');
    });

    test('takes a run once while its job is being worked on', async () => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let started = 0;
      work(async () => {
        started++;
        await held;
      });
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(() => started === 1, 'the start');
      expect(await queue.enqueue('system.run', { runId: 1, system: 'a' })).toBe('duplicate');
      release();
      await timeToGoWrong(200);
      expect(started).toBe(1);
    });

    test('takes a rule once while it waits, beside other rules and other jobs', async () => {
      expect(await queue.enqueue('rule.ask', { scope: 'cross', rule: 'X01' })).toBe('queued');
      expect(await queue.enqueue('rule.ask', { scope: 'cross', rule: 'X01' })).toBe('duplicate');
      expect(await queue.enqueue('rule.ask', { scope: 'cross', rule: 'X02' })).toBe('queued');
      expect(await queue.enqueue('scorecard.count', { base: 'population' })).toBe('queued');
      expect(await queue.enqueue('scorecard.count', { base: 'population' })).toBe('duplicate');
      expect((await queue.stats()).waiting).toBe(3);
      work(async () => {});
      await until(async () => {
        const { waiting, active } = await queue.stats();
        return waiting + active === 0;
      }, 'all three');
      expect((await queue.stats()).failed).toBe(0);
    });

    test('holds a delayed job back', async () => {
      const startedAt = Date.now();
      let at = 0;
      work(async () => {
        at = Date.now();
      });
      await queue.enqueue('system.run', { runId: 1, system: 'a' }, { delayMs: 400 });
      await until(() => at > 0, 'the delayed job');
      expect(at - startedAt).toBeGreaterThanOrEqual(390);
    });

    test('tries again after an error of recovery retry, up to the last attempt', async () => {
      const seen: [number, boolean][] = [];
      work(async (_, { attempt, lastAttempt }) => {
        seen.push([attempt, lastAttempt]);
        throw new HubError('HUB_SOURCE_UNREACHABLE', 'no answer');
      });
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(async () => (await queue.stats()).failed === 1, 'the end of all attempts');
      expect(seen).toEqual([
        [1, false],
        [2, false],
        [3, true],
      ]);
      // a failed job does not bar the run for ever
      expect(await queue.enqueue('system.run', { runId: 1, system: 'a' })).toBe('queued');
    });

    test('does not try again after an error of recovery stop', async () => {
      let calls = 0;
      work(async () => {
        calls++;
        throw new HubError('HUB_SOURCE_REFUSED', 'wrong password');
      });
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(async () => (await queue.stats()).failed === 1, 'the failure');
      await timeToGoWrong(300);
      expect(calls).toBe(1);
    });

    test('retryAfterMs puts a job off without using up an attempt', async () => {
      const attempts: number[] = [];
      work(async (_, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length < 5) throw new HubError('HUB_SOURCE_BUSY', 'quiet hours', { retryAfterMs: 50 });
      });
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(async () => attempts.length === 5 && (await queue.stats()).active === 0, 'the fifth try');
      expect(attempts).toEqual([1, 1, 1, 1, 1]);
    });

    test('a bad job does not stop a good one', async () => {
      const good: number[] = [];
      work(async ({ runId }) => {
        if (runId % 2 === 1) throw new HubError('HUB_INTERNAL', 'bad');
        good.push(runId);
      });
      for (let runId = 1; runId <= 6; runId++) await queue.enqueue('system.run', { runId, system: 'a' });
      await until(() => good.length === 3, 'the good ones');
      expect(good.sort()).toEqual([2, 4, 6]);
    });

    test('runs at most `concurrency` jobs at once', async () => {
      let now = 0;
      let most = 0;
      let done = 0;
      work(async () => {
        most = Math.max(most, ++now);
        // A job that takes its time: a third would come beside it.
        await sleep(50);
        now--;
        done++;
      });
      for (let runId = 1; runId <= 6; runId++) await queue.enqueue('system.run', { runId, system: 'a' });
      await until(() => done === 6, 'all');
      expect(most).toBe(2);
    });

    test('an abort drains: the job in hand ends, the others wait for the next worker', async () => {
      const done: number[] = [];
      let started = 0;
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const handler: RunHandler = async ({ runId }) => {
        started++;
        await held;
        done.push(runId);
      };
      work(handler, { concurrency: 1 });
      for (const runId of [1, 2]) await queue.enqueue('system.run', { runId, system: 'a' });
      await until(() => started === 1, 'the first');
      stop.abort();
      release();
      await working[0];
      expect(done).toHaveLength(1);
      stop = new AbortController();
      work(handler);
      await until(() => done.length === 2, 'the second');
    });

    test('a job that stops because of the abort is put back', async () => {
      let calls = 0;
      const handler: RunHandler = async (_, { signal }) => {
        calls++;
        if (calls === 1) await sleep(60_000, undefined, { signal });
      };
      work(handler);
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(() => calls === 1, 'the start');
      stop.abort();
      await working[0];
      expect((await queue.stats()).failed).toBe(0);
      stop = new AbortController();
      work(handler);
      await until(() => calls === 2, 'the second call');
    });

    test('a job that ignores the abort does not hold the process up, and is given to another worker', async () => {
      let calls = 0;
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const handler: RunHandler = async () => {
        calls++;
        if (calls === 1) await held;
      };
      work(handler, { drainMs: 200 });
      await queue.enqueue('system.run', { runId: 1, system: 'a' });
      await until(() => calls === 1, 'the start');
      stop.abort();
      await working[0];
      await using other = await open({ name, lockMs: 2_000 });
      const stopOther = new AbortController();
      const theirs = other.work(handlers(handler), { concurrency: 1, signal: stopOther.signal });
      await until(() => calls === 2, 'the takeover', 25_000);
      release();
      stopOther.abort();
      await theirs;
    });
  });
}
