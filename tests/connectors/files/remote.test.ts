import { readdirSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { csv } from '../../../connectors/csv/connector.ts';
import { serveFtp } from '../../../runner/demo/departments/servers/ftp.ts';
import { serveSftp } from '../../../runner/demo/departments/servers/sftp.ts';
import type { BrokenFiles } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { HOSTILE_CSV, readStream, testContext, testFolder } from './folder.ts';

const LOGIN = { user: 'hub', password: 'secret' };
const stream = { files: '*.csv', encoding: 'utf-8', key: ['ID'] };
const SERVERS = {
  async ftp(folder: string) {
    const server = await serveFtp(folder, LOGIN.user, LOGIN.password);
    return { server, remote: { kind: 'ftp', host: '127.0.0.1', port: server.port, ...LOGIN, timeoutSeconds: 5 } };
  },
  async sftp(folder: string) {
    const server = await serveSftp(folder, LOGIN.user, LOGIN.password);
    return {
      server,
      remote: {
        kind: 'sftp',
        host: '127.0.0.1',
        port: server.port,
        ...LOGIN,
        hostKey: server.hostKey,
        timeoutSeconds: 5,
      },
    };
  },
} as const;
const configOf = (remote: object, more: object = {}) =>
  csv.config.parse({ connection: { folder: '/', remote, batchRows: 7, ...more }, streams: { s: stream } });
const spools = (): number =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`hub-spool-${process.pid}-`)).length;

const brokenFilesOver = (serve: (typeof SERVERS)[keyof typeof SERVERS]): BrokenFiles => ({
  ending: '.csv',
  write: (folder, name, keys) =>
    writeFile(join(folder, `${name}.csv`), `ID,NAME\n${keys.map((key) => `${key},青海\n`).join('')}`),
  async open(folder, signal) {
    const { server, remote } = await serve(folder);
    const source = await csv.open(configOf(remote), testContext(signal));
    return { source, stream: 's', close: async () => await server[Symbol.asyncDispose]() };
  },
  faults: {
    'another head': () => Buffer.from('A,B\n1,2\n'),
    'bytes of another format': () => Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'),
  },
  wounds: 3,
});

for (const [kind, serve] of Object.entries(SERVERS))
  sourceContract(
    `csv over ${kind}`,
    async () => {
      const folder = await testFolder();
      const empty = await testFolder();
      const expected = [];
      for (const file of [1, 2]) {
        const lines = ['ID,NAME'];
        for (let i = 0; i < 20; i++) {
          const value = { ID: `${file}-${i}`, NAME: `青海${i}` };
          lines.push(`${value.ID},${value.NAME}`);
          expected.push({ key: value.ID, value });
        }
        await folder.write(`${file}.csv`, `${lines.join('\n')}\n`);
      }
      const { bytes, ...hostile } = HOSTILE_CSV;
      const bad = await testFolder();
      await bad.write('bad.csv', bytes);
      const full = await serve(folder.path);
      const broken = await serve(bad.path);
      const none = await serve(empty.path);
      const open = (remote: object, signal: AbortSignal) => csv.open(configOf(remote), testContext(signal));
      return {
        ...{ stream: 's', expected },
        open: (signal) => open(full.remote, signal),
        openEmpty: async (signal) => ({ source: await open(none.remote, signal), stream: 's' }),
        openHostile: async (signal) => ({ source: await open(broken.remote, signal), stream: 's', ...hostile }),
        async [Symbol.asyncDispose]() {
          for (const one of [full.server, none.server, broken.server, folder, empty, bad])
            await one[Symbol.asyncDispose]();
        },
      };
    },
    { runs: kind === 'ftp' ? 5 : 1, brokenFiles: brokenFilesOver(serve) },
  );

