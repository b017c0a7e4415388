import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, HubError } from '../../schemas/kernel/errors.ts';

/** Unix user a service runs as; null = the user of this process. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface ServiceProcess {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Output goes straight to this file: a pipe would break when the hub dies and the service lives on. */
  readonly logFile: string;
  readonly identity?: Identity | null | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * Starts a service in a session of its own, so that Ctrl-C in the terminal reaches the hub alone and the hub stops
 * its services in order. The child does not keep the event loop alive.
 */
export function startService(service: ServiceProcess): ChildProcess {
  const output = openSync(service.logFile, 'a', 0o600);
  try {
    const child = spawn(service.command, [...service.args], {
      cwd: service.cwd,
      detached: true,
      stdio: ['ignore', output, output],
      ...(service.environment === undefined ? {} : { env: service.environment }),
      ...(service.identity == null ? {} : { uid: service.identity.uid, gid: service.identity.gid }),
    });
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

const hasExited = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** true: ready. `busy`: it says itself that it is on its way, such as repairing its files after a crash. */
export type Readiness = boolean | 'busy';

/**
 * Polls until `probe` answers true; one that is busy may take as long as it needs.
 * @throws HubError HUB_STACK_NOT_READY with the last log lines.
 */
export async function waitUntilReady(
  service: Named,
  child: ChildProcess,
  probe: () => Promise<Readiness>,
  timeoutMs: number,
): Promise<void> {
  let deadline = Date.now() + timeoutMs;
  for (;;) {
    if (hasExited(child)) throw notReady(service, 'ended while starting');
    const readiness = await probe().catch(() => false);
    if (readiness === true) return;
    if (readiness === 'busy') deadline = Date.now() + timeoutMs;
    if (Date.now() > deadline) throw notReady(service, `was not ready after ${timeoutMs / 1000} s`);
    await delay(50);
  }
}

type Named = Pick<ServiceProcess, 'name' | 'logFile'>;

export const stackFailed = (service: Named, what: string): HubError => stackError('HUB_STACK_FAILED', service, what);
export const notReady = (service: Named, what: string): HubError => stackError('HUB_STACK_NOT_READY', service, what);

function stackError(code: ErrorCode, service: Named, what: string): HubError {
  const lines = lastLines(service.logFile, 12);
  return new HubError(code, `${service.name} ${what}. Last lines of ${service.logFile}:\n${lines}`, {
    service: service.name,
    logFile: service.logFile,
  });
}

/** Signals, waits, and after `timeoutMs` kills. Resolves when the process is gone. */
export async function stopProcess(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!send(pid, signal)) return;
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      send(pid, 'SIGKILL');
      return;
    }
    await delay(20);
  }
}

const send = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

/** A zombie that its parent has not yet collected counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !/^State:\s+Z/m.test(readOr(`/proc/${pid}/status`, ''));
}

/** A free TCP port on loopback; free now, which is as much as can be promised. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export const lastLines = (file: string, count: number): string =>
  readOr(file, '(no log)').trimEnd().split('\n').slice(-count).join('\n');

export function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
