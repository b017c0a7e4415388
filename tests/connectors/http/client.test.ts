import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { addressUnder } from '../../../connectors/http/address.ts';
import { type HttpClient, openHttpClient, retryAfterMs } from '../../../connectors/http/client.ts';
import { httpConnection } from '../../../connectors/http/config.ts';
import { createGuard } from '../../../connectors/http/guard.ts';
import { type Asked, serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';

const shape = z.strictObject(httpConnection);
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});
const now = () => new Date('2026-03-01T00:00:00Z');
const never = new AbortController().signal;

async function serve(answer: (asked: Asked) => Told): Promise<string> {
  const server = await serveHttp(answer);
  open.push(server);
  return server.address;
}
function clientOf(settings: z.input<typeof shape>): HttpClient {
  const client = openHttpClient(shape.parse(settings), { now });
  open.push(client);
  return client;
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
/** A server below HTTP that answers every connection with these bytes. */
async function raw(bytes: string, more?: (write: (text: string) => void) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes);
      more?.((text) => socket.writable && socket.write(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ [Symbol.asyncDispose]: async () => void server.close() });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('where it may go', () => {
  const guardOf = (settings: z.input<typeof shape>, addresses: readonly string[]) =>
    createGuard(shape.parse(settings), ((_host: string, _options: object, callback: (e: null, a: object[]) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )) as never);
  const lookup = (guard: ReturnType<typeof createGuard>, host: string): Promise<string> =>
    new Promise((resolve) =>
      guard.lookup(host, { all: true }, (error, found) =>
        resolve(error === null ? JSON.stringify(found) : String((error as { code?: string }).code)),
      ),
    );

  test.each([
    ['169.254.169.254', 'HUB_SOURCE_REFUSED'],
    ['fe80::1', 'HUB_SOURCE_REFUSED'],
    ['::ffff:169.254.169.254', 'HUB_SOURCE_REFUSED'],
    ['127.0.0.1', 'HUB_SOURCE_REFUSED'],
    ['::1', 'HUB_SOURCE_REFUSED'],
    ['0.0.0.0', 'HUB_SOURCE_REFUSED'],
    ['10.1.2.3', '[{"address":"10.1.2.3","family":4}]'],
    ['fd12:3456::5', '[{"address":"fd12:3456::5","family":6}]'],
    ['64:ff9b::a9fe:a9fe', 'HUB_SOURCE_REFUSED'],
    ['2002:a9fe:a9fe::1', 'HUB_SOURCE_REFUSED'],
    ['100.100.100.200', 'HUB_SOURCE_REFUSED'],
    ['fe80::1%eth0', 'HUB_SOURCE_REFUSED'],
  ])('a name that resolves to %s: %s', async (address, wanted) => {
    expect(await lookup(guardOf({ url: 'http://sw.qh.example/' }, [address]), 'sw.qh.example')).toBe(wanted);
  });

  test('one bad address among good ones is enough', async () => {
    expect(await lookup(guardOf({ url: 'http://a.example' }, ['10.0.0.1', '169.254.1.1']), 'a.example')).toBe(
      'HUB_SOURCE_REFUSED',
    );
  });

  test.each([
    ['file:///etc/passwd'],
    ['http://other.example/'],
    ['http://sw.qh.example:8080/'],
    ['http://user:pw@sw.qh.example/'],
    ['http://169.254.169.254/latest/meta-data'],
    ['http://sw.qh.example.:9000/'],
    ['http://127.0.0.1:9000/'],
    ['http://0x7f.1:9000/'],
    ['http://2130706433:9000/'],
    ['http://017700000001:9000/'],
    ['http://[::ffff:7f00:1]:9000/'],
    ['http://sw.qh.example:9000@other.example/'],
  ])('%s is refused', (address) => {
    const guard = guardOf({ url: 'http://sw.qh.example:9000/' }, []);
    expect(() => guard.check(new URL(address))).toThrow(expect.objectContaining({ code: 'HUB_SOURCE_REFUSED' }));
  });

  test('a redirect to the metadata service, and a name that turns out to be this machine', async () => {
    const url = await serve(() => ({ status: 302, headers: { location: 'http://169.254.169.254/latest' }, body: '' }));
    expect(await codeOf(clientOf({ url }).send({ url }, never))).toBe('HUB_SOURCE_REFUSED');
  });

  test.each([
    ['169.254.169.254'],
    ['100.100.100.200'],
    ['0xa9.0xfe.0xa9.0xfe'],
    ['2852039166'],
    ['[::ffff:169.254.169.254]'],
    ['[64:ff9b::a9fe:a9fe]'],
    ['[fd00:ec2::254]'],
  ])('the metadata service %s is refused though the system file writes it, and names its network', (host) => {
    const networks = ['0.0.0.0/0', '::/0'];
    const guard = guardOf(
      { url: `http://${host}/`, allowHosts: [new URL(`http://${host}`).host], allowNetworks: networks },
      [],
    );
    expect(() => guard.check(new URL(`http://${host}/`))).toThrow(
      expect.objectContaining({ code: 'HUB_SOURCE_REFUSED' }),
    );
  });

  test('a name that changes its address between two questions is connected to where it was looked at', async () => {
    const url = await serve(() => ({ body: 'inside' }));
    const { port } = new URL(url);
    let asked = 0;
    const guard = createGuard(shape.parse({ url: `http://moves.example:${port}/` }), ((
      _host: string,
      _options: object,
      callback: (e: null, a: object[]) => void,
    ) => {
      asked += 1;
      callback(null, [{ address: asked === 1 ? '10.255.255.1' : '127.0.0.1', family: 4 }]);
    }) as never);
    expect(await lookup(guard, 'moves.example')).toContain('10.255.255.1');
    const client = openHttpClient(shape.parse({ url: `http://moves.example:${port}/` }), { now }, guard);
    open.push(client);
    expect(await codeOf(client.send({ url: `http://moves.example:${port}/` }, never))).toBe('HUB_SOURCE_REFUSED');
    expect(asked).toBe(2);
  });

  test('a redirect to what is no address', async () => {
    const address = await serve(() => ({ status: 302, headers: { location: 'http://[' }, body: '' }));
    await expect(clientOf({ url: address }).send({ url: `${address}/a` }, never)).rejects.toMatchObject({
      ...{
        code: 'HUB_SOURCE_READ_FAILED',
        message: expect.stringMatching(/\/a leads on by a redirect to what is no address/),
      },
    });
  });

  test.each(['http://x:99999/', 'http://[::1/', 'http://a%b/', 'https://x:y/z'])('the address %s is refused', (url) => {
    expect(shape.safeParse({ url }).error?.issues[0]?.message).toMatch(/no address|http:\/\/ or https/);
  });

  test.each([
    ['http://h/', 'a', 'http://h/a'],
    ['http://h', 'a/b', 'http://h/a/b'],
    ['http://h/v1/', '/a', 'http://h/v1/a'],
    ['http://h:8080', 'a', 'http://h:8080/a'],
    ['http://h/v1', '', 'http://h/v1'],
  ])('a stream of %s with the path "%s" is at %s', (url, path, address) => {
    expect(addressUnder(url, path)).toBe(address);
  });

  test('redirects without end', async () => {
    const url = await serve(({ url: { pathname } }) => ({
      status: 302,
      headers: { location: `${pathname}x` },
      body: '',
    }));
    expect(await codeOf(clientOf({ url }).send({ url }, never))).toBe('HUB_SOURCE_REFUSED');
  });

  test('what proves who we are does not go to another host', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve(({ headers }) => {
      seen.push(headers['x-key'] as string | undefined, headers.authorization);
      return { body: 'ok' };
    });
    const url = await serve(() => ({ status: 307, headers: { location: other }, body: '' }));
    const client = clientOf({
      url,
      allowHosts: [new URL(other).host],
      auth: { kind: 'key', header: 'X-Key', value: 's' },
    });
    expect((await client.send({ url }, never)).body.toString()).toBe('ok');
    expect(seen).toEqual([undefined, undefined]);
  });
});

