import { describe, expect, test } from '@jest/globals';
import { type Check, judge, unfitness } from '../../../runner/doctor/finding.ts';
import { KAFKA_CHECKS, type KafkaFacts } from '../../../runner/doctor/kafka.ts';
import {
  DISK_CHECKS,
  type DiskReadings,
  MACHINE_CHECKS,
  type MachineReadings,
  readDisk,
  readMachine,
} from '../../../runner/doctor/machine.ts';
import { CAPTURE_CHECKS, POSTGRES_CHECKS, type PostgresReadings } from '../../../runner/doctor/postgres.ts';
import { REDIS_CHECKS, type RedisReadings, readRedisInfo } from '../../../runner/doctor/redis.ts';
import type { Keep } from '../../../runner/log/event-log.ts';
import type { KafkaTopicReadings } from '../../../runner/log/kafka-settings.ts';
import { expectGenerated } from '../../support/generated.ts';

const MB = 1_048_576;
const GB = 1_024 * MB;

type Bad<R> = readonly [what: string, found: string, change: Partial<R>];

/** Good readings give no finding; each bad one gives its own and no other; and every check has a bad one. */
function suite<R>(
  name: string,
  checks: readonly Check<R>[],
  good: R,
  bad: readonly Bad<R>[],
  fine: Partial<R>[],
): void {
  describe(name, () => {
    test('as wanted gives no finding', () => {
      for (const change of [{}, ...fine]) expect(judge(checks, { ...good, ...change }, name)).toEqual([]);
    });
    test.each([...bad])('%s: %s', (what, found, change) => {
      expect(judge(checks, { ...good, ...change }, name)).toEqual([
        expect.objectContaining({ what, found, where: name, set: expect.stringMatching(/\S/) }),
      ]);
    });
    test('every check has something that it finds', () => {
      expect(new Set(bad.map(([what]) => what))).toEqual(new Set(checks.map(({ what }) => what)));
    });
  });
}

const postgres: PostgresReadings = {
  ...{ version: 180_004, encoding: 'UTF8', ctype: 'C.UTF-8', standby: false, fsync: 'on', fullPageWrites: 'on' },
  ...{ synchronousCommit: 'on', synchronousStandbys: '', autovacuum: 'on', checksums: 'on', connections: 97 },
  ...{ walLevel: 'replica', slots: 0, maxSlots: 10, maxSlotKeep: -1, prepared: null, sharedBuffers: 256 * MB },
  ...{ workMem: 32 * MB, maxWalSize: 4 * GB, timezone: 'UTC', skewMs: 0, dataFolder: null },
  poolSize: 16,
};
suite(
  'PostgreSQL',
  POSTGRES_CHECKS,
  postgres,
  [
    ['version', 'PostgreSQL 14', { version: 140_010 }],
    ['encoding', 'SQL_ASCII', { encoding: 'SQL_ASCII' }],
    ['LC_CTYPE', 'C', { ctype: 'C' }],
    ['LC_CTYPE', 'POSIX', { ctype: 'POSIX' }],
    ['fsync', 'off', { fsync: 'off' }],
    ['full_page_writes', 'off', { fullPageWrites: 'off' }],
    ['synchronous_commit', 'off', { synchronousCommit: 'off' }],
    [
      'synchronous_commit with a standby',
      'remote_write',
      { synchronousCommit: 'remote_write', synchronousStandbys: 'ANY 1 (b, c)' },
    ],
    ['role of the server', 'a standby', { standby: true }],
    ['data_checksums', 'off', { checksums: 'off' }],
    ['autovacuum', 'off', { autovacuum: 'off' }],
    ['max_connections', '50 for this login, two processes may want 56', { connections: 50 }],
    ['max_connections', '97 for this login, two processes may want 104', { poolSize: 40 }],
    ['max_slot_wal_keep_size', 'no limit, with 2 slots', { slots: 2 }],
    ['TimeZone', 'America/New_York', { timezone: 'America/New_York' }],
    ['clock of the server', '90.0 s ahead of this machine', { skewMs: 90_000 }],
    ['clock of the server', '2.5 s behind this machine', { skewMs: -2_500 }],
    ['shared_buffers', '128 MB', { sharedBuffers: 128 * MB }],
    ['work_mem', '4 MB', { workMem: 4 * MB }],
    ['max_wal_size', '1,024 MB', { maxWalSize: GB }],
  ],
  [
    { ctype: 'zh_CN.UTF-8', synchronousCommit: 'local' },
    { timezone: 'Asia/Shanghai', skewMs: 500 },
    { slots: 3, maxSlotKeep: 2 * GB },
  ],
);

