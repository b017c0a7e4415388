import { existsSync } from 'node:fs';
import type pg from 'pg';
import { BASE_NAMES } from '../../schemas/base.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { onConnection } from '../../schemas/store/pool.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { Keep } from '../log/event-log.ts';
import { readKafkaSettings } from '../log/kafka-settings.ts';
import { topicSpecs } from '../log/topics.ts';
import { type HubConfig, settingOfBase } from '../settings/config.ts';
import { discreet, type Environment, fillSecrets } from '../settings/secrets.ts';
import { type Check, type Finding, judge, unanswered } from './finding.ts';
import { KAFKA_CHECKS } from './kafka.ts';
import { DISK_CHECKS, MACHINE_CHECKS, readDisk, readMachine, spoolFolder } from './machine.ts';
import { CAPTURE_CHECKS, POSTGRES_CHECKS, readPostgres } from './postgres.ts';
import { askRedis, REDIS_CHECKS, readRedisInfo } from './redis.ts';

export interface Examined {
  /** What was looked at, in words. */
  readonly asked: readonly string[];
  /** What breaks a promise first. */
  readonly findings: readonly Finding[];
}

export interface ExamineOptions {
  readonly config: HubConfig;
  /** Where `${NAME}` of system files is looked up. */
  readonly env: Environment;
  /** The database of the hub: of the settings, or of the embedded server. */
  readonly url: string;
  readonly log: Logger;
}

const PATIENCE = { waitMs: 5_000, statementMs: 5_000, idleInTransactionMs: 5_000 };

interface Answer {
  readonly where: string;
  readonly findings: readonly Finding[];
}

/** Asks every service that the settings name, and this machine. One that does not answer is a finding, not a failure. */
export async function examine(options: ExamineOptions): Promise<Examined> {
  const { config, url } = options;
  const { brokers, ssl, sasl } = config.kafka;
  const { url: redis } = config.redis;
  const answers = await Promise.all([
    ...[...databasesOf(config, url)].map(([address, names]) =>
      ask(`PostgreSQL (${names.join(', ')})`, (where) => askDatabase(address, config, where)),
    ),
    ...(brokers === undefined
      ? []
      : [
          ask('Kafka', async (where) => {
            const readings = await readKafkaSettings({ brokers, ssl, sasl });
            return judge(KAFKA_CHECKS, { ...readings, keeps: await agreedKeeps(readings.topics, options) }, where);
          }),
        ]),
    ...(redis === undefined
      ? []
      : [ask('Redis', async (where) => ofChecks(REDIS_CHECKS, where)(readRedisInfo(await askRedis(redis))))]),
    ask('this machine', async (where) => judge(MACHINE_CHECKS, readMachine(), where)),
    ask('data folder', (where) => askDisk(config.dataFolder, where)),
    ask('folder for files that are read (TMPDIR)', (where) => askDisk(spoolFolder(), where)),
    ...(await captures(options)),
  ]);
  const findings = answers.flatMap((answer) => answer.findings);
  return {
    asked: answers.map(({ where }) => where),
    findings: [
      ...findings.filter(({ severity }) => severity === 'breaks'),
      ...findings.filter(({ severity }) => severity === 'costs'),
    ],
  };
}

const ofChecks =
  <Readings>(checks: readonly Check<Readings>[], where: string) =>
  (readings: Readings): readonly Finding[] =>
    judge(checks, readings, where);

async function ask(where: string, work: (where: string) => Promise<readonly Finding[]>): Promise<Answer> {
  try {
    return { where, findings: await work(where) };
  } catch (error) {
    return { where, findings: [unanswered(where, discreet(error instanceof Error ? error.message : String(error)))] };
  }
}

/** Address -> what lies there. */
function databasesOf(config: HubConfig, url: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>([[url, ['hub']]]);
  for (const base of BASE_NAMES) {
    const address = config.database[settingOfBase(base)] ?? url;
    names.set(address, [...(names.get(address) ?? []), base]);
  }
  return names;
}

const withDatabase = <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> =>
  onConnection({ url, name: 'sanjiang doctor', patience: PATIENCE }, work);

const askDatabase = (url: string, config: HubConfig, where: string): Promise<readonly Finding[]> =>
  withDatabase(url, async (client) => {
    const readings = await readPostgres(client, config.database.maxConnections);
    const { dataFolder } = readings;
    // A folder of that name on this machine is the server's own, or there is none.
    const isHere = isLocal(client.host) && dataFolder !== null && existsSync(dataFolder);
    return [
      ...judge(POSTGRES_CHECKS, readings, where),
      ...(isHere ? await askDisk(dataFolder, `disk of ${where}`) : []),
    ];
  });

const isLocal = (host: string): boolean =>
  host === '' || host.startsWith('/') || /^(localhost|127\..*|::1)$/.test(host);

async function askDisk(folder: string, where: string): Promise<readonly Finding[]> {
  const readings = await readDisk(folder);
  return readings === null ? [] : judge(DISK_CHECKS, readings, where);
}

/** How long each topic is to be kept, as far as the hub can be asked: a topic that no system file speaks of by the settings alone. */
async function agreedKeeps(
  topics: readonly { readonly name: string }[],
  { url, config, log }: ExamineOptions,
): Promise<ReadonlyMap<string, Keep>> {
  const systems = await quietly(log, 'the systems', () =>
    withDatabase(url, async (client) => {
      const { rows } = await client.query<{ spec: SystemFile }>('SELECT spec FROM hub.system');
      return rows.map(({ spec }) => spec);
    }),
  );
  const { keepRawDays } = config;
  const byDays: Keep = keepRawDays === undefined ? 'everything' : { ms: keepRawDays * 86_400_000 };
  return new Map([
    ...topics.filter(({ name }) => name.startsWith('raw.')).map(({ name }) => [name, byDays] as const),
    ...topicSpecs(systems, BASE_NAMES, config).map(({ name, keep = 'everything' }) => [name, keep] as const),
  ]);
}

/** Nothing, where it cannot be asked: that is told elsewhere. */
async function quietly<T>(log: Logger, what: string, work: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await work();
  } catch (error) {
    log.debug({ error }, `${what} could not be asked`);
    return [];
  }
}

/** Servers whose changes are read. Whether they can be reached and read is for `hub check` to say. */
async function captures({ url, env, log }: ExamineOptions): Promise<readonly Answer[]> {
  const systems = await quietly(log, 'the systems', () =>
    withDatabase(url, async (client) => {
      const { rows } = await client.query<{ system: string; connection: { url: string } }>(
        `SELECT system, spec -> 'connection' AS connection FROM hub.system
         WHERE enabled AND spec ->> 'connector' = 'postgres-cdc' ORDER BY system`,
      );
      return rows;
    }),
  );
  const answers = systems.map(({ system, connection }) =>
    quietly(log, system, async () => {
      const where = `source ${system}`;
      const { url: address } = fillSecrets(connection, env, where);
      const readings = await withDatabase(address, (client) => readPostgres(client, 0));
      return [{ where, findings: judge(CAPTURE_CHECKS, readings, where) }];
    }),
  );
  return (await Promise.all(answers)).flat();
}
