/*
 * npm test [-- --fast] [jest patterns and options]
 *
 * Runs jest over the compiled tests and ends with one plain line: "N passed, N failed, N skipped".
 * --fast leaves out the tests that need a service, by the suffix of their file name.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const fast = args.includes('--fast');
const scratch = mkdtempSync(join(tmpdir(), 'sanjiang-run-'));
const resultFile = join(scratch, 'jest.json');
const servicesFile = join(scratch, 'services.json');

const environment = {
  ...process.env,
  NODE_OPTIONS:
    `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
  TEST_SERVICES_REPORT: servicesFile,
  ...(fast ? { TEST_SERVICES: '' } : {}),
};
const options = [
  ...['--config', join(ROOT, 'jest.config.mjs'), '--json', '--outputFile', resultFile],
  ...(fast ? ['--testPathIgnorePatterns', '\\.[a-z]+\\.test\\.js$'] : []),
  ...args.filter((arg) => arg !== '--fast'),
];
const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
// With --json jest prints the JSON also to stdout; its report for people goes to stderr.
const child = spawn(process.execPath, [jest, ...options], {
  cwd: ROOT,
  env: environment,
  stdio: ['inherit', 'ignore', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const status = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};
const skippedLanes = read(servicesFile) ?? [];
for (const { service, reason, remedy } of skippedLanes) {
  process.stderr.write(`SKIPPED LANE ${service}: ${reason}. To run it: ${remedy}\n`);
}
if (fast) process.stderr.write('FAST LANE ONLY: tests that need PostgreSQL, Kafka, MariaDB or Redis were left out\n');
const result = read(resultFile);
rmSync(scratch, { recursive: true, force: true });

// A file that could not even be loaded has no tests to count, yet it is a failure.
const passed = result?.numPassedTests ?? 0;
const failed = result === null ? 1 : result.numFailedTests + result.numRuntimeErrorTestSuites;
const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
process.exitCode = status !== 0 ? status : failed > 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
