import { expect, test } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../../support/postgres.ts';

test('a Chinese pair has a trigram similarity, which it has not under LC_CTYPE C', async () => {
  await using database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('CREATE EXTENSION pg_trgm');
    const found = await client.query<{ close: boolean }>(
      `SELECT similarity('西宁市城中区', '西宁市城东区') > 0 AS close`,
    );
    expect(found.rows[0]?.close).toBe(true);
  } finally {
    await client.end();
  }
});
