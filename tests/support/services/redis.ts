import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, startService, stopProcess, waitUntilReady } from '../../../runner/stack/processes.ts';
import { findProgram } from './find-program.ts';
import type { TestService } from './service.ts';

/** As BullMQ wants it in production: nothing evicted, every write in the append-only file. */
export const redis: TestService = {
  name: 'redis',
  variable: 'TEST_REDIS_URL',
  missing: () =>
    findProgram('redis-server') === null
      ? { reason: 'there is no redis-server', remedy: 'apt-get install redis-server (or set TEST_REDIS_URL)' }
      : null,
  async start(folder) {
    const port = await freePort();
    const password = randomBytes(12).toString('hex');
    const service = { name: 'Redis', logFile: join(folder, 'redis.log') };
    const options = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      requirepass: password,
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
    };
    const child = startService({
      ...service,
      command: findProgram('redis-server') ?? 'redis-server',
      args: [...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]), '--save', ''],
      cwd: folder,
    });
    await waitUntilReady(service, child, () => answersPing(port, password), 20_000);
    return {
      address: `redis://:${password}@127.0.0.1:${port}`,
      [Symbol.asyncDispose]: () => stopProcess(child.pid ?? 0, 'SIGTERM', 10_000),
    };
  },
};

const answersPing = (port: number, password: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let answer = '';
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (bytes) => {
      answer += bytes.toString();
      if (answer.includes('PONG')) socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(answer.includes('PONG')));
  });
