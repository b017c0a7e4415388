import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { claim } from '../../../runner/cli/run.ts';
import { reconcile } from '../../../runner/control/reconcile.ts';
import type { Lease, RunStore } from '../../../runner/control/runs.ts';
import { FOLLOWER, LEASE_MS, openRunStore } from '../../../runner/control/runs.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { controlDatabase } from './control-database.ts';

let database: Awaited<ReturnType<typeof controlDatabase>>;
let runs: RunStore;
beforeAll(async () => {
  database = await controlDatabase();
  runs = openRunStore(database.pool);
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE hub.run, hub.stream CASCADE');
});

const TEN = { read: 10, appended: 7, unchanged: 2, rejected: 1 };
const update = (at: number, counters = TEN) => ({ system: 'golden-tax', stream: 'djxx', checkpoint: { at }, counters });
async function taken(): Promise<Lease> {
  const { runId } = await runs.request('golden-tax', 'test');
  const lease = await runs.take(runId);
  if (lease === null) throw new Error('not taken');
  return lease;
}

const NEVER = new AbortController().signal;
const silentFor = (ms: number) =>
  database.pool.query("UPDATE hub.run SET heartbeat_at = now() - $1 * interval '1 millisecond'", [ms]);
/** By a worker to whom the one before it seems dead. */
async function takeOver(runId: number): Promise<Lease | null> {
  for (;;) {
    await runs.recoverStale(0);
    const lease = await runs.take(runId);
    // Of several that try at once one is quicker.
    if (lease !== null) return lease;
  }
}

