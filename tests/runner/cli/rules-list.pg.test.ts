import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { hub } from '../../journeys/program.ts';
import { testDatabase } from '../../support/postgres.ts';

test('rules --list says when there are more findings than it shows', async () => {
  await using database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'sanjiang-rules-'));
  const env = { DATABASE_URL: database.url, HUB_LOG_LEVEL: 'error' };
  expect(await hub(['migrate'], env, folder)).toMatchObject({ code: 0 });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `INSERT INTO population.finding (rule, subject, message) SELECT 'P29', 'subject ' || n, 'message' FROM generate_series(1, 3) AS n`,
  );
  await client.end();
  const two = await hub(['rules', 'population', '--list', '-n', '2'], env, folder);
  expect(two.stdout.match(/subject \d/g)).toHaveLength(2);
  expect(two.stderr).toContain('There are more than these 2: --limit 20 shows more, --rule ID one rule alone.');
  const all = await hub(['rules', 'population', '--list', '-n', '3'], env, folder);
  expect(all.stdout.match(/subject \d/g)).toHaveLength(3);
  expect(all.stderr).toBe('');
});