describe.each(Object.entries(SERVERS))('%s', (_, serve) => {
  const open: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  });
  async function place(files: Readonly<Record<string, string>>) {
    const folder = await testFolder();
    open.push(folder);
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    const { server, remote } = await serve(folder.path);
    open.push(server);
    return { folder, remote };
  }
  const read = async (remote: object, after: object | null = null, more: object = {}) => {
    await using source = await csv.open(configOf(remote, more), testContext());
    return await readStream(source, 's', after as never);
  };

  test('a finished file is not fetched again, a changed one is, and the spool is gone afterwards', async () => {
    const { folder, remote } = await place({ 'a.csv': 'ID\n1\n', 'b.csv': 'ID\n2\n' });
    const before = spools();
    const first = await read(remote);
    expect(first.records.map(({ key }) => key)).toEqual(['1', '2']);
    expect((await read(remote, first.checkpoints.at(-1))).records).toEqual([]);
    await appendFile(join(folder.path, 'b.csv'), '3\n');
    expect((await read(remote, first.checkpoints.at(-1))).records.map(({ key }) => key)).toEqual(['2', '3']);
    expect(spools()).toBe(before);
  });

  test('a file without its marker waits, one that is too large is reported', async () => {
    const { remote } = await place({ 'a.csv': 'ID\n1\n', 'b.csv': 'ID\n2\n', 'b.csv.done': '' });
    expect((await read(remote, null, { doneSuffix: '.done' })).records.map(({ key }) => key)).toEqual(['2']);
  });

  test('a wrong password is refused, a server that is not there may come back', async () => {
    const { remote } = await place({});
    expect((await read({ ...remote, password: 'x' })).error).toMatchObject({ code: 'HUB_SOURCE_REFUSED' });
    expect((await read({ ...remote, port: 1 })).error).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
    expect(JSON.stringify((await read({ ...remote, password: 'canary' })).error)).not.toContain('canary');
  });
});

test('SFTP: another server than agreed is refused, and its key is told', async () => {
  await using folder = await testFolder();
  await using server = await serveSftp(folder.path, LOGIN.user, LOGIN.password);
  const remote = { kind: 'sftp', host: '127.0.0.1', port: server.port, ...LOGIN, hostKey: `SHA256:${'A'.repeat(43)}` };
  await using source = await csv.open(configOf(remote), testContext());
  expect((await readStream(source, 's')).error).toMatchObject({
    code: 'HUB_SOURCE_REFUSED',
    details: { found: server.hostKey },
  });
});

test('a server that gives names which lead elsewhere, and a file longer than it was listed', async () => {
  /** Enough FTP to lie with. */
  const lists = [
    'type=file;size=9;modify=20250101000000; ../../etc/x.csv',
    'type=file;size=9;modify=20250101000000; a\\b.csv',
    'type=file;size=5;modify=20250101000000; ok.csv',
  ];
  const open: ReturnType<typeof createServer>[] = [];
  const sockets: Socket[] = [];
  const talk = (socket: Socket): void => {
    sockets.push(socket);
    let data: Promise<Socket> | null = null;
    socket.write('220 hi\r\n');
    socket.on('error', () => {});
    socket.on('data', async (chunk) => {
      for (const line of chunk.toString().trim().split('\r\n')) {
        const verb = line.split(' ')[0];
        if (verb === 'EPSV') {
          const passive = createServer();
          open.push(passive);
          data = new Promise((resolve) => passive.once('connection', resolve));
          await new Promise<void>((resolve) => passive.listen(0, '127.0.0.1', resolve));
          socket.write(`229 ok (|||${(passive.address() as AddressInfo).port}|)\r\n`);
        } else if (verb === 'MLSD' || verb === 'RETR') {
          socket.write('150 ok\r\n');
          const to = (await data) as Socket;
          to.end(verb === 'MLSD' ? `${lists.join('\r\n')}\r\n` : `ID\n${'1\n'.repeat(50_000)}`, () =>
            socket.write('226 ok\r\n'),
          );
          to.on('error', () => {});
        } else if (verb === 'FEAT') socket.write('211-F\r\n MLST type*;size*;modify*;\r\n211 End\r\n');
        else socket.write(verb === 'USER' ? '331 pw\r\n' : verb === 'PASS' ? '230 in\r\n' : '200 ok\r\n');
      }
    });
  };
  const server = createServer(talk);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const remote = {
    kind: 'ftp',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ...LOGIN,
    timeoutSeconds: 3,
  };
  await using source = await csv.open(configOf(remote), testContext());
  const report = await source.check().catch((error: unknown) => error);
  expect(JSON.stringify(report)).toContain('separators or control characters');
  const { records, error } = await readStream(source, 's');
  expect(records).toEqual([]);
  expect(error).toMatchObject({
    code: 'HUB_SOURCE_READ_FAILED',
    message: expect.stringContaining('longer than it was listed'),
  });
  for (const socket of sockets) socket.destroy();
  for (const one of [server, ...open]) one.close();
});

