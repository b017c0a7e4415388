import type { Pool } from 'pg';
import type { Event } from '../../catalog/proof/entry.ts';
import { openAuditLog } from '../../catalog/proof/log.ts';
import { storedLog } from '../../catalog/proof/stored.ts';
import { verifyLog } from '../../catalog/proof/verify.ts';
import { migrateHub } from '../../runner/control/migrate.ts';
import { openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { type Ground, perSecond, ratio } from './ground.ts';

const CALLERS = [1, 8, 64];
const WARM_MS = 500;

const EVENT: Event = {
  ...{ what: 'lookup', outcome: 'done' },
  who: { organisation: '11630000015000110X', key: 'golden-tax.2026' },
  on: { resource: 'population/citizen', subject: { of: 'citizen', value: '630102199003070011' } },
  details: { purpose: 'bench', columns: ['name', 'birthDate'] },
};
/** What the reference writes: as many bytes as an entry has. */
const TEXT = 'x'.repeat(420);

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Each caller does it again when its last answer has come. */
async function measure(
  callers: number,
  ms: number,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<Measured> {
  const times: number[] = [];
  const from = performance.now() + WARM_MS;
  const end = from + ms;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let now = performance.now(); now < end; ) {
        signal.throwIfAborted();
        await work();
        const then = performance.now();
        if (now >= from) times.push(then - now);
        now = then;
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (part: number): number => Number((times[Math.floor(times.length * part)] ?? 0).toFixed(2));
  return { perSecond: perSecond(times.length, ms), p50: at(0.5), p99: at(0.99) };
}

/** Durable appends to the audit log, against one INSERT and commit a caller with the same durability, in turn. */
export async function benchAudit(ground: Ground, seconds: number, signal: AbortSignal): Promise<readonly object[]> {
  const url = await ground.database('audit');
  const open = (max: number): Pool => openPool({ url, name: 'bench', max, patience: PATIENCE.work });
  const [pool, each] = [open(2), open(Math.max(...CALLERS))];
  try {
    await migrateHub(pool);
    await pool.query('CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry text NOT NULL)');
    const log = await openAuditLog(pool);
    const results: object[] = [];
    for (const callers of CALLERS) {
      const plain = await measure(callers, seconds * 1_000, signal, () =>
        each.query('INSERT INTO plain (entry) VALUES ($1)', [TEXT]),
      );
      const audit = await measure(callers, seconds * 1_000, signal, () => log.append([EVENT]));
      results.push({
        ...{ callers, appendsPerSecond: audit.perSecond, p50Ms: audit.p50, p99Ms: audit.p99 },
        ...{ insertsPerSecond: plain.perSecond, insertP50Ms: plain.p50, insertP99Ms: plain.p99 },
        timesInserts: ratio(audit.perSecond, plain.perSecond),
      });
    }
    const startedAt = performance.now();
    const { size } = await verifyLog(storedLog(pool), { verifier: log.verifier, signal });
    results.push({ verified: size, verifiedPerSecond: perSecond(size, performance.now() - startedAt) });
    return results;
  } finally {
    await Promise.all([pool.end(), each.end()]);
  }
}
