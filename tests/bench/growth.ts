import { createCatalog } from '../../catalog/api/server.ts';
import { prepareBatch } from '../../pipelines/engine/ingest/prepare.ts';
import type { HubBase } from '../../runner/compose.ts';
import { catalogBases, FEEDS } from '../../runner/services/descriptions.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { asIs, encode, jsonDecoder } from '../pipelines/engine/scene.ts';
import type { Ground } from './ground.ts';
import { ratio } from './ground.ts';
import { loaded } from './time.ts';

const SAMPLES = 21;
const BATCHES = 1_000_000;
const DECISIONS = 100_000;
/** Of the base that grows: batches of long ago, and words of people about rows that are not in it. */
const FILL = [
  // A trigger adds each batch to one row of totals: a million times in one transaction would be measured as something else.
  'ALTER TABLE population.batch DISABLE TRIGGER USER',
  `INSERT INTO population.batch (topic, log_partition, first_offset, next_offset, read, inserted, updated, unchanged, stale, rejected, messages, committed_at)
   SELECT 'raw.past.rows', 0, i, i + 1, 1, 0, 0, 1, 0, 0, 1, now() - (${BATCHES} - i) * interval '30 s' FROM generate_series(1, ${BATCHES}) AS i`,
  'ALTER TABLE population.batch ENABLE TRIGGER USER',
  `INSERT INTO population.decision (left_row, right_row, kind, decided_by, reason)
   SELECT 'past/rows a' || i, 'past/rows b' || i, 'forbidden', 'bench', 'growth' FROM generate_series(1, ${DECISIONS}) AS i`,
  'ANALYZE',
];

/** A page as a reader meets it who comes first: nothing is cached yet. Milliseconds. */
async function pages(hub: Awaited<ReturnType<typeof loaded>>['hub'], path: string): Promise<number> {
  const server = await createCatalog({
    access: null,
    ...{ hub: hub.catalogPools.hub, bases: catalogBases(hub), log: silentLogger, feeds: FEEDS },
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
  });
  try {
    const startedAt = performance.now();
    const { statusCode } = await server.inject({ url: path, headers: { accept: 'text/html' } });
    if (statusCode !== 200) throw new HubError('HUB_INTERNAL', `${path} answers ${statusCode}`);
    return performance.now() - startedAt;
  } finally {
    await server.close();
  }
}

/** Batches of one row that changes each time. */
async function openRow({ definition, ingestion }: HubBase): Promise<() => Promise<number>> {
  const topic = 'raw.bench.rows';
  const source = await ingestion.source({
    system: 'bench',
    stream: 'rows',
    authority: 'public-security',
    topic,
    order: 'read',
  });
  let offset = 0;
  return async () => {
    const row = {
      key: 'one',
      at: 1_700_000_000_000 + offset,
      name: '王建国',
      birthDate: '1985-03-12',
      sex: `${1 + (offset % 2)}`,
    };
    const batch = { topic, partition: 0, messages: [{ offset, value: encode(row) }] };
    offset += 1;
    const startedAt = performance.now();
    await ingestion.apply(source, await prepareBatch(batch, definition, jsonDecoder, asIs));
    return performance.now() - startedAt;
  };
}

const median = (all: number[]): number => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

/** A page and a batch of one row, before and after a million batches and a hundred thousand decisions. */
export async function benchGrowth(ground: Ground, rows: number, signal: AbortSignal): Promise<readonly object[]> {
  const { hub, base } = await loaded(ground, rows, signal);
  await using _ = hub;
  const row = await openRow(base);
  const subjects: readonly (readonly [string, () => Promise<number>])[] = [
    ['directory page', () => pages(hub, '/')],
    ['page of the base', () => pages(hub, '/bases/population')],
    ['quality page', () => pages(hub, '/quality')],
    ['batch of one row', row],
  ];
  const measure = async (): Promise<readonly number[]> => {
    const medians: number[] = [];
    for (const [, once] of subjects) {
      const times: number[] = [];
      for (let i = 0; i < SAMPLES; i++) {
        signal.throwIfAborted();
        times.push(await once());
      }
      medians.push(median(times.slice(1)));
    }
    return medians;
  };
  const before = await measure();
  for (const statement of FILL) await base.pool.query(statement);
  const after = await measure();
  return subjects.map(([what], i) => {
    const [young, old] = [before[i] as number, after[i] as number];
    return { what, beforeMs: Number(young.toFixed(2)), afterMs: Number(old.toFixed(2)), ratio: ratio(old, young) };
  });
}