describe('FTP servers of an older kind', () => {
  /** Neither MLSD nor MDTM: a list as `ls` writes it, with names in the encoding of the server. */
  async function serveOld(files: Map<string, Buffer>, encoding: string, tellsTimes = false) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      const say = (text: string): void => void socket.write(`${text}\r\n`);
      let data: Promise<Socket> | null = null;
      const send = async (bytes: Buffer): Promise<void> => {
        say('150 here');
        const to = await data;
        to?.once('close', () => say('226 done'));
        to?.end(bytes);
      };
      socket.on('data', (chunk) => {
        for (const line of iconv
          .decode(chunk, encoding)
          .split('\r\n')
          .filter((one) => one !== '')) {
          const [verb = '', ...rest] = line.split(' ');
          const argument = rest.join(' ');
          const file = files.get(argument.slice(argument.lastIndexOf('/') + 1));
          if (verb === 'USER') say('331 password');
          else if (verb === 'PASS') say('230 welcome');
          else if (verb === 'FEAT') say('502 no');
          else if (verb === 'PASV') {
            const passive = createServer();
            data = new Promise((resolve) =>
              passive.once('connection', (to) => resolve(to.on('close', () => passive.close()))),
            );
            passive.listen(0, '127.0.0.1', () => {
              const { port } = passive.address() as AddressInfo;
              say(`227 (127,0,0,1,${port >> 8},${port & 255})`);
            });
          } else if (verb === 'LIST') {
            const lines = [...files].map(
              ([name, bytes]) => `-rw-r--r-- 1 a b ${bytes.length} Nov 26 10:00 ${name}\r\n`,
            );
            void send(iconv.encode(lines.join(''), encoding));
          } else if (verb === 'RETR') void (file === undefined ? say('550 no such file') : send(file));
          else if (verb === 'MDTM') say(tellsTimes && file !== undefined ? '213 20261101120000' : '502 no');
          else say(['TYPE', 'STRU', 'OPTS', 'QUIT'].includes(verb) ? '200 ok' : '502 no');
        }
      });
      say('220 old');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      remote: {
        kind: 'ftp',
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        ...LOGIN,
        timeoutSeconds: 5,
      },
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
  const read = async (remote: object, after: object | null = null) => {
    await using source = await csv.open(configOf(remote), testContext());
    const result = await readStream(source, 's', after as never);
    return { ...result, keys: result.records.map(({ key }) => key), last: result.checkpoints.at(-1) ?? after };
  };

  test('without times a file of the same size is read when its content changes, and nothing is of 1970', async () => {
    const files = new Map([
      ['a.csv', Buffer.from('ID\n1\n')],
      ['b.csv', Buffer.from('ID\n2\n')],
    ]);
    await using server = await serveOld(files, 'utf-8');
    const first = await read(server.remote);
    expect([first.keys, first.error]).toEqual([['1', '2'], null]);
    expect(first.records[0]?.observedAt).toBeGreaterThan(Date.now() - 60_000);
    expect((await read(server.remote, first.last)).keys).toEqual([]);
    files.set('b.csv', Buffer.from('ID\n3\n'));
    expect((await read(server.remote, first.last)).keys).toEqual(['3']);
    await using source = await csv.open(configOf(server.remote), testContext());
    expect((await source.check()).notes[0]).toContain('the server tells no times of files');
  });

  test('a file that grows between two listings is left until it is still', async () => {
    const files = new Map([
      ['a.csv', Buffer.from('ID\n1\n')],
      ['b.csv', Buffer.from('ID\n2')],
    ]);
    await using server = await serveOld(files, 'utf-8');
    const reading = read(server.remote);
    setTimeout(() => files.set('b.csv', Buffer.from('ID\n2\n3\n')), 1_000);
    const first = await reading;
    expect([first.keys, first.rejects]).toEqual([['1'], []]);
    expect((await read(server.remote, first.last)).keys).toEqual(['2', '3']);
  });

  test('times are asked for one by one where the list has none', async () => {
    await using server = await serveOld(new Map([['a.csv', Buffer.from('ID\n1\n')]]), 'utf-8', true);
    expect((await read(server.remote)).records[0]?.observedAt).toBe(Date.UTC(2026, 10, 1, 12));
  });

  test('names in GBK are read by nameEncoding, and refused with its name without', async () => {
    await using server = await serveOld(new Map([['企业登记.csv', Buffer.from('ID\n1\n')]]), 'gbk');
    const blind = await read(server.remote);
    expect(blind.rejects[0]?.message).toContain('nameEncoding');
    const seen = await read({ ...server.remote, nameEncoding: 'gbk' });
    expect(seen.records.map(({ key, origin }) => [key, origin])).toEqual([['1', '企业登记.csv#1']]);
    await using source = await csv.open(
      csv.config.parse({
        connection: { folder: '/上报/数据', remote: { ...server.remote, nameEncoding: 'gbk' } },
        streams: { s: stream },
      }),
      testContext(),
    );
    expect((await readStream(source, 's')).records).toHaveLength(1);
  });
});
