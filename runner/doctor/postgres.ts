import type { Pool } from 'pg';
import { type Check, megabytes, refuseUnfit, seconds } from './finding.ts';

const MIN_POSTGRES = 15;
const MB = 1_048_576;
/** The queue of jobs and those who listen have connections of their own, beside the pool. */
const BESIDE_THE_POOL = 12;
const MOST_SKEW_MS = 2_000;
/** Where a day begins when it begins in China, and for the embedded server. */
const ZONES = /^(?:UTC|Etc\/UTC|GMT|PRC|Asia\/(?:Shanghai|Chongqing|Chungking|Harbin|Urumqi|Kashgar))$/;

/** Of one database, as it is for the login that asks. Sizes in bytes, -1: no limit. */
export interface PostgresReadings {
  /** As `server_version_num` says it: 150004. */
  readonly version: number;
  readonly encoding: string;
  readonly ctype: string;
  readonly standby: boolean;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly synchronousStandbys: string;
  readonly autovacuum: string;
  readonly checksums: string;
  /** Of all sessions together, what is kept for administrators taken off. */
  readonly connections: number;
  readonly walLevel: string;
  readonly slots: number;
  readonly maxSlots: number;
  readonly maxSlotKeep: number;
  /** The oldest transaction of the server that is prepared and not ended; null: none has waited for long. */
  readonly prepared: string | null;
  readonly sharedBuffers: number;
  readonly workMem: number;
  readonly maxWalSize: number;
  readonly timezone: string;
  /** Its clock less ours. */
  readonly skewMs: number;
  /** null where the login may not know it. */
  readonly dataFolder: string | null;
  /** What one process of the hub may open, beside `BESIDE_THE_POOL`. */
  readonly poolSize: number;
}

/** null where a server does not know the setting. */
const setting = (name: string): string => `current_setting('${name}', true)`;
const bytes = (name: string): string => `pg_size_bytes(${setting(name)})::float8`;

const READ = `SELECT ${setting('server_version_num')}::integer AS version,
    pg_encoding_to_char(d.encoding) AS encoding, d.datctype AS ctype, pg_is_in_recovery() AS standby,
    ${setting('fsync')} AS fsync, ${setting('full_page_writes')} AS "fullPageWrites",
    ${setting('synchronous_commit')} AS "synchronousCommit",
    ${setting('synchronous_standby_names')} AS "synchronousStandbys",
    ${setting('autovacuum')} AS autovacuum, ${setting('data_checksums')} AS checksums,
    least(${setting('max_connections')}::integer - ${setting('superuser_reserved_connections')}::integer,
      nullif(d.datconnlimit, -1), (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)) AS connections,
    ${setting('wal_level')} AS "walLevel", (SELECT count(*) FROM pg_replication_slots)::integer AS slots,
    ${setting('max_replication_slots')}::integer AS "maxSlots", ${bytes('max_slot_wal_keep_size')} AS "maxSlotKeep",
    (SELECT format('''%s'' of %s in %s for %s s', gid, owner, database, floor(extract(epoch FROM clock_timestamp() - prepared)))
     FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - interval '5 seconds' ORDER BY prepared LIMIT 1) AS prepared,
    ${bytes('shared_buffers')} AS "sharedBuffers",
    ${bytes('work_mem')} AS "workMem", ${bytes('max_wal_size')} AS "maxWalSize",
    ${setting('TimeZone')} AS timezone,
    extract(epoch FROM clock_timestamp())::float8 * 1000 AS "clockMs",
    (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS "dataFolder"
  FROM pg_database d WHERE d.datname = current_database()`;

/** @param poolSize connections that one process opens by its pool. What `pg` throws passes through. */
export async function readPostgres(database: Pick<Pool, 'query'>, poolSize: number): Promise<PostgresReadings> {
  // The first question of a connection also pays for the login.
  await database.query('SELECT 1');
  const before = Date.now();
  const { rows } = await database.query<Omit<PostgresReadings, 'skewMs' | 'poolSize'> & { clockMs: number }>(READ);
  const after = Date.now();
  const { clockMs, ...readings } = rows[0] as (typeof rows)[number];
  // Nothing is said about what lies within the time that the question took.
  const skewMs = clockMs < before ? clockMs - before : clockMs > after ? clockMs - after : 0;
  return { ...readings, skewMs, poolSize };
}

const alter = (name: string, value: string): string => `ALTER SYSTEM SET ${name} = ${value}; SELECT pg_reload_conf();`;
const restart = (name: string, value: string): string => `ALTER SYSTEM SET ${name} = ${value}; then restart the server`;
const unless = (good: boolean, found: string): string | null => (good ? null : found);
const CREATE = `CREATE DATABASE hub TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';`;

