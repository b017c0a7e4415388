import { to as copyTo } from 'pg-copy-streams';
import type { Hub } from '../../runner/compose.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openClient, PATIENCE } from '../../schemas/store/pool.ts';
import { rawTopic } from '../../schemas/system.ts';
import { type Ground, type LogKind, loadSystems, perSecond, pullOnce, ratio, worldOf } from './ground.ts';

export interface PullResult {
  readonly log: LogKind;
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** `COPY table TO STDOUT` of the same table, drained and thrown away. */
  readonly copyRowsPerSecond: number;
  readonly ratioToCopy: number;
  /** `kafka-producer-perf-test`, acks=all, messages of the same mean size; Kafka only. */
  readonly producerRowsPerSecond?: number;
  readonly ratioToProducer?: number;
  readonly messageBytes: number;
}

const SYSTEM = 'golden-shield';
const ROWS_A_PERSON = 0.975;

/** Source table to durable log, by the connector, the codec and the log as they run in production. */
export async function benchPull(
  ground: Ground,
  rows: number,
  logs: readonly LogKind[],
  signal: AbortSignal,
): Promise<readonly PullResult[]> {
  const departments = await ground.database('departments');
  await loadSystems([SYSTEM], worldOf(Math.ceil(rows / ROWS_A_PERSON)), departments, signal);
  const results: PullResult[] = [];
  for (const log of logs) {
    if (log === 'kafka' && ground.kafka === null) continue;
    await using hub = await ground.hub(`pull_${log}`, log, departments);
    const copied = await copyOut(departments);
    const pulled = await pullOnce(hub, SYSTEM, signal);
    const messageBytes = await meanMessageBytes(hub, signal);
    const producer = log === 'kafka' ? await producerPerformance(ground, pulled.rows, messageBytes, signal) : null;
    const rate = perSecond(pulled.rows, pulled.ms);
    results.push({
      ...{ log, rows: pulled.rows, rowsPerSecond: rate, messageBytes },
      ...{ copyRowsPerSecond: copied, ratioToCopy: ratio(rate, copied) },
      ...(producer === null ? {} : { producerRowsPerSecond: producer, ratioToProducer: ratio(rate, producer) }),
    });
  }
  return results;
}

async function copyOut(url: string): Promise<number> {
  const client = openClient({ url, name: 'bench', patience: PATIENCE.work });
  await client.connect();
  try {
    const startedAt = performance.now();
    const stream = client.query(copyTo('COPY ga.czrk TO STDOUT'));
    for await (const _ of stream);
    return perSecond(stream.rowCount, performance.now() - startedAt);
  } finally {
    await client.end();
  }
}

/** Of the first batch that a reader gets. */
async function meanMessageBytes(hub: Hub, signal: AbortSignal): Promise<number> {
  const enough = new AbortController();
  const options = { signal: AbortSignal.any([signal, enough.signal]), maxBatch: 1_000 };
  for await (const { messages } of hub.events.subscribe([rawTopic(SYSTEM, 'residents')], 'bench', options)) {
    enough.abort();
    const bytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    return Math.round(bytes / messages.length);
  }
  return 0;
}

async function producerPerformance(
  { kafka }: Ground,
  rows: number,
  bytes: number,
  signal: AbortSignal,
): Promise<number> {
  if (kafka === null) return 0;
  const topic = 'bench-producer';
  const made = await kafka.run(
    'org.apache.kafka.tools.TopicCommand',
    ['--bootstrap-server', kafka.brokers, '--create', '--topic', topic, '--partitions', '4'],
    signal,
  );
  const ran = await kafka.run(
    'org.apache.kafka.tools.ProducerPerformance',
    [
      ...['--topic', topic, '--num-records', String(rows), '--record-size', String(bytes), '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${kafka.brokers}`, 'acks=all'],
    ],
    signal,
  );
  const rates = [...ran.stdout.matchAll(/([\d.]+) records\/sec/g)];
  const last = rates.at(-1)?.[1];
  if (made.status !== 0 || last === undefined)
    throw new HubError(
      'HUB_STACK_FAILED',
      `kafka-producer-perf-test failed: ${`${made.stderr}${ran.stderr}${ran.stdout}`.slice(-500)}`,
    );
  return Math.round(Number(last));
}
