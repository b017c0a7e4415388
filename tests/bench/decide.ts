import { decide } from '../../catalog/access/decide.ts';
import type { AllowGrant, Caller, Grant, Resource } from '../../catalog/access/grants.ts';
import { ratio } from './ground.ts';

const NOW = new Date(Date.UTC(2026, 6, 1));
const DAY_MS = 86_400_000;
const KEYS = 1_000;
const BATCH = 1_000;
const NAMES = Array.from({ length: 10 }, (_, i) => `item${i}`);

const RESOURCE: Resource = {
  ...{ id: 'insured', version: 1, open: false },
  items: Object.fromEntries(
    NAMES.map((name) => [name, { attribute: name, type: 'text', sensitivity: 2, zh: name, en: name } as const]),
  ),
};
const CALLER: Caller = { organisation: 'B', above: ['A'], roles: ['department-user'], by: { person: 1 } };
const USE = { purpose: 'pension', operation: 'lookup' } as const;

/** Of ten, seven count for the caller: one in the first place, one that forbids an item, two on some rows. */
const grants = (count: number): readonly Grant[] =>
  Array.from({ length: count }, (_, i) => {
    const grant: AllowGrant = {
      ...{ effect: 'allow', id: `grant-${i}`, version: 1, state: i % 10 === 7 ? 'revoked' : 'active' },
      ...{ grantee: { organisation: i % 10 === 8 ? 'C' : 'A', subtree: true, roles: null }, resource: 'insured' },
      ...{ resourceVersion: 1, purposes: ['pension', 'licence'], operations: ['lookup', 'query'] },
      items: Object.fromEntries(NAMES.map((name, at) => [name, (at + i) % 3 === 0 ? 'clear' : 'mask'])),
      rows: i % 10 === 1 || i % 10 === 2 ? [{ kind: 'region-within', item: 'item9', region: '630100' }] : [],
      validFrom: new Date(NOW.getTime() - DAY_MS),
      validUntil: new Date(NOW.getTime() + (i % 10 === 9 ? 0 : DAY_MS)),
      ...{ quotaADay: 1_000, mostRows: 100 },
    };
    return i % 10 === 3 ? { ...grant, effect: 'forbid', items: ['item3'] } : grant;
  });

/** The least of several rounds, in turn with each other: what another program takes meanwhile counts for neither. */
function nanoseconds(seconds: number, signal: AbortSignal, works: readonly (() => void)[]): readonly number[] {
  const least = works.map(() => Number.POSITIVE_INFINITY);
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
    signal.throwIfAborted();
    works.forEach((work, at) => {
      const from = performance.now();
      for (let i = 0; i < BATCH; i++) work();
      least[at] = Math.min(least[at] as number, ((performance.now() - from) * 1e6) / BATCH);
    });
  }
  return least;
}

/** One decision about ten items with 1, 10 and 100 grants, against a look-up of the caller in a bare Map. */
export function benchDecide(seconds: number, signal: AbortSignal): readonly object[] {
  const map = new Map(Array.from({ length: KEYS }, (_, i) => [`grant-${i}`, i]));
  const keys = [...map.keys()];
  let at = 0;
  let found = 0;
  const results = [1, 10, 100].map((count) => {
    const given = grants(count);
    const [decision = 0, lookup = 0] = nanoseconds(seconds, signal, [
      () => {
        if (decide(CALLER, RESOURCE, NAMES, USE, NOW, given).outcome === 'allow') found += 1;
      },
      () => {
        at = (at + 7) % KEYS;
        found += map.get(keys[at] as string) ?? 0;
      },
    ]);
    return {
      ...{ grants: count, nsADecision: Math.round(decision), decisionsPerSecond: Math.round(1e9 / decision) },
      ...{ nsAMapLookup: Number(lookup.toFixed(1)), timesMapLookup: ratio(decision, lookup) },
    };
  });
  // Without a use of what was found the loops might be left out.
  return found > 0 ? results : [];
}
