import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import ssh2 from 'ssh2';
import Client from 'ssh2-sftp-client';
import { HubError } from '../../schemas/kernel/errors.ts';
import { watchPace } from '../pace.ts';
import { remoteFailure } from './failure.ts';
import type { RemotePlace } from './remote-config.ts';
import type { RemoteSession } from './remote-session.ts';

type SftpPlace = Extract<RemotePlace, { kind: 'sftp' }>;

export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** How long a server may take to end a connection that is not wanted any more. */
const GOODBYE_MS = 1_000;

/**
 * @throws HUB_SOURCE_REFUSED for another host key, telling which one was found; HUB_CONFIG_INVALID for a private key that
 *   cannot be read; HUB_SOURCE_UNREACHABLE
 */
export async function openSftp(place: SftpPlace): Promise<RemoteSession> {
  const { host, port, user, password, privateKey, passphrase, hostKey, timeoutSeconds } = place;
  assertReadable(place);
  // Without listeners of our own the client writes to the standard output, which belongs to the program.
  const client = new Client('sftp', { error() {}, end() {}, close() {} });
  // A socket of our own: it knows when the server falls silent, whatever is being waited for.
  const socket = connect({ host, port });
  // A small file is many small questions; each would wait for the answer to the one before.
  socket.setNoDelay(true);
  const silent = (what: string) => (): void => {
    const error = new Error(`${host}:${port} sent ${what} for ${timeoutSeconds} s`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  };
  socket.on('timeout', silent('nothing'));
  /** The client tells later calls less than it was told itself. */
  let cause: unknown = null;
  client.on('error', (error: unknown) => {
    cause ??= error;
  });
  let waiting = 0;
  async function answered<T>(work: () => Promise<T>): Promise<T> {
    waiting += 1;
    socket.setTimeout(timeoutSeconds * 1000);
    const endWatch = watchPace(timeoutSeconds * 1000, () => socket.bytesRead, silent('next to nothing'));
    try {
      return await work();
    } catch (error) {
      throw cause ?? error;
    } finally {
      endWatch();
      waiting -= 1;
      if (waiting === 0) socket.setTimeout(0);
    }
  }

  let found = '';
  try {
    await answered(() =>
      client.connect({
        ...{ sock: socket, username: user, readyTimeout: timeoutSeconds * 1000 },
        ...(password === undefined ? {} : { password }),
        ...(privateKey === undefined ? {} : { privateKey }),
        ...(passphrase === undefined ? {} : { passphrase }),
        hostVerifier: (key: Buffer) => {
          found = fingerprintOf(key);
          return found === hostKey;
        },
      }),
    );
  } catch (error) {
    socket.destroy();
    if (found !== '' && found !== hostKey)
      throw new HubError('HUB_SOURCE_REFUSED', `${host}:${port} is another server than agreed: its key is ${found}`, {
        host,
        found,
        agreed: hostKey,
        allowed: 'ask the owner; put the new fingerprint into connection.remote.hostKey if it was changed on purpose',
      });
    throw remoteFailure(error, `connecting to sftp://${host}:${port}`);
  }
  return {
    async list(folder) {
      const entries = await answered(() => client.list(folder));
      return entries.map(({ name, size, modifyTime, type }) => ({
        name,
        size,
        mtimeMs: modifyTime,
        isFile: type === '-',
      }));
    },
    async fetch(path, to) {
      // `end: false`: who gave the stream also ends it.
      await answered(() => client.get(path, to, { pipeOptions: { end: false } } as never));
    },
    async close() {
      // Whoever still waits must hear of it; with nobody waiting, the server is told.
      if (waiting > 0) socket.destroy();
      else {
        client.end().catch(() => {});
        socket.setTimeout(GOODBYE_MS);
      }
    },
  };
}

function assertReadable({ privateKey, passphrase }: SftpPlace): void {
  if (privateKey === undefined) return;
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (!(parsed instanceof Error)) return;
  throw new HubError('HUB_CONFIG_INVALID', `connection.remote.privateKey cannot be read: ${parsed.message}`, {
    allowed: 'PEM or OpenSSH; an encrypted one needs passphrase',
  });
}
