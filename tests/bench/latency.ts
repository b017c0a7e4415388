import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Hub } from '../../runner/compose.ts';
import { catalogService } from '../../runner/services/catalog.ts';
import { followService } from '../../runner/services/follow.ts';
import { createMetrics } from '../../runner/services/metrics.ts';
import { supervise } from '../../runner/services/supervise.ts';
import { openClient, PATIENCE } from '../../schemas/store/pool.ts';
import { rawTopic, type SystemFile, systemFile } from '../../schemas/system.ts';
import type { Ground } from './ground.ts';

export interface LatencyFigures {
  readonly what: string;
  readonly perSecond: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const PER_SECOND = 500;
const SECONDS = 10;
const CDC_PER_SECOND = 100;
const SENDERS = 64;
const SECRET = 'bench-webhook-secret-of-the-bench';
const owner = { name: 'bench', uscc: '11630000015000126U' };

const webhookSystem = {
  ...{
    system: 'bench-webhook',
    title: { zh: '推送', en: 'push' },
    owner,
    authority: 'bench',
    connector: 'webhook',
    schedule: 'continuous',
  },
  connection: { auth: { scheme: 'standard', secrets: ['${BENCH_SECRET}'] } },
  streams: { events: { title: 'events', source: { key: ['ID'], fields: { ID: 'id', AT: 'at' } } } },
};
const cdcSystem = {
  ...{
    system: 'bench-cdc',
    title: { zh: '变更', en: 'changes' },
    owner,
    authority: 'bench',
    connector: 'postgres-cdc',
    schedule: 'continuous',
  },
  connection: { url: '${BENCH_URL}', pollMs: 20 },
  streams: { rows: { title: 'rows', source: { schema: 'public', table: 'bench', key: ['id'] } } },
};

/**
 * Open loop: deliveries and commits go out by the clock, whether the ones before were answered or not, and times count from
 * when they were due. Acknowledgement is the answer 202; the log is when a reader of the topic has the message.
 */
export async function benchLatency(ground: Ground, signal: AbortSignal): Promise<readonly LatencyFigures[]> {
  const departments = await ground.database('departments');
  await using hub = await ground.hub('latency', 'embedded', departments, {
    BENCH_SECRET: SECRET,
    BENCH_URL: departments,
  });
  const metrics = createMetrics(hub);
  const stop = new AbortController();
  const catalog = catalogService(hub, metrics, () => []);
  const source = openClient({ url: departments, name: 'bench', patience: PATIENCE.work });
  await source.connect();
  await source.query('CREATE TABLE bench (id text PRIMARY KEY, at text); CREATE PUBLICATION hub FOR TABLE bench');
  for (const spec of [webhookSystem, cdcSystem]) await hub.systems.apply(systemFile.parse(spec) as SystemFile);
  const supervision = supervise([catalog, followService(hub, metrics)], {
    signal: AbortSignal.any([signal, stop.signal]),
    log: hub.logger,
  });
  try {
    while (catalog.address() === null) await sleep(20, undefined, { signal });
    await sleep(4_000, undefined, { signal });
    return [...(await push(hub, catalog.address() as string, signal)), ...(await commits(hub, source, signal))];
  } finally {
    stop.abort();
    await supervision.done;
    await source
      .query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active')
      .catch(() => {});
    await source.end();
  }
}

async function push(hub: Hub, address: string, signal: AbortSignal): Promise<readonly LatencyFigures[]> {
  const due = new Map<string, number>();
  const answered: number[] = [];
  const logged = listen(hub, rawTopic('bench-webhook', 'events'), due, signal);
  const pending: Promise<void>[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  await byTheClock(PER_SECOND, PER_SECOND * SECONDS, signal, (id, at) => {
    due.set(id, at);
    const body = JSON.stringify({ id, at: String(at) });
    const time = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    const sent = post(agent, `${address}/hooks/bench-webhook/events`, headers, body).then((status) => {
      if (status === 202) answered.push(performance.now() - at);
    });
    pending.push(sent);
  });
  await Promise.all(pending);
  agent.destroy();
  const arrived = await logged.all(answered.length);
  return [figures('webhook to 202', PER_SECOND, answered), figures('webhook to log', PER_SECOND, arrived)];
}

/** The status; 0 when there was no answer. */
const post = (agent: Agent, url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> =>
  new Promise((resolve) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (reply) => {
        reply.resume();
        reply.on('end', () => resolve(reply.statusCode ?? 0));
      },
    );
    sent.on('error', () => resolve(0));
    sent.end(body);
  });

async function commits(hub: Hub, source: pg.Client, signal: AbortSignal): Promise<readonly LatencyFigures[]> {
  const due = new Map<string, number>();
  const logged = listen(hub, rawTopic('bench-cdc', 'rows'), due, signal);
  const pending: Promise<unknown>[] = [];
  const count = CDC_PER_SECOND * SECONDS;
  await byTheClock(CDC_PER_SECOND, count, signal, (id) => {
    pending.push(
      source.query('INSERT INTO bench VALUES ($1, $1)', [id]).then(() => {
        due.set(id, performance.now());
      }),
    );
  });
  await Promise.all(pending);
  return [figures('commit to log', CDC_PER_SECOND, await logged.all(count))];
}

async function byTheClock(
  perSecond: number,
  count: number,
  signal: AbortSignal,
  send: (id: string, at: number) => void,
): Promise<void> {
  const begun = performance.now();
  for (let i = 0; i < count; ) {
    const due = begun + (i * 1000) / perSecond;
    if (due > performance.now()) await sleep(1, undefined, { signal });
    else send(`e${i++}`, due);
  }
}

/** When each key was seen in the topic, less when it was due; a key seen before its commit was told counts as 0. */
function listen(
  hub: Hub,
  topic: string,
  due: ReadonlyMap<string, number>,
  signal: AbortSignal,
): { all(count: number): Promise<number[]> } {
  const seen = new Map<string, number>();
  const enough = new AbortController();
  const reading = (async () => {
    for await (const { messages } of hub.events.subscribe([topic], 'bench-latency', {
      signal: AbortSignal.any([signal, enough.signal]),
      maxBatch: 1_000,
    }))
      for (const { key } of messages) if (key !== null) seen.set(Buffer.from(key).toString(), performance.now());
  })();
  return {
    async all(count) {
      for (let waited = 0; seen.size < count && waited < 20_000; waited += 20) await sleep(20, undefined, { signal });
      enough.abort();
      await reading;
      return [...seen].map(([key, at]) => Math.max(0, at - (due.get(key) ?? at)));
    },
  };
}

function figures(what: string, perSecond: number, ms: readonly number[]): LatencyFigures {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1));
  return { what, perSecond, count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