describe('limits', () => {
  test('silence, and a body that trickles for ever', async () => {
    const silent = await raw('');
    expect(await codeOf(clientOf({ url: silent, timeoutSeconds: 0.2 }).send({ url: silent }, never))).toBe(
      'HUB_SOURCE_UNREACHABLE',
    );
    const slow = await raw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', (write) => {
      const timer = setInterval(() => write('x'), 50);
      setTimeout(() => clearInterval(timer), 20_000).unref();
    });
    const begun = performance.now();
    expect(await codeOf(clientOf({ url: slow, timeoutSeconds: 1, totalSeconds: 0.5 }).send({ url: slow }, never))).toBe(
      'HUB_SOURCE_UNREACHABLE',
    );
    // It would trickle for twenty seconds.
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  test('an endless body, and 50 MB in 50 KB of gzip', async () => {
    const endless = await raw('HTTP/1.1 200 OK\r\n\r\n', (write) => write('x'.repeat(100_000)));
    expect(await codeOf(clientOf({ url: endless, maxReplyBytes: 2_048 }).send({ url: endless }, never))).toBe(
      'HUB_FILE_TOO_LARGE',
    );
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const url = await serve(() => ({ headers: { 'content-encoding': 'gzip' }, body: bomb }));
    expect(await codeOf(clientOf({ url, maxReplyBytes: 1_000_000 }).send({ url }, never))).toBe('HUB_FILE_TOO_LARGE');
  });

  test('compressed bytes that are none, headers without end, a line end in a header', async () => {
    const url = await serve(() => ({ headers: { 'content-encoding': 'gzip' }, body: 'no gzip' }));
    expect(await codeOf(clientOf({ url }).send({ url }, never))).toBe('HUB_SOURCE_READ_FAILED');
    const headers = await raw(`HTTP/1.1 200 OK\r\n${`a: ${'b'.repeat(90)}\r\n`.repeat(3_000)}\r\n`);
    expect(await codeOf(clientOf({ url: headers }).send({ url: headers }, never))).toBe('HUB_SOURCE_UNREACHABLE');
    expect(shape.safeParse({ url, auth: { kind: 'key', header: 'X', value: 'a\r\nB: c' } }).success).toBe(false);
  });

  test('an abort ends it at once', async () => {
    const silent = await raw('');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(clientOf({ url: silent }).send({ url: silent }, stop.signal)).rejects.toHaveProperty(
      'name',
      'AbortError',
    );
  });
});

