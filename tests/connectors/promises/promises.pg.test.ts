import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { connectorByType } from '../../../connectors/index.ts';
import { performRun } from '../../../runner/pull/run.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';
import { systemOf } from '../../runner/pull/fake-source.ts';
import { openPullWorld, type PullWorld } from '../../runner/pull/pull-world.ts';
import { testContext } from '../files/folder.ts';
import type { Broken, BrokenSource } from './case.ts';
import { CASES } from './cases.ts';

/* Of each promise that check makes, a source that breaks it: check says so, and the run does not plainly succeed. */

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function openBroken(connector: string, broken: BrokenSource): Promise<Source> {
  if (broken.open !== undefined) return broken.open(testContext());
  const kind = connectorByType(connector);
  const { connection, stream } = broken;
  return await kind.open(kind.config.parse({ connection, streams: { rows: stream } }), {
    ...testContext(),
    system: 'y',
  });
}

/** Everything that a steward reads of it, and whether it is good. */
async function checked(
  connector: string,
  broken: BrokenSource,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    await using source = await openBroken(connector, broken);
    const report = await source.check();
    const lines = [
      ...report.streams.map(({ message }) => message),
      ...report.notes,
      `late commits: ${report.lateCommits}`,
    ];
    return { ok: report.ok, text: lines.join('\n') };
  } catch (error) {
    if (!isHubError(error)) throw error;
    return { ok: false, text: `${error.code}: ${error.message}` };
  }
}

let count = 0;

async function outcomeOf({ connector, promise }: Broken, broken: BrokenSource): Promise<string> {
  const system = `${connector}-${promise}-${count++}`;
  const streams = { rows: { title: 'rows', source: broken.stream } };
  const spec = systemOf(system, streams, { connector, connection: broken.connection });
  await world.systems.apply({
    ...spec,
    streams: { rows: { ...spec.streams['rows'], source: broken.stream } },
  } as never);
  if (broken.open !== undefined) {
    try {
      await using source = broken.open(testContext());
      await world.pullApplied(spec, source);
      return 'succeeded';
    } catch (error) {
      return `failed ${(error as { code?: string }).code ?? String(error)}`;
    }
  }
  const { runId } = await world.runs.request(system, 'test');
  const { pool, ...rest } = world;
  const deps = { ...rest, hub: pool, partitions: 2, env: {}, logger: silentLogger };
  const context = { signal: new AbortController().signal, lastAttempt: true };
  await performRun(deps, runId, context).catch(() => {});
  const { rows } = await pool.query<{ state: string; code: string | null }>(
    "SELECT state, error ->> 'code' AS code FROM hub.run WHERE run_id = $1",
    [runId],
  );
  return [rows[0]?.state, rows[0]?.code].filter((one) => one !== null).join(' ');
}

describe.each([...new Set(CASES.map(({ connector }) => connector))])('%s', (type) => {
  const own = CASES.filter(({ connector }) => connector === type);
  test.each(own.map((one) => [one.promise, one.what, one] as const))('%s: %s', async (_, __, one) => {
    const broken = await one.arrange();
    try {
      const check = await checked(one.connector, broken);
      expect(check.text).toMatch(one.says);
      // What no run can see is said, and stays readable.
      expect(check.ok).toBe(one.run === null);
      if (one.run !== null) expect(await outcomeOf(one, broken)).toBe(one.run);
      else expect(check.text).toMatch(/late commits: not-caught|stays here/);
    } finally {
      await broken[Symbol.asyncDispose]?.();
    }
  });
});