suite(
  'a server whose changes are read',
  CAPTURE_CHECKS,
  { walLevel: 'logical', slots: 1, maxSlots: 10, maxSlotKeep: 16 * GB, prepared: null as string | null },
  [
    ['wal_level', 'replica', { walLevel: 'replica' }],
    ['max_replication_slots', 'all 10 in use', { slots: 10 }],
    ['max_slot_wal_keep_size', 'no limit', { maxSlotKeep: -1 }],
    ['prepared transactions', "'x' of y in z for 9 s", { prepared: "'x' of y in z for 9 s" }],
  ],
  [],
);

const topic = (name: string, settings: Record<string, string> = {}, replicas = 3): KafkaTopicReadings => ({
  ...{ name, replicas },
  settings: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'min.insync.replicas': '2', ...settings },
});
const brokers = { 'message.max.bytes': '1048588', 'unclean.leader.election.enable': 'false' };
const keeps = new Map<string, Keep>([
  ['raw.short', { ms: 30 * 86_400_000 }],
  ['base.population.person', 'latest'],
]);
const kafka: KafkaFacts = {
  keeps,
  ...{ brokers: 3, settings: { ...brokers, 'auto.create.topics.enable': 'false' } },
  topics: [topic('raw.a.x'), topic('base.population.person', { 'cleanup.policy': 'compact', 'retention.ms': '1000' })],
};
suite(
  'Kafka',
  KAFKA_CHECKS,
  kafka,
  [
    ['version', '3.9-IV0', { settings: { ...brokers, 'inter.broker.protocol.version': '3.9-IV0' } }],
    ['brokers', '1', { brokers: 1, topics: [topic('raw.a.x', {}, 1)] }],
    ['replication factor', 'raw.a.x (2)', { topics: [topic('raw.a.x', {}, 2)] }],
    ['min.insync.replicas', 'raw.a.x (1)', { topics: [topic('raw.a.x', { 'min.insync.replicas': '1' })] }],
    ['unclean.leader.election.enable', 'true', { settings: { ...brokers, 'unclean.leader.election.enable': 'true' } }],
    [
      'unclean.leader.election.enable',
      'raw.a.x (true)',
      { topics: [topic('raw.a.x', { 'unclean.leader.election.enable': 'true' })] },
    ],
    ['auto.create.topics.enable', 'true', { settings: { ...brokers, 'auto.create.topics.enable': 'true' } }],
    [
      'retention of raw.*',
      'raw.0 (7 days), raw.1 (7 days), raw.2 (7 days) and 1 more',
      { topics: [0, 1, 2, 3].map((n) => topic(`raw.${n}`, { 'retention.ms': '604800000' })) },
    ],
    ['retention of raw.*', 'raw.a (1,000 bytes)', { topics: [topic('raw.a', { 'retention.bytes': '1000' })] }],
    [
      'retention of raw.*',
      'raw.short (7 days of 30 days agreed)',
      { topics: [topic('raw.short', { 'retention.ms': '604800000' })] },
    ],
    ['retention beyond the system file', 'raw.short (for ever, 30 days agreed)', { topics: [topic('raw.short')] }],
    [
      'retention beyond the system file',
      'raw.short (60 days, 30 days agreed)',
      { topics: [topic('raw.short', { 'retention.ms': String(60 * 86_400_000) })] },
    ],
    [
      'retention beyond the system file',
      'raw.short (the latest of each key for ever, 30 days agreed)',
      { topics: [topic('raw.short', { 'cleanup.policy': 'compact' })] },
    ],
    [
      'cleanup.policy of base.*',
      'base.population.person (cleanup.policy=delete)',
      { topics: [topic('base.population.person')] },
    ],
    [
      'cleanup.policy of base.*',
      'base.population.person (deletions for 1 days)',
      {
        topics: [topic('base.population.person', { 'cleanup.policy': 'compact', 'delete.retention.ms': '86400000' })],
      },
    ],
    ['message.max.bytes', '100000', { settings: { 'message.max.bytes': '100000' } }],
    ['message.max.bytes', 'raw.a (1000)', { topics: [topic('raw.a', { 'max.message.bytes': '1000' })] }],
  ],
  [
    { topics: [] },
    { topics: [topic('raw.a.x', { 'cleanup.policy': 'compact', 'retention.ms': '1000' })] },
    { topics: [topic('raw.short', { 'retention.ms': String(30 * 86_400_000) })] },
  ],
);

