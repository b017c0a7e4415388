import { generateKeyPairSync } from 'node:crypto';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import ssh2 from 'ssh2';
import { fingerprintOf } from '../../../../connectors/files/sftp.ts';

export interface SftpServer extends AsyncDisposable {
  readonly port: number;
  readonly hostKey: string;
}

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;
const REGULAR = 0o100444;
const FOLDER = 0o040_555;

/** A folder for reading over SFTP, on a free port of 127.0.0.1. Names in it are plain; paths are not looked at. */
/** What the server does instead of answering; null: it answers. */
export type SftpFault = (asked: 'list' | 'open' | 'read', name: string) => number | 'silence' | null;

export async function serveSftp(
  folder: string,
  user: string,
  password: string,
  fault: SftpFault = () => null,
): Promise<SftpServer> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const parsed = ssh2.utils.parseKey(privateKey) as ssh2.ParsedKey;
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    clients.add(client);
    // Not told by the types of the package.
    (client as ssh2.Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
    client.on('close', () => clients.delete(client));
    client.on('error', () => {});
    client.on('authentication', (login) => {
      if (login.method === 'password' && login.username === user && login.password === password) login.accept();
      else login.reject(['password']);
    });
    client.on('session', (accept) => accept().on('sftp', (acceptSftp) => answer(acceptSftp(), folder, fault)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: fingerprintOf(parsed.getPublicSSH()),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(sftp: ssh2.SFTPWrapper, folder: string, fault: SftpFault): void {
  const fails = (id: number, ...asked: Parameters<SftpFault>): boolean => {
    const what = fault(...asked);
    if (typeof what === 'number') sftp.status(id, what, '没有那个文件或目录 550');
    return what !== null;
  };
  const files = new Map<number, FileHandle>();
  const names = new Map<number, string>();
  const listed = new Map<number, boolean>();
  let next = 0;
  const handleOf = (number: number): Buffer => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(number);
    return handle;
  };
  const attributes = async (name: string) => {
    const found = await stat(join(folder, name));
    const { size, mtimeMs } = found;
    const seconds = Math.floor(mtimeMs / 1000);
    return { mode: found.isFile() ? REGULAR : FOLDER, uid: 0, gid: 0, size, atime: seconds, mtime: seconds };
  };
  /** The first letter of the long name tells a file from a folder, as `ls` writes it. */
  const entryOf = async (name: string) => {
    const attrs = await attributes(name);
    return { attrs, longname: `${attrs.mode === FOLDER ? 'd' : '-'}r--r--r-- ${name}` };
  };
  const failed = (id: number) => () => sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
  const folderAttributes = { mode: FOLDER, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

  sftp.on('REALPATH', (id, path) =>
    sftp.name(id, [{ filename: path === '.' ? '/' : path, longname: path, attrs: folderAttributes }]),
  );
  sftp.on('OPENDIR', (id, path) => {
    if (fails(id, 'list', path)) return;
    listed.set(next, false);
    sftp.handle(id, handleOf(next++));
  });
  sftp.on('READDIR', (id, handle) => {
    const number = handle.readUInt32BE();
    if (listed.get(number) === true) return sftp.status(id, STATUS_CODE.EOF);
    listed.set(number, true);
    readdir(folder)
      .then((names) =>
        Promise.all(
          names.map(async (name) => ({
            filename: name,
            ...(await entryOf(name)),
          })),
        ),
      )
      .then(
        (entries) => (entries.length === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.name(id, entries)),
        failed(id),
      );
  });
  const tell = (id: number, path: string): void => {
    if (path === '/' || path === '.') sftp.attrs(id, folderAttributes);
    else attributes(basename(path)).then((attrs) => sftp.attrs(id, attrs), failed(id));
  };
  sftp.on('STAT', tell);
  sftp.on('LSTAT', tell);
  sftp.on('FSTAT', (id, handle) => {
    const file = files.get(handle.readUInt32BE());
    if (file === undefined) return failed(id)();
    file
      .stat()
      .then(
        ({ size, mtimeMs }) =>
          sftp.attrs(id, { ...folderAttributes, mode: REGULAR, size, mtime: Math.floor(mtimeMs / 1000) }),
        failed(id),
      );
  });
  sftp.on('OPEN', (id, path, flags) => {
    if (fails(id, 'open', basename(path))) return;
    if ((flags & OPEN_MODE.WRITE) !== 0) return sftp.status(id, STATUS_CODE.PERMISSION_DENIED);
    open(join(folder, basename(path)), 'r').then((file) => {
      files.set(next, file);
      names.set(next, basename(path));
      sftp.handle(id, handleOf(next++));
    }, failed(id));
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const file = files.get(handle.readUInt32BE());
    if (file === undefined) return failed(id)();
    if (fails(id, 'read', names.get(handle.readUInt32BE()) ?? '')) return;
    const buffer = Buffer.alloc(length);
    file
      .read(buffer, 0, length, offset)
      .then(
        ({ bytesRead }) =>
          bytesRead === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.data(id, buffer.subarray(0, bytesRead)),
        failed(id),
      );
  });
  sftp.on('close', () => {
    for (const file of files.values()) void file.close().catch(() => {});
    files.clear();
  });
  sftp.on('CLOSE', (id, handle) => {
    const number = handle.readUInt32BE();
    const file = files.get(number);
    files.delete(number);
    (file?.close() ?? Promise.resolve()).then(() => sftp.status(id, STATUS_CODE.OK), failed(id));
  });
}
