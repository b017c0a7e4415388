import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { FTPError } from 'basic-ftp';
import { csv } from '../../../connectors/csv/connector.ts';
import { remoteFailure } from '../../../connectors/files/failure.ts';
import { type FtpFault, serveFtp } from '../../../runner/demo/departments/servers/ftp.ts';
import { type SftpFault, serveSftp } from '../../../runner/demo/departments/servers/sftp.ts';
import { readStream, type TestFolder, testContext, testFolder } from './folder.ts';

const LOGIN = { user: 'hub', password: 'secret' };
const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;
const configOf = (remote: object) =>
  csv.config.parse({
    connection: { folder: '/', remote: { host: '127.0.0.1', timeoutSeconds: 1, ...LOGIN, ...remote } },
    streams: { s: { files: '*.csv', encoding: 'utf-8', key: ['ID'] } },
  });
const read = async (remote: object) => {
  await using source = await csv.open(configOf(remote), testContext());
  const { records, rejects, error } = await readStream(source, 's');
  return { keys: records.map(({ key }) => key), rejects, error };
};

const open: AsyncDisposable[] = [];
let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  for (const name of ['a', 'b', 'c']) await folder.write(`${name}.csv`, `ID\n${name}\n`);
});
afterEach(async () => {
  for (const one of [...open.splice(0).reverse(), folder]) await one[Symbol.asyncDispose]();
});
async function ftp(fault: FtpFault) {
  const server = await serveFtp(folder.path, LOGIN.user, LOGIN.password, fault);
  open.push(server);
  return { kind: 'ftp', port: server.port };
}
async function sftp(fault: SftpFault) {
  const server = await serveSftp(folder.path, LOGIN.user, LOGIN.password, fault);
  open.push(server);
  return { kind: 'sftp', port: server.port, hostKey: server.hostKey };
}

