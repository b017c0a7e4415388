import { expect, test } from '@jest/globals';
import { LEASE_MS } from '../../runner/control/runs.ts';
import { until } from '../support/until.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { openThreeSources, type ThreeSources } from './three-sources.ts';

/** What is promised where the machine is not busy with other things. */
const PROMISED_MS = 15_000;
/** On any machine; without leases it was two minutes. */
const AT_MOST_MS = 60_000;

test('a lease lasts so short that another process takes over within fifteen seconds', () => {
  const lookedForEveryMs = 2_000;
  expect(LEASE_MS + lookedForEveryMs).toBeLessThan(PROMISED_MS);
});

const SYSTEMS = ['pushed', 'captured'] as const;
const ARRIVED = `SELECT count(*)::int AS n FROM population.source_record r JOIN population.source s USING (source_id)
  WHERE s.system LIKE $1 || '-%' AND r.source_key = $2`;

/** A new row of both sources that are followed, and how long it takes until it has arrived. */
async function deliver(sources: ThreeSources, hub: HubProcess, name: string): Promise<number> {
  const count = async (system: string): Promise<number> =>
    (await sources.ask<{ n: number }>('hub', ARRIVED, [system, name]))[0]?.n ?? 0;
  const before = new Map<string, number>();
  for (const system of SYSTEMS) before.set(system, await count(system));
  const begun = performance.now();
  expect(await sources.push(hub.address() as string, name, name)).toBe(202);
  await sources.ask('department', `INSERT INTO captured VALUES ($1, '马一', $1)`, [name]);
  for (const system of SYSTEMS)
    await until(
      async () => (await count(system)) > (before.get(system) ?? 0),
      `what ${system} gave (${name}) is in the base`,
      AT_MOST_MS,
    );
  return performance.now() - begun;
}

/** Run and epoch of both sources that are followed: others when another process does it. */
const followed = (sources: ThreeSources): Promise<readonly string[]> =>
  until(async () => {
    const found = await sources.ask<{ held: string }>(
      'hub',
      `SELECT run_id || '.' || epoch AS held FROM hub.run WHERE state = 'running' AND requested_by = 'follow' ORDER BY system`,
    );
    return found.length === 2 && found.map(({ held }) => held);
  }, 'both sources are followed');

test('what a killed or frozen process has followed another one goes on with, and who wakes up is fenced', async () => {
  await using sources = await openThreeSources();
  await using first = await startHub('up', sources.env, sources.folder);
  const byFirst = await followed(sources);
  await using second = await startHub('up', sources.env, sources.folder);
  await deliver(sources, second, 'before');
  expect(await followed(sources)).toEqual(byFirst);

  first.child.kill('SIGKILL');
  const afterKill = await deliver(sources, second, 'killed');
  const bySecond = await followed(sources);
  expect(bySecond.filter((held) => byFirst.includes(held))).toEqual([]);

  await using third = await startHub('up', sources.env, sources.folder);
  second.child.kill('SIGSTOP');
  const whileFrozen = await deliver(sources, third, 'frozen');
  const byThird = await followed(sources);
  expect(byThird.filter((held) => bySecond.includes(held))).toEqual([]);
  second.child.kill('SIGCONT');
  await deliver(sources, second, 'awake');
  expect(await followed(sources)).toEqual(byThird);
  expect([second.ended(), third.ended()]).toEqual([null, null]);
  expect(await sources.unbalanced()).toEqual([]);
  process.stderr.write(
    `taken over after ${Math.round(afterKill)} ms (killed), ${Math.round(whileFrozen)} ms (frozen)\n`,
  );
}, 300_000);
