import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { freePort, stackFailed, startService, stopProcess, waitUntilReady } from '../../../runner/stack/processes.ts';
import { findProgram } from './find-program.ts';
import type { TestService } from './service.ts';

const server = (): string | null => findProgram('mariadbd', 'mysqld');

/** User `hub` may do everything, so that tests can create databases and users of few rights. */
export const mariadb: TestService = {
  name: 'mariadb',
  variable: 'TEST_MARIADB_URL',
  missing: () =>
    server() === null
      ? { reason: 'there is no mariadbd or mysqld', remedy: 'apt-get install mariadb-server (or set TEST_MARIADB_URL)' }
      : null,
  async start(folder) {
    const program = server() ?? 'mariadbd';
    const port = await freePort();
    const password = randomBytes(12).toString('hex');
    const data = join(folder, 'data');
    const service = { name: 'MariaDB', logFile: join(folder, 'mariadb.log') };
    const initFile = join(folder, 'init.sql');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(
      initFile,
      [
        'CREATE DATABASE IF NOT EXISTS hub_test CHARACTER SET utf8mb4;',
        `CREATE USER IF NOT EXISTS 'hub'@'127.0.0.1' IDENTIFIED BY '${password}';`,
        "GRANT ALL PRIVILEGES ON *.* TO 'hub'@'127.0.0.1' WITH GRANT OPTION;\n",
      ].join('\n'),
      { mode: 0o600 },
    );
    const asUser = userInfo().uid === 0 ? giveTo('mysql', [folder, data, initFile]) : [];
    const common = ['--no-defaults', `--datadir=${data}`, ...asUser];
    const created = createFiles(program, common);
    if (created.status !== 0) {
      writeFileSync(service.logFile, `${created.stdout}${created.stderr}`);
      throw stackFailed(service, 'could not create its files');
    }
    const child = startService({
      ...service,
      command: program,
      args: [
        ...[...common, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 's')}`],
        ...[`--init-file=${initFile}`, '--skip-name-resolve', '--character-set-server=utf8mb4'],
        ...[`--pid-file=${join(folder, 'pid')}`, '--innodb-buffer-pool-size=64M', '--skip-log-bin'],
      ],
      cwd: folder,
    });
    const url = `mysql://hub:${password}@127.0.0.1:${port}/hub_test`;
    await waitUntilReady(service, child, () => answers(url), 60_000);
    return { address: url, [Symbol.asyncDispose]: () => stopProcess(child.pid ?? 0, 'SIGTERM', 20_000) };
  },
};

function giveTo(user: string, paths: readonly string[]): readonly string[] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) return ['--user=root'];
  const [, , uid, gid] = line.split(':');
  for (const path of paths) chownSync(path, Number(uid), Number(gid));
  chmodSync(paths[0] ?? '', 0o755);
  return [`--user=${user}`];
}

/** MySQL initialises itself; MariaDB has a program for it. */
function createFiles(
  program: string,
  common: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const isMariadb = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.includes('MariaDB');
  if (!isMariadb) return spawnSync(program, [...common, '--initialize-insecure'], { encoding: 'utf8' });
  const installer = findProgram('mariadb-install-db', 'mysql_install_db') ?? 'mariadb-install-db';
  const options = ['--skip-test-db', '--auth-root-authentication-method=normal'];
  return spawnSync(installer, [...common, ...options], { encoding: 'utf8' });
}

async function answers(url: string): Promise<boolean> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 1_000 });
  try {
    await connection.query('SELECT 1');
    return true;
  } finally {
    await connection.end();
  }
}
