import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { yargsOptions } from 'jest-cli';
import { projectPath, projectRoot } from '../schemas/kernel/paths.ts';
import { chosenFiles, jestArguments, readRequest, servicesOf, type TestRequest } from './jest-arguments.ts';

/*
 * npm test [-- --fast] [jest patterns and options]
 *
 * Runs jest over the compiled tests and ends with one plain line: "N passed, N failed, N skipped".
 * --fast leaves out the tests that need a service, by the suffix of their file name.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const request = readRequest(argv.slice(2), yargsOptions);
  const chosen = chosenFiles(request, testFiles());
  const empty = [...chosen].filter(([, files]) => files.length === 0).map(([pattern]) => pattern);
  if (empty.length > 0) {
    const lane = request.fast ? ' of the fast lane' : '';
    tell(`NO TEST FILE${lane} has a path that matches ${empty.map((pattern) => `"${pattern}"`).join(', ')}`);
    close({ passed: 0, failed: empty.length, skipped: 0 }, 1);
    return;
  }
  await runJest(request, request.patterns.length === 0 ? null : servicesOf([...chosen.values()].flat()));
}

/** What jest writes with --json: the part that is counted. */
interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** @param services null: all. A TEST_SERVICES in the environment wins. */
async function runJest(request: TestRequest, services: readonly string[] | null): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'sanjiang-run-'));
  const resultFile = join(scratch, 'jest.json');
  const servicesFile = join(scratch, 'services.json');
  const own = ['--config', projectPath('jest.config.mjs'), '--json', '--outputFile', resultFile];
  const { NODE_OPTIONS: nodeOptions = '' } = process.env;
  // With --json jest prints the JSON also to stdout; its report for people goes to stderr.
  const child = spawn(
    process.execPath,
    [projectPath('node_modules', 'jest', 'bin', 'jest.js'), ...jestArguments(request, own)],
    {
      cwd: projectRoot,
      env: {
        ...(services === null ? {} : { TEST_SERVICES: services.join(',') }),
        ...process.env,
        NODE_OPTIONS: `${nodeOptions} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
        TEST_SERVICES_REPORT: servicesFile,
        ...(request.fast ? { TEST_SERVICES: '' } : {}),
      },
      stdio: ['inherit', 'ignore', 'inherit'],
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));

  const skippedLanes = readJson<{ service: string; reason: string; remedy: string }[]>(servicesFile) ?? [];
  for (const { service, reason, remedy } of skippedLanes)
    tell(`SKIPPED LANE ${service}: ${reason}. To run it: ${remedy}`);
  if (request.fast) tell('FAST LANE ONLY: tests that need PostgreSQL, Kafka, MariaDB or Redis were left out');
  const result = readJson<JestResult>(resultFile);
  rmSync(scratch, { recursive: true, force: true });
  // A file that could not even be loaded has no tests to count, yet it is a failure.
  const counts = {
    passed: result?.numPassedTests ?? 0,
    failed: result === null ? 1 : result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0),
  };
  close(counts, status);
}

function close({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }, status: number): void {
  process.exitCode = status !== 0 ? status : failed > 0 ? 1 : 0;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

const testFiles = (): readonly string[] =>
  readdirSync(projectPath('.build', 'tests'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.js'))
    .map((entry) => join(entry.parentPath, entry.name));

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
}

const tell = (text: string): void => void process.stderr.write(`${text}\n`);
