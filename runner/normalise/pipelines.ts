import { connectorByType } from '../../connectors/index.ts';
import type { SourceSpec } from '../../pipelines/engine/ingest/ingestion.ts';
import { runPipeline } from '../../pipelines/engine/ingest/run-batch.ts';
import type { BatchResult } from '../../pipelines/pipeline.ts';
import type { Normalizer } from '../../pipelines/record.ts';
import { HubError, isHubError, toHubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import { cycleDaysOf, mappingsOf, rawTopic, type StreamEntry, type SystemFile } from '../../schemas/system.ts';
import type { Hub, HubBase } from '../compose.ts';
import type { StoredSystem } from '../control/systems.ts';
import { rawTopicSpec } from '../log/topics.ts';
import { openStreamMapping } from '../pull/agree.ts';
import type { SupervisedService } from '../services/supervise.ts';

/** A stream on its way into a base. */
export interface StreamPipeline {
  readonly system: string;
  readonly stream: string;
  readonly base: string;
  readonly topic: string;
  /** Of its consumers in the event log. */
  readonly group: string;
}

type PipelineState = 'running' | 'restarting' | 'stopped';

interface PipelineStatus extends StreamPipeline {
  readonly state: PipelineState;
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}

export interface PipelineServiceOptions {
  readonly onBatch?: ((pipeline: StreamPipeline, result: BatchResult) => void) | undefined;
  /** How soon an applied system file takes effect. Default 1,000. */
  readonly refreshMs?: number | undefined;
}

export interface PipelineService extends SupervisedService {
  states(): readonly PipelineStatus[];
}

export function pipelinesOf({ spec }: Pick<StoredSystem, 'spec'>): readonly StreamPipeline[] {
  return Object.entries(spec.streams).flatMap(([stream, { base }]) => {
    if (base === undefined) return [];
    const { system } = spec;
    return [{ system, stream, base, topic: rawTopic(system, stream), group: `${base}.${system}.${stream}` }];
  });
}

/** The mapping of a stream as the file has it now, against the columns that the source had when last read. */
export async function normalizerOf(
  hub: Hub,
  { spec, streams }: StoredSystem,
  stream: string,
): Promise<{ base: HubBase; normalize: Normalizer }> {
  const entry = spec.streams[stream] as StreamEntry;
  const base = hub.bases.get(entry.base ?? '');
  if (base === undefined) throw new HubError('HUB_CATALOG_NOT_FOUND', `${spec.system}/${stream} feeds no base`);
  const mapped = mappingsOf(entry).flatMap((mapping) => Object.values(mapping).flatMap(({ from }) => from));
  const columns = streams.find((one) => one.stream === stream)?.columns?.map(({ name }) => name) ?? mapped;
  return { base, normalize: (await openStreamMapping(spec, stream, columns)) as Normalizer };
}

export const sourceSpecOf = (spec: SystemFile, stream: string): SourceSpec => ({
  system: spec.system,
  stream,
  authority: spec.authority,
  topic: rawTopic(spec.system, stream),
  order:
    connectorByType(spec.connector).versions?.(
      (spec.streams[stream]?.source ?? {}) as Readonly<Record<string, unknown>>,
    ) ?? 'read',
  cycleDays: cycleDaysOf(spec.streams[stream]?.resource?.updateCycle),
});

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 30_000;

interface Running {
  readonly version: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  status: PipelineStatus;
}

/**
 * One pipeline for every stream that feeds a base. A changed system file restarts those of its system. What a second try
 * can mend is tried again with back-off; what a person must mend stops that one pipeline, marks the stream and waits for
 * the next `hub apply`; the others flow on.
 */
export function createPipelineService(hub: Hub, options: PipelineServiceOptions = {}): PipelineService {
  const { onBatch, refreshMs = 1_000 } = options;
  const running = new Map<string, Running>();
  const log = hub.logger.child({ service: 'pipelines' });

  function start(pipeline: StreamPipeline, version: string): void {
    const stop = new AbortController();
    const one: { -readonly [Key in keyof Running]: Running[Key] } = {
      ...{ version, stop, ended: Promise.resolve() },
      status: { ...pipeline, state: 'running', error: null },
    };
    running.set(pipeline.topic, one);
    one.ended = keep(pipeline, one);
  }

  async function keep(pipeline: StreamPipeline, one: Running): Promise<void> {
    const { signal } = one.stop;
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      try {
        await runOnce(hub, pipeline, signal, (result) => {
          waitMs = FIRST_WAIT_MS;
          onBatch?.(pipeline, result);
        });
        if (signal.aborted) return;
        throw new HubError('HUB_LOG_UNAVAILABLE', `the subscription to ${pipeline.topic} ended`);
      } catch (thrown) {
        const error = toHubError(thrown, 'HUB_INTERNAL', `pipeline of ${pipeline.topic}`);
        if (signal.aborted) {
          log.warn({ topic: pipeline.topic, error }, 'a pipeline failed while it was ending');
          return;
        }
        const told = { code: error.code, message: error.message, remedy: error.remedy };
        // What no code of ours foresaw may pass as well.
        if (isHubError(thrown) && error.recovery === 'stop' && error.code !== 'HUB_INTERNAL') {
          one.status = { ...pipeline, state: 'stopped', error: told };
          log.error(
            { topic: pipeline.topic, error, remedy: error.remedy },
            'pipeline stopped until the system file is applied again',
          );
          await mark(pipeline, error);
          return;
        }
        one.status = { ...pipeline, state: 'restarting', error: told };
        log.error({ topic: pipeline.topic, error, waitMs }, 'pipeline failed; it is started again');
        await pause(waitMs, signal);
        waitMs = Math.min(waitMs * 2, MOST_WAIT_MS);
        one.status = { ...one.status, state: 'running' };
      }
    }
  }

  async function mark({ system, stream }: StreamPipeline, error: HubError): Promise<void> {
    try {
      await hub.systems.setStreamState(system, stream, 'halted', error);
    } catch (failure) {
      log.warn({ system, stream, error: failure }, 'the state of the stream could not be written');
    }
  }

  async function refresh(): Promise<void> {
    const wanted = new Map<string, { pipeline: StreamPipeline; version: string }>();
    for (const system of await hub.systems.list()) {
      const version = JSON.stringify([system.spec, system.appliedAt]);
      for (const pipeline of pipelinesOf(system)) wanted.set(pipeline.topic, { pipeline, version });
    }
    for (const [topic, { version, stop, ended }] of [...running]) {
      if (wanted.get(topic)?.version === version) continue;
      stop.abort();
      await ended;
      running.delete(topic);
    }
    for (const [topic, { pipeline, version }] of wanted) if (!running.has(topic)) start(pipeline, version);
  }

  return {
    name: 'pipelines',
    order: 'pipelines',
    states: () => [...running.values()].map(({ status }) => status),
    async run(signal) {
      try {
        while (!signal.aborted) {
          await refresh();
          await pause(refreshMs, signal);
        }
      } finally {
        for (const { stop } of running.values()) stop.abort();
        await Promise.all([...running.values()].map(({ ended }) => ended));
        running.clear();
      }
    },
  };
}

/** Until the signal aborts or something fails. */
async function runOnce(
  hub: Hub,
  { system, stream, topic, group }: StreamPipeline,
  signal: AbortSignal,
  onBatch: (result: BatchResult) => void,
): Promise<void> {
  const stored = await hub.systems.get(system);
  const { base, normalize } = await normalizerOf(hub, stored, stream);
  const source = await base.ingestion.source(sourceSpecOf(stored.spec, stream));
  await hub.events.ensureTopics([rawTopicSpec(stored.spec, stream, hub.config)]);
  const batches = hub.events.subscribe([topic], group, {
    signal,
    maxBatch: hub.config.batchRecords,
    // The base knows what it has stored; the group's own offset is only for people and for lag.
    position: (name, partition, life) => base.ingestion.position(name, partition, life),
  });
  await runPipeline(batches, {
    ...{ ingestion: base.ingestion, source, normalize, decoder: hub.rawReader(), onBatch },
    breaker: hub.config.breaker,
  });
}
