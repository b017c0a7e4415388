import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCatalog } from '../../../catalog/api/server.ts';
import { exportLog, folderLog, remoteLog } from '../../../catalog/proof/mirror.ts';
import { entriesIn } from '../../../catalog/proof/tiles.ts';
import { verifyLog } from '../../../catalog/proof/verify.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { events, type LogFixture, openLogFixture } from './log-fixture.ts';

const SIZE = 600;
let fixture: LogFixture;
let server: Awaited<ReturnType<typeof createCatalog>>;
let url = '';
const folder = mkdtempSync(join(tmpdir(), 'sanjiang-mirror-'));

beforeAll(async () => {
  fixture = await openLogFixture();
  await fixture.log.append(events(SIZE));
  server = await createCatalog({
    access: null,
    ...{ hub: fixture.pool, bases: [], log: silentLogger, auditLog: fixture.files },
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
  });
  url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/log`;
});
afterAll(async () => {
  await server?.close();
  await fixture[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('over HTTP, as C2SP tlog-tiles has it', () => {
  test('the checkpoint is text, and is not kept by anybody between', async () => {
    const answer = await server.inject('/log/checkpoint');
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      ...[200, 'text/plain; charset=utf-8', 'no-store'],
    ]);
    expect(answer.body.split('\n').slice(0, 2)).toEqual([fixture.log.verifier.name, String(SIZE)]);
  });

  test.each([
    ['0/000', 256, /immutable/],
    ['0/001', 256, /immutable/],
    ['0/002.p/88', 88, /max-age=60$/],
    ['0/002.p/7', 7, /max-age=60$/],
    ['1/000.p/2', 2, /max-age=60$/],
    ['0/000.p/3', 3, /max-age=60$/],
  ] as const)('tile/%s', async (path, width, caching) => {
    const answer = await server.inject(`/log/tile/${path}`);
    expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.length]).toEqual([
      ...[200, 'application/octet-stream', width * 32],
    ]);
    expect(answer.headers['cache-control']).toMatch(caching);
  });

  test('a bundle is packed for whoever takes it so', async () => {
    const tile = { level: 'entries', index: 2, width: 88 } as const;
    const plain = await server.inject('/log/tile/entries/002.p/88');
    expect(plain.headers).toMatchObject({ 'content-type': 'application/octet-stream', vary: 'accept-encoding' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const entries = entriesIn(plain.rawPayload, tile);
    expect(JSON.parse(String(entries[0]))).toMatchObject({
      what: 'lookup',
      on: { resource: 'population/citizen/512' },
    });
    for (const [accepts, packed] of [
      ['gzip, br', true],
      ['identity', false],
      ['gzip;q=0', false],
      ['gzip;q=0.5', true],
    ] as const) {
      const answer = await server.inject({
        url: '/log/tile/entries/002.p/88',
        headers: { 'accept-encoding': accepts },
      });
      expect([accepts, answer.headers['content-encoding'] === 'gzip']).toEqual([accepts, packed]);
      expect((packed ? gunzipSync(answer.rawPayload) : answer.rawPayload).equals(plain.rawPayload)).toBe(true);
    }
  });

  test.each([
    '0/002',
    '0/002.p/89',
    '0/003.p/1',
    '1/000',
    '1/000.p/3',
    '2/000.p/1',
    'entries/002',
    '0/0',
    '64/000',
    'x',
    '0/000.p/0',
    '0/999/999',
  ])('tile/%s is not there', async (path) => {
    const answer = await server.inject(`/log/tile/${path}`);
    expect([answer.statusCode, answer.json().code, answer.headers['cache-control']]).toEqual([
      ...[404, 'HUB_CATALOG_NOT_FOUND', 'no-store'],
    ]);
  });

  test('nothing can be written there', async () => {
    for (const path of ['/log/checkpoint', '/log/tile/0/000'])
      expect((await server.inject({ method: 'POST', url: path })).statusCode).toBe(405);
  });

  test('an auditor verifies it from elsewhere', async () => {
    expect(await verifyLog(remoteLog(`${url}/`), { verifier: fixture.log.verifier })).toMatchObject({ size: SIZE });
  });

  test('an address that is none, or does not answer, is said', async () => {
    const { verifier } = fixture.log;
    for (const wrong of [url.replace('/log', '/logs'), 'http://127.0.0.1:1/log', 'nowhere'])
      await expect(verifyLog(remoteLog(wrong), { verifier })).rejects.toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
    const broken = createServer((_, answer) => answer.writeHead(500).end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => broken.once('listening', resolve));
    const { port } = broken.address() as AddressInfo;
    await expect(remoteLog(`http://127.0.0.1:${port}`).checkpoint()).rejects.toMatchObject({
      ...{ code: 'HUB_SOURCE_UNREACHABLE', message: expect.stringContaining('it answers 500') },
    });
    await new Promise((resolve) => broken.close(resolve));
  });
});

describe('as static files', () => {
  const filesIn = (): readonly string[] =>
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort();
  const exported = () => exportLog(fixture.files, { folder, verifier: fixture.log.verifier });
  const verified = () => verifyLog(folderLog(folder), { verifier: fixture.log.verifier });

  test('an export is verified without the hub, and is continued by the next one', async () => {
    expect(await exported()).toEqual({ size: SIZE, written: 7, kept: 0 });
    expect(filesIn()).toEqual(
      [
        ...['checkpoint', 'tile/0/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2'],
        ...['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88'],
      ].sort(),
    );
    expect(await verified()).toMatchObject({ size: SIZE });
    await fixture.log.append(events(200, SIZE));
    expect(await exported()).toEqual({ size: SIZE + 200, written: 5, kept: 4 });
    expect(await verified()).toMatchObject({ size: SIZE + 200 });
  });

  test('one byte of one entry is found', async () => {
    const path = join(folder, 'tile/entries/001');
    const bytes = readFileSync(path);
    // The last byte of the first entry of the bundle.
    const at = 1 + bytes.readUInt16BE(0);
    bytes[at] = 0x20;
    writeFileSync(path, bytes);
    await expect(verified()).rejects.toMatchObject({ code: 'HUB_PROOF_INVALID', details: { entry: 256 } });
    bytes[at] = 0x7d;
    writeFileSync(path, bytes);
    expect(await verified()).toMatchObject({ size: SIZE + 200 });
  });

  test('a file that is missing is named, and a folder that is no mirror', async () => {
    rmSync(join(folder, 'tile/entries/002'), { force: true });
    await expect(verified()).rejects.toMatchObject({ details: { entry: 512, tile: 'entries/002' } });
    await expect(verifyLog(folderLog(tmpdir()), { verifier: fixture.log.verifier })).rejects.toMatchObject({
      ...{ code: 'HUB_CONFIG_INVALID', message: expect.stringContaining('no file "checkpoint"') },
    });
  });
});
