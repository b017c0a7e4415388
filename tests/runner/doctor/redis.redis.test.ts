import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { judge } from '../../../runner/doctor/finding.ts';
import { askRedis, REDIS_CHECKS, readRedisInfo } from '../../../runner/doctor/redis.ts';
import { describeWith } from '../../support/lanes.ts';

describeWith('redis', (url) => {
  const set = async (name: string, value: string): Promise<void> => {
    const redis = new Redis(url);
    await redis.config('SET', name, value);
    redis.disconnect();
  };
  afterEach(async () => {
    await set('maxmemory-policy', 'noeviction');
    await set('appendonly', 'yes');
  });
  const found = async (): Promise<string[]> =>
    judge(REDIS_CHECKS, readRedisInfo(await askRedis(url)), 'Redis').map(({ what, found: is }) => `${what}: ${is}`);

  test('a Redis as the tests start it is as wanted; one that evicts and keeps nothing is not', async () => {
    expect(await found()).toEqual([]);
    await set('maxmemory-policy', 'allkeys-lru');
    await set('appendonly', 'no');
    expect(await found()).toEqual(['maxmemory-policy: allkeys-lru', 'appendonly: no']);
  });
});
