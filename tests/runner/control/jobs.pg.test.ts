import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openJobQueue } from '../../../runner/control/jobs.ts';
import { jobQueueContract } from '../../contracts/job-queue.contract.ts';
import { testDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

jobQueueContract((options) => openJobQueue({ kind: 'postgres', url: database.url }, options));

test('an address where nothing listens is HUB_STORE_UNAVAILABLE, soon', async () => {
  await expect(openJobQueue({ kind: 'postgres', url: 'postgres://postgres@127.0.0.1:1/x' })).rejects.toMatchObject({
    code: 'HUB_STORE_UNAVAILABLE',
  });
});