test('a certificate of nobody is refused, one of the named authority is taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-tls-'));
  const path = (name: string): string => join(folder, name);
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', path('k'), '-out', path('c'), '-days', '2'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const server = createHttps({ key: readFileSync(path('k')), cert: readFileSync(path('c')) }, (_, response) =>
    response.end('ok'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await codeOf(clientOf({ url }).send({ url }, never))).toBe('HUB_SOURCE_REFUSED');
  const ca = readFileSync(path('c'), 'utf8');
  expect((await clientOf({ url, ca }).send({ url }, never)).body.toString()).toBe('ok');
  server.close();
  rmSync(folder, { recursive: true });
});

describe('statuses and logins', () => {
  test.each([
    [401, 'HUB_SOURCE_REFUSED'],
    [403, 'HUB_SOURCE_NO_RIGHTS'],
    [404, 'HUB_SOURCE_OBJECT_MISSING'],
    [429, 'HUB_SOURCE_BUSY'],
    [503, 'HUB_SOURCE_BUSY'],
    [500, 'HUB_SOURCE_READ_FAILED'],
    [418, 'HUB_SOURCE_REFUSED'],
  ])('%i is %s', async (status, code) => {
    const url = await serve(() => ({ status, headers: { 'retry-after': '7' }, body: 'row 632123198001010011' }));
    const error = await clientOf({ url })
      .send({ url }, never)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, ...(code === 'HUB_SOURCE_BUSY' ? { details: { retryAfterMs: 7_000 } } : {}) });
    expect(JSON.stringify(error)).not.toContain('632123');
  });

  test('Retry-After in seconds, as a date, missing, wrong, too long', () => {
    const at = new Date('2026-03-01T00:00:00Z');
    expect(retryAfterMs('120', at)).toBe(120_000);
    expect(retryAfterMs('Sun, 01 Mar 2026 00:01:30 GMT', at)).toBe(90_000);
    expect(retryAfterMs(undefined, at)).toBe(60_000);
    expect(retryAfterMs('soon', at)).toBe(60_000);
    expect(retryAfterMs('99999999', at)).toBe(86_400_000);
    expect(retryAfterMs('Sun, 01 Mar 2020 00:01:30 GMT', at)).toBe(1_000);
  });

  test('a token is kept, and asked for anew once after a 401', async () => {
    let tokens = 0;
    const url = await serve(({ url: { pathname }, headers, body }) => {
      if (pathname === '/token') {
        tokens += 1;
        const good = headers.authorization === `Basic ${Buffer.from('id:s%26c').toString('base64')}`;
        return good && body.includes('client_credentials')
          ? { body: JSON.stringify({ access_token: `t${tokens}`, expires_in: 3600 }) }
          : { status: 401, body: '{}' };
      }
      return headers.authorization === `Bearer t${tokens}` ? { body: `with t${tokens}` } : { status: 401, body: '' };
    });
    const client = clientOf({
      url,
      auth: { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'id', clientSecret: 's&c' },
    });
    const ask = async () => (await client.send({ url }, never)).body.toString();
    expect([await ask(), await ask()]).toEqual(['with t1', 'with t1']);
    // The service has forgotten the token.
    tokens = 5;
    expect(await ask()).toBe('with t6');
    expect(
      await codeOf(
        clientOf({ url, auth: { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'id', clientSecret: 'x' } }).send(
          { url },
          never,
        ),
      ),
    ).toBe('HUB_SOURCE_REFUSED');
  });
});
