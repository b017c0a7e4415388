import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { BASES } from '../../pipelines/bases.ts';
import { onConnection, PATIENCE } from '../../schemas/store/pool.ts';
import { signedIn } from '../support/signed-in.ts';
import { until } from '../support/until.ts';
import { startHub } from './hub-process.ts';
import { openThreeSources } from './three-sources.ts';

/** Of the setting HUB_DATABASE_CONNECTIONS. */
const LEAST = '4';

test('with the least connections that are allowed all data arrives and is published, whatever the catalog waits for', async () => {
  await using sources = await openThreeSources();
  await using hub = await startHub(
    'up',
    { ...sources.env, HUB_DATABASE_CONNECTIONS: LEAST, HUB_PUBLISH: 'always' },
    sources.folder,
  );
  const address = (): readonly string[] => [hub.address() ?? ''];

  const enough = new AbortController();
  const writing = sources.write(address, enough.signal);
  writing.catch(() => enough.abort());
  const most: number[] = [];
  // Pages about quality wait for this lock, each on a connection of the catalog until there is none left.
  await onConnection(
    { url: sources.env['DATABASE_URL'] as string, name: 'test', patience: PATIENCE.work },
    async (client) => {
      await client.query('BEGIN; LOCK TABLE hub.scorecard IN ACCESS EXCLUSIVE MODE');
      const stop = new AbortController();
      const headers = await withSteward(sources.env['DATABASE_URL'] as string);
      const pages = Array.from({ length: 8 }, () =>
        fetch(`${hub.address()}/quality`, { signal: stop.signal, headers }).catch(() => {}),
      );
      for (let look = 0; look < 20; look++) {
        // All bases have something to publish at once.
        await sources.ask('hub', CHANGES);
        await delay(300);
        most.push(await sources.workingConnections());
      }
      const before =
        (await sources.ask<{ n: number }>('department', 'SELECT count(*)::int AS n FROM pushed'))[0]?.n ?? 0;
      await until(
        async () => ((await sources.ask<{ n: number }>('hub', PUSHED))[0]?.n ?? 0) >= before,
        'what was pushed is in the base while pages wait',
      );
      await client.query('COMMIT');
      stop.abort();
      await Promise.all(pages);
    },
  );
  enough.abort();
  await writing;
  await until(async () => (await sources.differences()).length === 0, 'the bases have what the sources gave', 120_000);
  await until(async () => (await sources.ask<{ n: number }>('hub', OUTBOX))[0]?.n === 0, 'all changes are published');
  expect(hub.ended()).toBeNull();
  expect(Math.max(...most)).toBeLessThanOrEqual(Number(LEAST));
}, 240_000);

async function withSteward(url: string): Promise<Readonly<Record<string, string>>> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    return await signedIn(pool);
  } finally {
    await pool.end();
  }
}

const SCHEMAS = BASES.map(({ schema }) => schema);
const CHANGES = SCHEMAS.map(
  (schema) =>
    `INSERT INTO ${schema}.outbox (entity_id, kind, attributes) SELECT n, 'delete', NULL FROM generate_series(1, 300) AS n`,
).join('; ');
const OUTBOX = `SELECT (${SCHEMAS.map((schema) => `(SELECT count(*) FROM ${schema}.outbox)`).join(' + ')})::int AS n`;
const PUSHED = `SELECT count(*)::int AS n FROM population.source_record JOIN population.source s USING (source_id) WHERE s.system LIKE 'pushed-%'`;
