import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { propertySeed } from '../contracts/source.contract.ts';
import { until } from '../support/until.ts';
import { generator } from './generator.ts';
import { type HubProcess, startHub } from './hub-process.ts';
import { openThreeSources } from './three-sources.ts';

/** So that every part is at its work when the next blow comes. */
const BETWEEN_MS = 400;
const CAUGHT_UP_MS = 180_000;

export interface Blows {
  readonly restarts: number;
  readonly sessions: number;
}

/** @param more settings of the hub, such as the brokers */
export function restartTest(name: string, more: Readonly<Record<string, string>>, most: Blows): void {
  test(
    `${name}: the server restarted ${most.restarts} times and ${most.sessions} sessions ended under load: no process ends, nothing is lost or stored twice`,
    async () => {
      const random = generator(propertySeed('restarts'));
      await using sources = await openThreeSources();
      const env = { ...sources.env, ...more };
      await using up = await startHub('up', env, sources.folder);
      await using serve = await startHub('serve', env, sources.folder);
      await using work = await startHub('work', env, sources.folder);
      const processes: readonly HubProcess[] = [up, serve, work];
      const addresses = (): readonly string[] => processes.flatMap((one) => one.address() ?? []);
      const dead = (): readonly string[] => processes.flatMap((one) => one.ended() ?? []);

      const enough = new AbortController();
      const writing = sources.write(addresses, enough.signal);
      writing.catch(() => enough.abort());
      let restarts = 0;
      let ended = 0;
      while (restarts < most.restarts || ended < most.sessions) {
        if (enough.signal.aborted || dead().length > 0) break;
        await delay(BETWEEN_MS + random(BETWEEN_MS));
        const restart = restarts < most.restarts && random(most.restarts + most.sessions) < most.restarts;
        if (restart || ended === most.sessions) await sources.restart(restarts++ % 2 === 0 ? 'in order' : 'crash');
        else {
          await sources.endSession(random);
          ended += 1;
        }
      }
      enough.abort();
      expect(dead()).toEqual([]);
      const written = await writing;
      expect(written).toBeGreaterThan(100);
      const settled = async () => dead().length > 0 || (await sources.differences()).length === 0;
      await until(settled, 'the bases have what the sources gave', CAUGHT_UP_MS).catch(() => {});
      expect(dead()).toEqual([]);
      expect((await sources.differences()).slice(0, 20)).toEqual([]);
      expect(await sources.unbalanced()).toEqual([]);
    },
    CAUGHT_UP_MS + 120_000 + (most.restarts + most.sessions) * 10_000,
  );
}
