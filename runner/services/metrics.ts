import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { BatchResult } from '../../pipelines/pipeline.ts';
import type { Hub } from '../compose.ts';
import { pipelinesOf, type StreamPipeline } from '../normalise/pipelines.ts';
import { waitingMessages } from '../normalise/waiting.ts';
import type { PullProgress } from '../pull/pull.ts';

export interface HubMetrics {
  /** Totals of a run so far: the difference to the last report is counted. */
  pulled(progress: PullProgress): void;
  stored(pipeline: StreamPipeline, result: BatchResult): void;
  /** In the text format of Prometheus. Lag is asked at the moment of the question. */
  render(): Promise<{ contentType: string; body: string }>;
}

const OUTCOMES = ['inserted', 'updated', 'unchanged', 'stale', 'rejected'] as const;

export function createMetrics(hub: Hub): HubMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'hub_' });
  const counter = (name: string, help: string, labelNames: string[]): Counter =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const rowsRead = counter('hub_source_rows_read_total', 'Rows read from source systems', ['system', 'stream']);
  const rowsAppended = counter('hub_source_rows_appended_total', 'Records appended to the event log', [
    'system',
    'stream',
  ]);
  const rowsUnchanged = counter('hub_source_rows_unchanged_total', 'Rows given again as the event log has them', [
    'system',
    'stream',
  ]);
  const rowsRejected = counter('hub_source_rows_rejected_total', 'Rows that could not be put into the log', [
    'system',
    'stream',
  ]);
  const records = counter('hub_base_records_total', 'Records by outcome', ['base', 'system', 'stream', 'outcome']);
  const lag = new Gauge({
    name: 'hub_pipeline_lag_messages',
    help: 'Messages in the log that a base has not taken yet',
    labelNames: ['base', 'system', 'stream'],
    registers: [registry],
  });
  const last = new Map<string, PullProgress>();

  async function measureLag(): Promise<void> {
    const systems = await hub.systems.list();
    await Promise.all(
      systems.flatMap(pipelinesOf).map(async ({ base, system, stream, topic }) => {
        // A topic that nobody has written to yet has no lag to report.
        const value = await waitingMessages(hub, { base, topic }).catch(() => null);
        if (value !== null) lag.set({ base, system, stream }, value);
      }),
    );
  }

  return {
    pulled(progress) {
      const { system, stream } = progress;
      const name = `${system}/${stream}`;
      const before = last.get(name);
      // Smaller totals are those of a new run.
      const since =
        before !== undefined && before.read <= progress.read
          ? before
          : { read: 0, appended: 0, unchanged: 0, rejected: 0 };
      rowsRead.inc({ system, stream }, progress.read - since.read);
      rowsAppended.inc({ system, stream }, Math.max(0, progress.appended - since.appended));
      rowsUnchanged.inc({ system, stream }, Math.max(0, progress.unchanged - since.unchanged));
      rowsRejected.inc({ system, stream }, Math.max(0, progress.rejected - since.rejected));
      last.set(name, progress);
    },
    stored({ base, system, stream }, result) {
      for (const outcome of OUTCOMES) records.inc({ base, system, stream, outcome }, result[outcome]);
    },
    async render() {
      await measureLag();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
