import type { Logger, Service } from '../../schemas/kernel/context.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { JobPayloads } from './jobs.ts';
import { LEASE_MS, type RunStore } from './runs.ts';

export interface ReconcileOptions {
  readonly runs: Pick<RunStore, 'recoverStale' | 'pending'>;
  readonly queue: {
    enqueue(job: 'system.run', payload: JobPayloads['system.run']): Promise<'queued' | 'duplicate'>;
  };
  readonly log: Logger;
  /** Default 5,000. */
  readonly everyMs?: number;
  /** A running run without a sign of life for so long has lost its worker. Default: what a lease lasts. */
  readonly staleMs?: number;
}

/**
 * Keeps the queue in step with the run table: stale runs become pending, pending runs get a job unless they have one.
 * At the start and then regularly, so that nothing depends on the queue having kept its jobs.
 */
export async function reconcile({
  runs,
  queue,
  log,
  staleMs = LEASE_MS,
}: ReconcileOptions): Promise<{ recovered: number; enqueued: number }> {
  const recovered = await runs.recoverStale(staleMs);
  let enqueued = 0;
  for (const { runId, system } of await runs.pending())
    if ((await queue.enqueue('system.run', { runId, system })) === 'queued') enqueued++;
  if (recovered.length + enqueued > 0)
    log.info({ recovered: recovered.map(({ runId }) => runId), enqueued }, 'runs reconciled');
  return { recovered: recovered.length, enqueued };
}

export function createReconciler(options: ReconcileOptions): Service {
  return {
    name: 'reconcile',
    async run(signal) {
      while (!signal.aborted) {
        await reconcile(options);
        await pause(options.everyMs ?? 5_000, signal);
      }
    },
  };
}
