import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../../../runner/stack/processes.ts';
import type { Logger } from '../../../schemas/kernel/context.ts';
import { kafka } from './kafka.ts';
import { mariadb } from './mariadb.ts';
import { postgres } from './postgres.ts';
import { postgresql } from './postgresql.ts';
import { redis } from './redis.ts';
import type { TestService } from './service.ts';

/*
 * node guard.js <pid> <folder> <service,...>
 *
 * A process of its own that starts the services, writes <folder>/announcement.json, and stops and removes everything
 * on SIGTERM or as soon as process <pid>, the test run, has gone: also when that one was killed.
 */
const SERVICES: Readonly<Record<string, TestService>> = { postgres, postgresql, redis, mariadb, kafka };

export interface Announcement {
  /** Environment variables for the tests. */
  readonly variables: Readonly<Record<string, string>>;
  readonly skipped: readonly { readonly service: string; readonly reason: string; readonly remedy: string }[];
  readonly started: readonly string[];
}

const [watched, folder, names] = [Number(process.argv[2]), process.argv[3] ?? '', (process.argv[4] ?? '').split(',')];
let ending = false;
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => (ending = true));

const say = (fields: object, message?: string): void =>
  void process.stderr.write(`${message ?? JSON.stringify(fields)}\n`);
const silent = (): void => {};
const log: Logger = { debug: silent, info: say, warn: say, error: say, child: () => log };

const variables: Record<string, string> = {};
const skipped: { service: string; reason: string; remedy: string }[] = [];
const started: string[] = [];
const running: AsyncDisposable[] = [];

async function open(service: TestService): Promise<void> {
  const { name } = service;
  const given = process.env[service.variable];
  if (given !== undefined && given !== '') {
    variables[service.variable] = given;
    return;
  }
  const missing = service.missing();
  if (missing !== null) {
    skipped.push({ service: name, ...missing });
    return;
  }
  const own = join(folder, name);
  mkdirSync(own, { recursive: true, mode: 0o755 });
  try {
    const opened = await service.start(own, log);
    running.push(opened);
    started.push(name);
    variables[service.variable] = opened.address;
  } catch (error) {
    const reason = `it did not start: ${error instanceof Error ? error.message : String(error)}`;
    skipped.push({ service: name, reason, remedy: 'read the lines above' });
  }
}

mkdirSync(folder, { recursive: true, mode: 0o755 });
const wanted = names.map((name) => SERVICES[name]).filter((service) => service !== undefined);
await Promise.all(wanted.map(open));
const announcement: Announcement = { variables, skipped, started };
const file = join(folder, 'announcement.json');
writeFileSync(`${file}.part`, JSON.stringify(announcement), { mode: 0o600 });
renameSync(`${file}.part`, file);
while (!ending && isAlive(watched)) await delay(200);
await Promise.allSettled(running.map((service) => service[Symbol.asyncDispose]()));
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
