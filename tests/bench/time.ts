import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { entityAsOf } from '../../pipelines/engine/reports/as-of.ts';
import { population } from '../../pipelines/population/definition.ts';
import { checkAgainstLog } from '../../runner/normalise/rebuild.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { type Ground, loadSystems, perSecond, pullOnce, ratio, worldOf } from './ground.ts';
import { copyFinalRows, runPipelines } from './normalise.ts';

const SYSTEMS = ['golden-shield', 'golden-insurance'] as const;
const ROWS_A_PERSON = 1.55;

export async function loaded(ground: Ground, rows: number, signal: AbortSignal) {
  const departments = await ground.database('departments');
  await loadSystems(SYSTEMS, worldOf(Math.ceil(rows / ROWS_A_PERSON)), departments, signal);
  const hub = await ground.hub('time', 'embedded', departments);
  for (const system of SYSTEMS) await pullOnce(hub, system, signal);
  await runPipelines(hub, signal);
  const base = hub.bases.get(population.name);
  if (base === undefined) throw new HubError('HUB_INTERNAL', 'there is no population base');
  return { hub, base };
}

/** The base from its log, against COPY of the same final rows. */
export async function benchRebuild(ground: Ground, rows: number, signal: AbortSignal): Promise<readonly object[]> {
  const { hub, base } = await loaded(ground, rows, signal);
  await using _ = hub;
  const { read } = await accountOf(base.pool, population);
  const { ms, hash, hashOfCopy } = await checkAgainstLog(hub, population.name, signal);
  const copyMs = await copyFinalRows(ground, hub, 'embedded');
  return [
    {
      ...{ records: read, seconds: Number((ms / 1000).toFixed(1)), recordsPerSecond: perSecond(read, ms) },
      ...{
        copySeconds: Number((copyMs / 1000).toFixed(1)),
        timesCopy: ratio(ms, copyMs),
        sameHash: hash === hashOfCopy,
      },
    },
  ];
}

const LOOKUPS = 3_000;

/** An entity as known at a past moment, against the plain lookup, in turn, on the same connection pool. */
export async function benchAsOf(ground: Ground, rows: number, signal: AbortSignal): Promise<readonly object[]> {
  const { hub, base } = await loaded(ground, rows, signal);
  await using _ = hub;
  const pool = openPool({ url: String(hub.config.database.url), name: 'bench', max: 2, patience: PATIENCE.work });
  pool.on('error', () => {});
  try {
    const { rows: ids } = await pool.query<{ id: number }>(
      `SELECT entity_id::float8 AS id FROM population.golden ORDER BY hashint8(entity_id) LIMIT ${LOOKUPS}`,
    );
    const knownAt = new Date().toISOString();
    const times: { plain: number[]; past: number[] } = { plain: [], past: [] };
    const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
      const startedAt = performance.now();
      await work();
      into.push(performance.now() - startedAt);
    };
    for (const { id } of ids) {
      signal.throwIfAborted();
      await timed(times.plain, () =>
        pool.query('SELECT attributes, winners, conflicts, sources FROM population.feed_entity WHERE entity_id = $1', [
          id,
        ]),
      );
      await timed(times.past, () => entityAsOf(pool, base.definition, id, { knownAt }));
    }
    const at = (all: number[], part: number): number => {
      all.sort((a, b) => a - b);
      return Number((all[Math.floor(all.length * part)] ?? 0).toFixed(3));
    };
    const [plain, past] = [at(times.plain, 0.99), at(times.past, 0.99)];
    return [
      {
        ...{ lookups: ids.length, plainP50: at(times.plain, 0.5), plainP99: plain },
        ...{ asOfP50: at(times.past, 0.5), asOfP99: past, ratioP99: ratio(past, plain) },
      },
    ];
  } finally {
    await pool.end();
  }
}
