/*
 * node runner/bootstrap.mjs demo|bench|hub|test|build [arguments]
 *
 * The way in from a fresh clone: plain Node, no dependency. Installs the packages when they are missing or no longer
 * match the lock file, compiles when a source has changed, then runs the program in this very process: a child would
 * need its signals forwarded, and would outlive a killed parent. All output of its own goes to stderr; stdout belongs
 * to the program.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILD = join(ROOT, '.build');
const SOURCES = ['connectors', 'pipelines', 'catalog', 'schemas', 'runner', 'tests'];

const PROGRAMS = {
  demo: { file: '.build/runner/cli/program.js', args: ['demo'] },
  bench: { file: '.build/tests/bench/command.js', args: [] },
  hub: { file: '.build/runner/cli/program.js', args: [] },
  test: { file: '.build/tests/run-tests.js', args: [] },
  build: null,
};

const say = (text) => process.stderr.write(`${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [leastMajor, leastMinor] = /\d+\.\d+/.exec(engines.node)[0].split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  fail(
    `Sanjiang needs Node ${leastMajor}.${leastMinor} or newer, and this is ${process.versions.node} (${process.execPath}).`,
  );
}

/** Two starts at once must not install or compile over each other. A lock whose holder has died is taken over. */
function locked(work) {
  const lock = join(ROOT, '.build.lock');
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (holderIsGone(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function holderIsGone(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

// --- packages ---------------------------------------------------------------------------------------------------

const lockFile = join(ROOT, 'package-lock.json');
const installStamp = join(ROOT, 'node_modules', '.sanjiang-stamp');
const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const wantedPackages = () => hashOf(readFileSync(lockFile));

function packagesAreCurrent() {
  if (existsSync(installStamp)) return readFileSync(installStamp, 'utf8') === wantedPackages();
  // Installed by hand: npm writes this file last.
  const byHand = join(ROOT, 'node_modules', '.package-lock.json');
  return existsSync(byHand) && statSync(byHand).mtimeMs >= statSync(lockFile).mtimeMs;
}

function install() {
  if (packagesAreCurrent()) return;
  say('Installing the packages (once; this takes a minute or two) ...');
  const startedAt = Date.now();
  if (!npm('ci')) {
    say('npm ci did not succeed: trying npm install ...');
    const lock = readFileSync(lockFile);
    const installed = npm('install');
    writeFileSync(lockFile, lock); // npm rewrites it to suit this machine; the clone stays as it was
    if (!installed) fail('The packages could not be installed; the lines above say why.');
  }
  writeFileSync(installStamp, wantedPackages());
  say(`Packages installed in ${seconds(startedAt)}.`);
}

function npm(command) {
  const args = [command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error', '--no-update-notifier'];
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2] };
  const own = process.env.npm_execpath;
  const result =
    own !== undefined && /npm-cli\.[cm]?js$/.test(own)
      ? spawnSync(process.execPath, [own, ...args], options)
      : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.error !== undefined) say(`npm: ${result.error.message}`);
  return result.status === 0;
}

// --- compiling --------------------------------------------------------------------------------------------------

const buildStamp = join(BUILD, '.stamp');

function* filesUnder(folder, suffix) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && entry.name.endsWith(suffix)) yield join(entry.parentPath ?? entry.path, entry.name);
  }
}

const sourceFiles = () => SOURCES.flatMap((folder) => [...filesUnder(join(ROOT, folder), '.ts')]).sort();

/** Names, sizes and times of all sources: also a deleted file or one put back from an older copy changes it. */
function fingerprint(files) {
  const marks = [...files, join(ROOT, 'tsconfig.json'), lockFile].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${relative(ROOT, file)} ${size} ${mtimeMs}`;
  });
  return hashOf(marks.join('\n'));
}

function build() {
  const files = sourceFiles();
  const wanted = fingerprint(files);
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === wanted) return;
  const startedAt = Date.now();
  say('Compiling ...');
  rmSync(buildStamp, { force: true });
  removeStale(new Set(files));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const result = spawnSync(process.execPath, [compiler, '-p', ROOT], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) fail('The type check failed; the lines above say where.');
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(buildStamp, wanted);
  say(`Compiled in ${seconds(startedAt)}.`);
}

/** A test or module whose source is gone must not run on. */
function removeStale(sources) {
  for (const file of filesUnder(BUILD, '.js')) {
    const source = join(ROOT, relative(BUILD, file)).replace(/\.js$/, '.ts');
    if (!sources.has(source)) unlinkSync(file);
  }
}

const seconds = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

// --- running ----------------------------------------------------------------------------------------------------

/**
 * One press of Ctrl-C arrives twice: from the terminal, and again from npm, which forwards it (`timeout` does the same
 * with SIGTERM). The program takes a second signal for "end at once", so the echo is swallowed here.
 */
function swallowSignalEchoes() {
  const emit = process.emit;
  const last = new Map();
  process.emit = function emitOnce(name, ...args) {
    if (name === 'SIGINT' || name === 'SIGTERM') {
      const previous = last.get(name) ?? Number.NEGATIVE_INFINITY;
      last.set(name, performance.now());
      if (performance.now() - previous < 700) return true;
    }
    return emit.call(this, name, ...args);
  };
}

checkNode();
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(PROGRAMS, name)) {
  fail(`Usage: node runner/bootstrap.mjs ${Object.keys(PROGRAMS).join('|')} [arguments]`);
}
locked(() => {
  install();
  build();
});
const program = PROGRAMS[name];
if (program !== null) {
  const file = join(ROOT, program.file);
  swallowSignalEchoes();
  process.argv = [process.execPath, file, ...program.args, ...rest];
  const { main } = await import(pathToFileURL(file).href);
  await main(process.argv);
}