describe('codes decide what a failure means, never the words of a server', () => {
  const reply = (code: number): FTPError => new FTPError({ code, message: `${code} no such file, permission denied` });
  const platform = (code: string): Error =>
    Object.assign(new Error('connect 10.0.0.1:5500 not found, login incorrect'), { code, errno: -1 });
  const ssh = (level: string): Error => Object.assign(new Error('No such file 550'), { level });
  const status = (code: number): Error => Object.assign(new Error('Permission denied'), { code });

  test.each([
    ['a refused connection', platform('ECONNREFUSED'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['an unknown host', platform('ENOTFOUND'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['a name server that does not answer', platform('EAI_AGAIN'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['no route', platform('EHOSTUNREACH'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['a reset connection', platform('ECONNRESET'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['a timeout of the network', platform('ETIMEDOUT'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['a timeout of the client, which has no code', new Error('Timeout (550)'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['FTP 421, closing', reply(421), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['FTP 425, no data connection', reply(425), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['FTP 426, transfer aborted', reply(426), 'HUB_SOURCE_READ_FAILED', 'retry'],
    ['FTP 450, busy', reply(450), 'HUB_SOURCE_READ_FAILED', 'retry'],
    ['FTP 451, an error of the server', reply(451), 'HUB_SOURCE_READ_FAILED', 'retry'],
    ['FTP 502, not implemented', reply(502), 'HUB_SOURCE_READ_FAILED', 'retry'],
    ['FTP 430, login', reply(430), 'HUB_SOURCE_REFUSED', 'stop'],
    ['FTP 530, login', reply(530), 'HUB_SOURCE_REFUSED', 'stop'],
    ['FTP 532, account', reply(532), 'HUB_SOURCE_REFUSED', 'stop'],
    ['FTP 534, security', reply(534), 'HUB_SOURCE_REFUSED', 'stop'],
    ['FTP 550, missing', reply(550), 'HUB_SOURCE_OBJECT_MISSING', 'stop'],
    ['FTP 553, name not allowed', reply(553), 'HUB_SOURCE_NO_RIGHTS', 'stop'],
    ['a certificate that nobody signed', platform('DEPTH_ZERO_SELF_SIGNED_CERT'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['a certificate of another host', platform('ERR_TLS_CERT_ALTNAME_INVALID'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['a certificate that has ended', platform('CERT_HAS_EXPIRED'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['no TLS on the other side', platform('ERR_SSL_WRONG_VERSION_NUMBER'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['SSH login', ssh('client-authentication'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['SSH without a common algorithm', ssh('handshake'), 'HUB_SOURCE_REFUSED', 'stop'],
    ['SSH too slow', ssh('client-timeout'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['SFTP status 2', status(2), 'HUB_SOURCE_OBJECT_MISSING', 'stop'],
    ['SFTP status 3', status(3), 'HUB_SOURCE_NO_RIGHTS', 'stop'],
    ['SFTP status 4', status(4), 'HUB_SOURCE_READ_FAILED', 'retry'],
    ['SFTP status 7', status(7), 'HUB_SOURCE_UNREACHABLE', 'retry'],
    ['the client of SFTP without a connection', platform('ERR_NOT_CONNECTED'), 'HUB_SOURCE_UNREACHABLE', 'retry'],
  ])('%s', (_, error, code, recovery) => {
    const failure = remoteFailure(error, 'listing');
    expect([failure.code, failure.recovery]).toEqual([code, recovery]);
  });

  test.each(['ftp', 'sftp'])('%s: a refused connection to a port of which 550 is a part', async (kind) => {
    const { error } = await read({ kind, port: 55_099, ...(kind === 'sftp' ? { hostKey: FINGERPRINT } : {}) });
    expect(error).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE', details: { reason: 'ECONNREFUSED' } });
  });

  test.each(['ftp', 'sftp'])('%s: a host that nobody knows', async (kind) => {
    const remote = { kind, host: 'host-550.invalid', port: 1, ...(kind === 'sftp' ? { hostKey: FINGERPRINT } : {}) };
    expect((await read(remote)).error).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
  });
});

describe('what a server answers for one file of three', () => {
  const misleading = '登录失败 login incorrect, no such file, permission denied 550';

  test.each([
    [421, 'HUB_SOURCE_UNREACHABLE'],
    [425, 'HUB_SOURCE_UNREACHABLE'],
    [426, 'HUB_SOURCE_READ_FAILED'],
    [450, 'HUB_SOURCE_READ_FAILED'],
  ])('FTP %i may pass: the others are read, the run is tried again', async (code, expected) => {
    const remote = await ftp((command, path) =>
      command === 'RETR' && path.endsWith('b.csv') ? `${code} ${misleading}` : null,
    );
    const { keys, rejects, error } = await read(remote);
    expect([keys, rejects]).toEqual([['a', 'c'], []]);
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining('b.csv') });
  });

  test.each([
    ['550, and it is still listed', '550', 'HUB_SOURCE_NO_RIGHTS', true],
    ['550, and it is gone', '550', 'HUB_SOURCE_OBJECT_MISSING', false],
    ['553', '553', 'HUB_SOURCE_NO_RIGHTS', true],
  ])('FTP %s: the file is named and set aside, the others are read', async (_, code, expected, isListed) => {
    let asked = false;
    const server = await ftp((command, path) => {
      if (command !== 'RETR' || !path.endsWith('b.csv')) return null;
      asked = true;
      return `${code} ${misleading}`;
    });
    await using source = await csv.open(configOf(server), testContext());
    const keys: string[] = [];
    const rejects: object[] = [];
    for await (const portion of source.read('s', null)) {
      if (!isListed && keys.length === 0) await rm(join(folder.path, 'b.csv'));
      keys.push(...portion.records.map(({ key }) => key));
      rejects.push(...portion.rejects);
    }
    expect([asked, keys]).toEqual([true, ['a', 'c']]);
    expect(rejects).toMatchObject([
      { code: 'HUB_FILE_UNREADABLE', origin: 'b.csv', message: expect.stringContaining(expected) },
    ]);
  });

  test.each([
    [2, 'HUB_SOURCE_OBJECT_MISSING'],
    [3, 'HUB_SOURCE_NO_RIGHTS'],
  ])('SFTP status %i: the file is named and set aside, the others are read', async (status, expected) => {
    const { keys, rejects, error } = await read(
      await sftp((asked, name) => (asked === 'open' && name === 'b.csv' ? status : null)),
    );
    expect([keys, error]).toEqual([['a', 'c'], null]);
    expect(rejects).toMatchObject([
      { code: 'HUB_FILE_UNREADABLE', origin: 'b.csv', message: expect.stringContaining(expected) },
    ]);
  });

  test('SFTP status 4 may pass: the others are read, the run is tried again', async () => {
    const { keys, error } = await read(await sftp((asked, name) => (asked === 'open' && name === 'b.csv' ? 4 : null)));
    expect(keys).toEqual(['a', 'c']);
    expect(error).toMatchObject({ code: 'HUB_SOURCE_READ_FAILED', message: expect.stringContaining('b.csv') });
  });
});

describe('logins and folders', () => {
  test.each(['430', '530'])('FTP %s at the login is refused', async (code) => {
    const { error } = await read(await ftp((command) => (command === 'PASS' ? `${code} no such file` : null)));
    expect(error).toMatchObject({ code: 'HUB_SOURCE_REFUSED', recovery: 'stop' });
  });

  test('FTP 421 as a greeting may pass', async () => {
    const { error } = await read(await ftp((command) => (command === '' ? '421 550 530 too many users' : null)));
    expect(error).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
  });

  test('a folder that is not there, or may not be listed', async () => {
    expect(
      (await read(await ftp((command) => (/^(MLSD|LIST)$/.test(command) ? '550 没有' : null)))).error,
    ).toMatchObject({
      code: 'HUB_SOURCE_OBJECT_MISSING',
    });
    expect((await read(await sftp((asked) => (asked === 'list' ? 2 : null)))).error).toMatchObject({
      code: 'HUB_SOURCE_OBJECT_MISSING',
    });
    expect((await read(await sftp((asked) => (asked === 'list' ? 3 : null)))).error).toMatchObject({
      code: 'HUB_SOURCE_NO_RIGHTS',
    });
  });

  test('a private key that cannot be read is a fault of the settings, and is not told', async () => {
    const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----';
    const remote = { ...(await sftp(() => null)), privateKey };
    const { error } = await read(remote);
    expect(error).toMatchObject({ code: 'HUB_CONFIG_INVALID', message: expect.stringContaining('privateKey') });
    expect(JSON.stringify([error, error?.message])).not.toContain('canary');
  });

  test('a server that cannot be reached is asked once, not once for each file', async () => {
    let connections = 0;
    const remote = await ftp((command, path) => {
      if (command === '') connections += 1;
      if (command === 'RETR' && path.endsWith('a.csv')) return '426 broken';
      return command === '' && connections > 1 ? '421 no more' : null;
    });
    const { error } = await read(remote);
    expect(error).toMatchObject({ code: expect.stringMatching(/READ_FAILED|UNREACHABLE/) });
    expect(connections).toBe(2);
  });
});

describe('a server that falls silent is waited for no longer than timeoutSeconds', () => {
  async function mute(): Promise<number> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    });
    return (server.address() as AddressInfo).port;
  }
  const silent = { code: 'HUB_SOURCE_UNREACHABLE', recovery: 'retry' };

  test.each([
    ['ftp', {}],
    ['ftp', { tls: 'implicit' }],
    ['sftp', { hostKey: FINGERPRINT }],
  ])('%s: from the first moment %j', async (kind, more) => {
    expect((await read({ kind, port: await mute(), ...more })).error).toMatchObject(silent);
  });

  test.each(['USER', 'PASS', 'AUTH', 'EPSV', 'MLSD', 'RETR', 'TYPE'])('FTP: at %s', async (command) => {
    const remote = await ftp((asked) => (asked === command ? '' : null));
    const tls = command === 'AUTH' ? { tls: 'explicit' } : {};
    expect((await read({ ...remote, ...tls })).error).toMatchObject(silent);
  });

  test('FTP: in the middle of the handshake of TLS', async () => {
    const remote = await ftp((asked) => (asked === 'AUTH' ? '234 go on' : null));
    expect((await read({ ...remote, tls: 'explicit' })).error).toMatchObject(silent);
  });

  test.each(['list', 'open', 'read'] as const)('SFTP: at %s', async (asked) => {
    const remote = await sftp((now) => (now === asked ? 'silence' : null));
    expect((await read(remote)).error).toMatchObject(silent);
  });

  test('SFTP: in the middle of a file; what came before is not taken for the whole', async () => {
    await writeFile(join(folder.path, 'b.csv'), `ID\n${'12345678\n'.repeat(200_000)}`);
    let reads = 0;
    const remote = await sftp((asked, name) => {
      if (asked !== 'read' || name !== 'b.csv') return null;
      reads += 1;
      return reads > 5 ? 'silence' : null;
    });
    const { keys, error } = await read(remote);
    expect(error).toMatchObject({ ...silent, message: expect.stringContaining('b.csv') });
    expect([...new Set(keys)].sort()).toEqual(['a', 'c']);
  });

  test('an abort does not wait for the silence to end', async () => {
    const stop = new AbortController();
    const remote = await sftp((asked) => {
      if (asked !== 'list') return null;
      stop.abort();
      return 'silence';
    });
    await using source = await csv.open(configOf({ ...remote, timeoutSeconds: 600 }), testContext(stop.signal));
    expect((await readStream(source, 's')).error?.name).toBe('AbortError');
  });
});

test('SFTP: small questions are sent at once', async () => {
  const asked: boolean[] = [];
  const original = Socket.prototype.setNoDelay;
  const spy = jest.spyOn(Socket.prototype, 'setNoDelay').mockImplementation(function (this: Socket, on) {
    asked.push(on === true);
    return original.call(this, on);
  });
  try {
    expect((await read(await sftp(() => null))).keys).toEqual(['a', 'b', 'c']);
    expect(asked).toContain(true);
  } finally {
    spy.mockRestore();
  }
});