const wantedConnections = ({ poolSize }: PostgresReadings): number => 2 * (poolSize + BESIDE_THE_POOL);

export const POSTGRES_CHECKS: readonly Check<PostgresReadings>[] = [
  {
    ...{ what: 'version', severity: 'breaks', stops: true, wanted: `PostgreSQL ${MIN_POSTGRES} or newer` },
    why: 'The statements of the hub need it, and older ones are tried nowhere.',
    set: 'pg_upgrade to a newer server; or no DATABASE_URL: the hub brings PostgreSQL 18 along',
    found: ({ version }) => unless(version >= MIN_POSTGRES * 10_000, `PostgreSQL ${Math.floor(version / 10_000)}`),
  },
  {
    ...{ what: 'encoding', severity: 'breaks', stops: true, wanted: 'UTF8' },
    why: 'Names in Chinese and in the scripts of the minorities could not be stored.',
    set: CREATE,
    found: ({ encoding }) => unless(encoding === 'UTF8', encoding),
  },
  {
    ...{ what: 'LC_CTYPE', severity: 'breaks', stops: true, wanted: 'C.UTF-8 or another UTF-8' },
    why: 'Under C no Chinese character is a letter: searches find nothing, and every two names are alike by 0.',
    set: CREATE,
    found: ({ ctype }) => unless(!/^(?:c|posix)$/i.test(ctype), ctype),
  },
  {
    ...{ what: 'fsync', severity: 'breaks', stops: true, wanted: 'on' },
    why: 'Nothing is lost: a crash of the machine would lose records that were acknowledged.',
    set: alter('fsync', 'on'),
    found: ({ fsync }) => unless(fsync === 'on', fsync),
  },
  {
    ...{ what: 'full_page_writes', severity: 'breaks', stops: true, wanted: 'on' },
    why: 'Nothing is lost: a crash of the machine could leave pages half written.',
    set: alter('full_page_writes', 'on'),
    found: ({ fullPageWrites }) => unless(fullPageWrites === 'on', fullPageWrites),
  },
  {
    ...{ what: 'synchronous_commit', severity: 'breaks', stops: true, wanted: 'on' },
    why: 'Nothing leaves before it is durable: of 123,399 writes acknowledged under five kills of the server 140 were lost with off, none of 37,513 with on.',
    set: alter('synchronous_commit', 'on'),
    found: ({ synchronousCommit }) => unless(synchronousCommit !== 'off', synchronousCommit),
  },
  {
    ...{ what: 'synchronous_commit with a standby', severity: 'breaks', wanted: 'on or remote_apply' },
    why: 'Nothing leaves before it is durable: after a failover the standby would lack what was acknowledged here.',
    set: alter('synchronous_commit', 'on'),
    found: ({ synchronousStandbys, synchronousCommit }) =>
      unless(synchronousStandbys === '' || !['local', 'remote_write'].includes(synchronousCommit), synchronousCommit),
  },
  {
    ...{ what: 'role of the server', severity: 'breaks', wanted: 'the primary' },
    why: 'A standby takes no writes.',
    set: 'DATABASE_URL=postgres://user:password@primary:5432/hub (or have the standby promoted: SELECT pg_promote();)',
    found: ({ standby }) => unless(!standby, 'a standby'),
  },
  {
    ...{ what: 'data_checksums', severity: 'breaks', wanted: 'on' },
    why: 'Nothing wrong is silent: what a failing disk changes is read as if it were right.',
    set: 'stop the server, then pg_checksums --enable --pgdata <data folder>',
    found: ({ checksums }) => unless(checksums === 'on', checksums),
  },
  {
    ...{ what: 'autovacuum', severity: 'breaks', wanted: 'on' },
    why: 'What grows has an end: tables grow with every change, until the server stops to take writes.',
    set: alter('autovacuum', 'on'),
    found: ({ autovacuum }) => unless(autovacuum === 'on', autovacuum),
  },
  {
    what: 'max_connections',
    severity: 'breaks',
    wanted: `for two processes: twice HUB_DATABASE_CONNECTIONS and ${BESIDE_THE_POOL} more each`,
    why: 'Another process takes over: one that is refused a connection can do nothing.',
    set: restart('max_connections', '100'),
    found: (readings) =>
      unless(
        readings.connections >= wantedConnections(readings),
        `${readings.connections} for this login, two processes may want ${wantedConnections(readings)}`,
      ),
  },
  {
    ...{ what: 'max_slot_wal_keep_size', severity: 'breaks', wanted: 'a limit, where there are replication slots' },
    why: 'A slot that nobody reads any more fills the disk, and with a full disk the whole hub stands still.',
    set: alter('max_slot_wal_keep_size', "'16GB'"),
    found: ({ slots, maxSlotKeep }) =>
      unless(slots === 0 || maxSlotKeep >= 0, `no limit, with ${slots} ${slots === 1 ? 'slot' : 'slots'}`),
  },
  {
    ...{ what: 'TimeZone', severity: 'breaks', wanted: 'UTC or Asia/Shanghai' },
    why: 'Every value explains itself as of a day: days of questions would begin at another midnight.',
    set: `ALTER DATABASE hub SET timezone = 'Asia/Shanghai';`,
    found: ({ timezone }) => unless(ZONES.test(timezone), timezone),
  },
  {
    ...{ what: 'clock of the server', severity: 'breaks', wanted: `within ${seconds(MOST_SKEW_MS)} of this machine` },
    why: 'Times given here and there are compared: freshness, the windows of signatures, what is known since when.',
    set: 'timedatectl set-ntp true, on both machines',
    found: ({ skewMs }) =>
      unless(
        Math.abs(skewMs) <= MOST_SKEW_MS,
        `${seconds(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`,
      ),
  },
  {
    ...{ what: 'shared_buffers', severity: 'costs', wanted: '256 MB or more; a quarter of the memory of the machine' },
    why: 'Pages that were in use a moment ago are read from the disk again.',
    set: restart('shared_buffers', "'2GB'"),
    found: ({ sharedBuffers }) => unless(sharedBuffers >= 256 * MB, megabytes(sharedBuffers)),
  },
  {
    ...{ what: 'work_mem', severity: 'costs', wanted: '16 MB or more; the embedded server has 32 MB' },
    why: 'Sorts and joins of a batch, of linking and of rules over many records go through temporary files.',
    set: `ALTER DATABASE hub SET work_mem = '32MB';`,
    found: ({ workMem }) => unless(workMem >= 16 * MB, megabytes(workMem)),
  },
  {
    ...{ what: 'max_wal_size', severity: 'costs', wanted: '4 GB or more' },
    why: 'A first load forces checkpoint after checkpoint, and after each one whole pages are written again.',
    set: alter('max_wal_size', "'4GB'"),
    found: ({ maxWalSize }) => unless(maxWalSize >= 4_096 * MB, megabytes(maxWalSize)),
  },
];

