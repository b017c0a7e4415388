import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { openJobQueue } from '../../../runner/control/jobs.ts';
import { jobQueueContract } from '../../contracts/job-queue.contract.ts';
import { describeWith } from '../../support/lanes.ts';

describeWith('redis', (url) => {
  jobQueueContract((options) => openJobQueue({ kind: 'redis', url }, options));

  const setPolicy = async (policy: string): Promise<void> => {
    const redis = new Redis(url);
    await redis.config('SET', 'maxmemory-policy', policy);
    redis.disconnect();
  };
  afterEach(() => setPolicy('noeviction'));

  test('a Redis that may evict keys is refused by name of its policy', async () => {
    await setPolicy('allkeys-lru');
    await expect(openJobQueue({ kind: 'redis', url })).rejects.toMatchObject({
      code: 'HUB_STORE_UNFIT',
      message: expect.stringContaining('maxmemory-policy is allkeys-lru, needed is noeviction'),
    });
  });

  test('an address where nothing listens is HUB_STORE_UNAVAILABLE, soon', async () => {
    await expect(openJobQueue({ kind: 'redis', url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'HUB_STORE_UNAVAILABLE',
    });
  });
});