const INFO = `# Server\r\nredis_version:7.0.15\r\n# Memory\r\nused_memory:1000\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n# Persistence\r\naof_enabled:1\r\n`;
const redis: RedisReadings = readRedisInfo(INFO);
suite(
  'Redis',
  REDIS_CHECKS,
  redis,
  [
    ['maxmemory-policy', 'allkeys-lru', { evictionPolicy: 'allkeys-lru' }],
    ['version', '6.0.16', { version: '6.0.16' }],
    ['memory', '900 MB of 1,024 MB', { used: 900 * MB, most: GB }],
    ['appendonly', 'no', { appendOnly: false }],
  ],
  [{ version: '6.2.0' }, { version: '8.0.1', used: 100 * MB, most: GB }],
);

const disk: DiskReadings = { folder: '/x', free: 50 * GB, size: 100 * GB, inMemory: false };
suite(
  'a disk',
  DISK_CHECKS,
  disk,
  [
    ['free space', '500 MB of 5,120 MB at /x', { free: 500 * MB, size: 5 * GB }],
    ['free space', '4,096 MB of 102,400 MB at /x', { free: 4 * GB }],
    ['disk', '/x in memory', { inMemory: true }],
  ],
  [],
);

const machine: MachineReadings = {
  ...{ node: '24.21.0', now: new Date('2026-11-27'), openFiles: 65_536, clockJumpMs: 20 },
};
suite(
  'the machine',
  MACHINE_CHECKS,
  machine,
  [
    ['Node', '20.19.0, cared for until 2026-04-30', { node: '20.19.0' }],
    ['Node', '25.1.0, no long-term release', { node: '25.1.0' }],
    ['open files', '1024', { openFiles: 1_024 }],
    ['clock', 'set back by 3600.0 s since the start', { clockJumpMs: -3_600_000 }],
    ['clock', 'set forward by 5.0 s since the start', { clockJumpMs: 5_000 }],
  ],
  [{ node: '22.12.0' }, { node: '28.0.0' }, { openFiles: null }, { openFiles: Number.POSITIVE_INFINITY }],
);

test('what stops the hub is said in one sentence each', () => {
  expect(unfitness(POSTGRES_CHECKS, postgres)).toEqual([]);
  const unfit = { ...postgres, fsync: 'off', encoding: 'EUC_CN' };
  expect(unfitness(POSTGRES_CHECKS, unfit)).toEqual([
    'encoding is EUC_CN, needed is UTF8. Names in Chinese and in the scripts of the minorities could not be stored.',
    'fsync is off, needed is on. Nothing is lost: a crash of the machine would lose records that were acknowledged.',
  ]);
});

test('this machine and its disks can be read, also for a folder that is not made yet', async () => {
  expect(readMachine()).toMatchObject({ node: process.versions.node, clockJumpMs: expect.any(Number) });
  const there = await readDisk('/');
  expect(there).toMatchObject({ size: expect.any(Number), free: expect.any(Number) });
  expect(await readDisk('/no/such/folder')).toEqual({ ...there, free: expect.any(Number) });
});

test('the page for whoever sets the services up has every check', () => {
  const pages: Readonly<Record<string, readonly Check<never>[]>> = {
    postgresql: POSTGRES_CHECKS,
    capture: CAPTURE_CHECKS,
    kafka: KAFKA_CHECKS,
    redis: REDIS_CHECKS,
    machine: [...DISK_CHECKS, ...MACHINE_CHECKS],
  };
  for (const [name, checks] of Object.entries(pages)) {
    const rows = checks.map(({ what, wanted, why, set, severity, stops }) => {
      const weight = stops === true ? 'stops the hub' : severity;
      return `| \`${what}\` | ${wanted} | ${weight} | ${why} | \`${set}\` |`;
    });
    const head = ['| | wanted | otherwise it | because | how |', '|---|---|---|---|---|'];
    expectGenerated('runner/stack/OPERATIONS.md', name, [...head, ...rows]);
  }
});