type SourceReadings = Pick<PostgresReadings, 'walLevel' | 'slots' | 'maxSlots' | 'maxSlotKeep' | 'prepared'>;

/** Of a server whose changes are read (`postgres-cdc`). Its owner sets them. */
export const CAPTURE_CHECKS: readonly Check<SourceReadings>[] = [
  {
    ...{ what: 'wal_level', severity: 'breaks', wanted: 'logical' },
    why: 'No change is read: the log of the source does not hold what the changes were.',
    set: restart('wal_level', 'logical'),
    found: ({ walLevel }) => unless(walLevel === 'logical', walLevel),
  },
  {
    ...{ what: 'max_replication_slots', severity: 'breaks', wanted: 'one that is free' },
    why: 'The next stream, or one that reads everything anew, gets no slot and reads nothing.',
    set: restart('max_replication_slots', '20'),
    found: ({ slots, maxSlots }) => unless(slots < maxSlots, `all ${maxSlots} in use`),
  },
  {
    ...{ what: 'max_slot_wal_keep_size', severity: 'breaks', wanted: 'a limit' },
    why: 'While the hub does not read, the slot keeps the log of the source until its disk is full: the department stands still.',
    set: alter('max_slot_wal_keep_size', "'16GB'"),
    found: ({ maxSlotKeep }) => unless(maxSlotKeep >= 0, 'no limit'),
  },
  {
    ...{ what: 'prepared transactions', severity: 'breaks', wanted: 'none that has waited for more than 5 s' },
    why: 'No stream can begin, for a new slot waits for each of them; and the log of the source grows behind the oldest.',
    set: "in the database that it is in: COMMIT PREPARED '<gid>' or ROLLBACK PREPARED '<gid>', as its owner decides",
    found: ({ prepared }) => prepared,
  },
];

/** @throws HUB_STORE_UNFIT, all problems at once; there is no way to switch this off. What `pg` throws passes through. */
export async function requireFitDatabase(database: Pick<Pool, 'query'>): Promise<void> {
  refuseUnfit(POSTGRES_CHECKS, await readPostgres(database, 0), 'The database');
}
