import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createFollower, type FollowedSystem } from '../../../runner/pull/follow.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { timeToGoWrong, until } from '../../support/until.ts';

interface Scene {
  systems: FollowedSystem[];
  readonly begun: string[];
  readonly ended: string[];
}

/** Runs are numbered; each is followed until its signal aborts, unless `fail` says otherwise. */
function follow(
  scene: Scene,
  options: { fail?: (run: number) => HubError | null; held?: () => boolean; mostMs?: number } = {},
) {
  const stop = new AbortController();
  let runs = 0;
  const service = createFollower({
    systems: async () => scene.systems,
    async begin(system) {
      if (options.held?.() === true) return null;
      runs += 1;
      scene.begun.push(`${system} ${runs}`);
      return runs;
    },
    async follow(runId, signal) {
      const failure = options.fail?.(runId) ?? null;
      if (failure !== null) throw failure;
      await sleep(60_000, undefined, { signal }).catch(() => {});
      scene.ended.push(String(runId));
    },
    log: silentLogger,
    refreshMs: 10,
    backoff: { firstMs: 20, mostMs: options.mostMs ?? 60 },
  });
  return { stop, done: service.run(stop.signal) };
}
const at = (system: string, ms: number): FollowedSystem => ({ system, appliedAt: new Date(ms) });

test('what is continuous is followed, what is applied again is begun anew, what is taken away is let go', async () => {
  const scene: Scene = { systems: [at('a', 1), at('b', 1)], begun: [], ended: [] };
  const { stop, done } = follow(scene);
  await until(() => scene.begun.length === 2, 'both are followed');
  expect(scene.begun).toEqual(['a 1', 'b 2']);
  scene.systems = [at('a', 2)];
  await until(
    () => scene.begun.length === 3 && scene.ended.length === 2,
    'the new one is followed, the old ones are let go',
  );
  expect(scene.begun).toEqual(['a 1', 'b 2', 'a 3']);
  expect([...scene.ended].sort()).toEqual(['1', '2']);
  stop.abort();
  await done;
  expect(scene.ended).toContain('3');
});

test('a failure is begun again after a while, one that a person must mend after the longest', async () => {
  const retry: Scene = { systems: [at('a', 1)], begun: [], ended: [] };
  const one = follow(retry, { fail: (run) => (run < 3 ? new HubError('HUB_SOURCE_UNREACHABLE', 'away') : null) });
  const person: Scene = { systems: [at('p', 1)], begun: [], ended: [] };
  const lost = (): HubError => new HubError('HUB_SOURCE_LOG_LOST', 'lost');
  const two = follow(person, { fail: lost, mostMs: 60_000 });
  const soon: Scene = { systems: [at('s', 1)], begun: [], ended: [] };
  const three = follow(soon, { fail: lost });
  await until(() => retry.begun.length === 3 && soon.begun.length > 1, 'both are begun again');
  expect(person.begun).toEqual(['p 1']);
  await timeToGoWrong(60);
  expect(retry.begun.length).toBe(3);
  for (const { stop, done } of [one, two, three]) {
    stop.abort();
    await done;
  }
});

test('a system that another process follows is left to it', async () => {
  const scene: Scene = { systems: [at('a', 1)], begun: [], ended: [] };
  const { stop, done } = follow(scene, { held: () => true });
  await timeToGoWrong(60);
  expect(scene.begun).toEqual([]);
  stop.abort();
  await done;
});
