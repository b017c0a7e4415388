import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { sendParts } from '../../../catalog/feeds/answer.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';

/** What became of the answer that was made last. */
let made = 0;
let ended: Promise<void>;
let end: () => void = () => {};
beforeEach(() => {
  made = 0;
  ended = new Promise((resolve) => {
    end = resolve;
  });
});

async function* parts(count: number, fails: boolean): AsyncGenerator<string> {
  try {
    for (let i = 0; i < count; i++) {
      made += 1;
      yield 'x'.repeat(100_000);
    }
    if (fails) throw new HubError('HUB_CATALOG_NOT_FOUND', 'it is gone');
  } finally {
    end();
  }
}

const server = Fastify();
server.setErrorHandler((error, _request, reply) => reply.code(404).send({ code: (error as HubError).code }));
server.get<{ Params: { count: number }; Querystring: { fails?: string } }>('/:count', (request, reply) =>
  sendParts(request, reply, {
    ...{ type: 'text/plain', log: silentLogger, patienceMs: 50 },
    parts: () => parts(Number(request.params.count), request.query.fails !== undefined),
  }),
);
await server.listen({ host: '127.0.0.1', port: 0 });
const { port } = server.server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}`;
afterAll(() => server.close());

test('a whole answer', async () => {
  const answer = await fetch(`${url}/3`);
  expect([answer.headers.get('content-type'), (await answer.text()).length]).toEqual([
    'text/plain; charset=utf-8',
    300_000,
  ]);
});

test('what fails before the first part is answered like any failure, after it the connection is broken off', async () => {
  const before = await fetch(`${url}/0?fails`);
  expect([before.status, await before.json()]).toEqual([404, { code: 'HUB_CATALOG_NOT_FOUND' }]);
  const after = await fetch(`${url}/3?fails`);
  expect(after.status).toBe(200);
  await expect(after.text()).rejects.toThrow();
});

test('HEAD makes no more than the first part', async () => {
  const answer = await fetch(`${url}/1000`, { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  await ended;
  expect(made).toBe(1);
});

test.each(['takes nothing', 'goes away'])('a reader who %s is given up, and nothing more is made', async (how) => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET /100000 HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(socket, 'readable');
  if (how === 'goes away') socket.destroy();
  await ended;
  expect(made).toBeLessThan(1_000);
  socket.destroy();
});