describe('runs', () => {
  test('go from pending over running to succeeded, and count rows', async () => {
    const { runId } = await runs.request('golden-tax', 'steward');
    expect(await runs.byId(runId)).toMatchObject({
      state: 'pending',
      epoch: 0,
      requestedBy: 'steward',
      startedAt: null,
    });
    expect(await runs.pending()).toEqual([{ runId, system: 'golden-tax' }]);
    const lease = await runs.take(runId);
    expect(lease).toEqual({ runId, system: 'golden-tax', epoch: 1, attempts: 1 });
    if (lease === null) return;
    await runs.saveCheckpoint(lease, update(1));
    await runs.saveCheckpoint(lease, update(2));
    await runs.heartbeat(lease, { read: 1, appended: 1, unchanged: 0, rejected: 0 });
    await runs.finish(lease, 'succeeded');
    expect(await runs.byId(runId)).toMatchObject({
      state: 'succeeded',
      rowsRead: 21,
      rowsAppended: 15,
      rowsUnchanged: 4,
      rowsRejected: 2,
      error: null,
    });
    expect(await runs.checkpoint('golden-tax', 'djxx')).toEqual({ at: 2 });
    expect(await runs.take(runId)).toBeNull();
  });

  test('a run is left to who works on it, and taken from who has given no sign of life for as long as a lease lasts', async () => {
    const { runId } = await runs.request('golden-tax', FOLLOWER);
    expect(await runs.open('golden-tax')).toMatchObject({ runId, requestedBy: FOLLOWER, isFree: true });
    const lease = await runs.take(runId);
    expect(lease).toMatchObject({ epoch: 1 });
    expect([await runs.take(runId), (await runs.open('golden-tax'))?.isFree]).toEqual([null, false]);
    await silentFor(LEASE_MS / 2);
    expect(await runs.take(runId)).toBeNull();
    await silentFor(LEASE_MS);
    expect((await runs.open('golden-tax'))?.isFree).toBe(true);
    expect(await runs.take(runId)).toMatchObject({ epoch: 2 });
    await expect(runs.heartbeat(lease as Lease)).rejects.toMatchObject({ code: 'HUB_RUN_FENCED' });
  });

  test('a run that was interrupted is taken over by the next `hub run`, and nobody is told to wait', async () => {
    const lease = await taken();
    await runs.release(lease, { code: 'HUB_RUN_INTERRUPTED', message: 'interrupted' });
    expect(await claim(runs, 'golden-tax', NEVER)).toBe(lease.runId);
  });

  test('a run whose worker was killed is taken over by the next `hub run`', async () => {
    const lease = await taken();
    await silentFor(LEASE_MS - 600);
    expect(await claim(runs, 'golden-tax', NEVER)).toBe(lease.runId);
  });

  test('a run on which somebody works is not taken over by `hub run`', async () => {
    const lease = await taken();
    const beat = setInterval(() => void runs.heartbeat(lease).catch(() => {}), 100);
    await expect(claim(runs, 'golden-tax', NEVER)).rejects.toMatchObject({ code: 'HUB_RUN_PENDING' });
    clearInterval(beat);
  });

  test('a run that ends while `hub run` looks at it makes room for a new one', async () => {
    const lease = await taken();
    const claimed = claim(runs, 'golden-tax', NEVER);
    await runs.finish(lease, 'succeeded');
    expect(await claimed).toBeGreaterThan(lease.runId);
  });

  test('a second run of a system is refused while one is open, also when many ask at once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => runs.request('golden-tax', 'test')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'HUB_RUN_PENDING' });
    const [open] = await runs.pending();
    await expect(runs.request('golden-tax', 'test')).rejects.toMatchObject({
      details: { runId: open?.runId, state: 'pending' },
    });
    await runs.request('another', 'test');
  });

  test('a zombie is fenced: after a takeover nothing it writes counts', async () => {
    const zombie = await taken();
    await runs.saveCheckpoint(zombie, update(1));
    const heir = await takeOver(zombie.runId);
    expect(heir?.epoch).toBe(zombie.epoch + 1);
    if (heir === null) return;
    await runs.saveCheckpoint(heir, update(2));
    for (const write of [
      () => runs.saveCheckpoint(zombie, update(99)),
      () => runs.heartbeat(zombie, TEN),
      () => runs.release(zombie, { code: 'X', message: 'x' }),
      () => runs.finish(zombie, 'failed'),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'HUB_RUN_FENCED', details: zombie });
    expect(await runs.checkpoint('golden-tax', 'djxx')).toEqual({ at: 2 });
    expect(await runs.byId(zombie.runId)).toMatchObject({ state: 'running', rowsRead: 20 });
  });

  test('of many workers that save and take over at once, the checkpoint is always of the newest epoch', async () => {
    const first = await taken();
    const leases: Lease[] = [first];
    const saved: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        for (let round = 0; round < 10; round++) {
          if ((round + i) % 4 === 0) leases.push((await takeOver(first.runId)) as Lease);
          const lease = leases[(round * 7 + i) % leases.length] as Lease;
          await runs.saveCheckpoint(lease, update(lease.epoch)).then(
            () => saved.push(lease.epoch),
            (error: { code: string }) => {
              expect(error.code).toBe('HUB_RUN_FENCED');
            },
          );
        }
      }),
    );
    const last = await runs.byId(first.runId);
    expect(last?.rowsRead).toBe(saved.length * 10);
    const stored = await database.pool.query<{ rows_read: string }>(
      "SELECT rows_read FROM hub.stream WHERE stream = 'djxx'",
    );
    expect(Number(stored.rows[0]?.rows_read ?? 0)).toBe(saved.length * 10);
    if (saved.length > 0) expect(await runs.checkpoint('golden-tax', 'djxx')).toEqual({ at: Math.max(...saved) });
  });

  test('released and stale runs are pending again, and their old workers fenced', async () => {
    const lease = await taken();
    await runs.release(lease, { code: 'HUB_SOURCE_UNREACHABLE', message: 'no answer' });
    expect(await runs.byId(lease.runId)).toMatchObject({ state: 'pending', error: { code: 'HUB_SOURCE_UNREACHABLE' } });
    await expect(runs.saveCheckpoint(lease, update(1))).rejects.toMatchObject({ code: 'HUB_RUN_FENCED' });
    const again = await runs.take(lease.runId);
    expect(again).toMatchObject({ epoch: 2, attempts: 2 });
    expect(await runs.recoverStale(60_000)).toEqual([]);
    await sleep(30);
    expect(await runs.recoverStale(10)).toEqual([{ runId: lease.runId, system: 'golden-tax' }]);
    await expect(runs.heartbeat(again as Lease)).rejects.toMatchObject({ code: 'HUB_RUN_FENCED' });
  });

  test('a cancelled run is ended and its worker fenced', async () => {
    const lease = await taken();
    expect(await runs.cancel(lease.runId)).toBe(true);
    expect(await runs.cancel(lease.runId)).toBe(false);
    await expect(runs.finish(lease, 'succeeded')).rejects.toMatchObject({ code: 'HUB_RUN_FENCED' });
    await runs.request('golden-tax', 'test');
  });

  test('a checkpoint of 4 KB or of another system is refused and changes nothing', async () => {
    const lease = await taken();
    await expect(
      runs.saveCheckpoint(lease, { ...update(1), checkpoint: { text: 'x'.repeat(4096) } }),
    ).rejects.toMatchObject({ code: 'HUB_INTERNAL' });
    await expect(runs.saveCheckpoint(lease, { ...update(1), system: 'another' })).rejects.toMatchObject({
      code: 'HUB_RUN_FENCED',
    });
    expect(await runs.checkpoint('golden-tax', 'djxx')).toBeNull();
    expect((await runs.byId(lease.runId))?.rowsRead).toBe(0);
  });

  test('recent lists newest first, of one system or all', async () => {
    const a = await runs.request('golden-tax', 'test');
    const b = await runs.request('another', 'test');
    expect((await runs.recent(10)).map(({ runId }) => runId)).toEqual([b.runId, a.runId]);
    expect((await runs.recent(10, 'golden-tax')).map(({ runId }) => runId)).toEqual([a.runId]);
    expect(await runs.recent(1)).toHaveLength(1);
  });

  test('reconcile gives pending and stale runs a job, once', async () => {
    const jobs = new Set<number>();
    const queue = {
      enqueue: async (_: string, { runId }: { runId: number }) => {
        if (jobs.has(runId)) return 'duplicate' as const;
        jobs.add(runId);
        return 'queued' as const;
      },
    };
    const pending = await runs.request('another', 'test');
    const stale = await taken();
    await sleep(30);
    const options = { runs, queue, log: silentLogger, staleMs: 10 };
    expect(await reconcile(options)).toEqual({ recovered: 1, enqueued: 2 });
    expect(await reconcile(options)).toEqual({ recovered: 0, enqueued: 0 });
    expect([...jobs].sort()).toEqual([pending.runId, stale.runId].sort());
  });

  test('a database that does not answer is HUB_STORE_UNAVAILABLE', async () => {
    const { default: pg } = await import('pg');
    const pool = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:1/x' });
    await expect(openRunStore(pool).pending()).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
    await pool.end();
  });
});
