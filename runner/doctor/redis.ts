import { Redis } from 'ioredis';
import { type Check, megabytes, refuseUnfit } from './finding.ts';

export interface RedisReadings {
  readonly version: string;
  readonly evictionPolicy: string;
  readonly appendOnly: boolean;
  /** Bytes. */
  readonly used: number;
  /** Bytes; 0: no limit. */
  readonly most: number;
}

/** @param info the answer to INFO */
export function readRedisInfo(info: string): RedisReadings {
  const of = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown';
  return {
    version: of('redis_version'),
    evictionPolicy: of('maxmemory_policy'),
    appendOnly: of('aof_enabled') === '1',
    used: Number(of('used_memory')),
    most: Number(of('maxmemory')),
  };
}

const isOlder = (version: string, least: readonly [number, number]): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < least[0] || (major === least[0] && minor < least[1]);
};

export const REDIS_CHECKS: readonly Check<RedisReadings>[] = [
  {
    ...{ what: 'maxmemory-policy', severity: 'breaks', stops: true, wanted: 'noeviction' },
    why: 'When memory is short, Redis would throw jobs away.',
    set: 'redis-cli CONFIG SET maxmemory-policy noeviction, and the same line in redis.conf',
    found: ({ evictionPolicy }) => (evictionPolicy === 'noeviction' ? null : evictionPolicy),
  },
  {
    ...{ what: 'version', severity: 'breaks', wanted: 'Redis 6.2 or newer' },
    why: 'The queue (BullMQ) uses commands of it.',
    set: 'install Redis 7, as Debian 12 has it; or no REDIS_URL: the queue then lives in PostgreSQL',
    found: ({ version }) => (isOlder(version, [6, 2]) ? version : null),
  },
  {
    ...{ what: 'memory', severity: 'breaks', wanted: 'a fifth of maxmemory free' },
    why: 'At its limit Redis refuses every write: no run is woken any more.',
    set: 'redis-cli CONFIG SET maxmemory 1gb, and the same line in redis.conf',
    found: ({ used, most }) => (most === 0 || used <= most * 0.8 ? null : `${megabytes(used)} of ${megabytes(most)}`),
  },
  {
    ...{ what: 'appendonly', severity: 'costs', wanted: 'yes' },
    why: 'A crash of Redis takes the jobs along (2,000 of 2,000 without the file, none with it): runs are woken again from PostgreSQL within a minute, rules and scorecards not before the next morning.',
    set: 'redis-cli CONFIG SET appendonly yes, and the same line in redis.conf',
    found: ({ appendOnly }) => (appendOnly ? null : 'no'),
  },
];

/** @param info the answer to INFO. @throws HUB_STORE_UNFIT for a Redis that may evict jobs */
export const requireFitRedis = (info: string): void => refuseUnfit(REDIS_CHECKS, readRedisInfo(info), 'Redis');

/** On a connection of its own that gives up instead of waiting. What ioredis throws passes through. */
export async function askRedis(url: string): Promise<string> {
  const probe = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5_000,
    disconnectTimeout: 100,
  });
  let reason: unknown;
  probe.on('error', (error) => {
    reason = error;
  });
  try {
    await probe.connect();
    return await probe.info();
  } catch (error) {
    throw reason ?? error;
  } finally {
    probe.disconnect();
  }
}
