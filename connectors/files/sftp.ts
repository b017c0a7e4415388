import { createHash } from 'node:crypto';
import Client from 'ssh2-sftp-client';
import { HubError } from '../../schemas/kernel/errors.ts';
import { remoteFailure } from './failure.ts';
import type { RemotePlace } from './remote-config.ts';
import type { RemoteSession } from './remote-session.ts';

export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** @throws HUB_SOURCE_REFUSED for another host key, telling which one was found; HUB_SOURCE_UNREACHABLE */
export async function openSftp(place: Extract<RemotePlace, { kind: 'sftp' }>): Promise<RemoteSession> {
  const { host, port, user, password, privateKey, passphrase, hostKey, timeoutSeconds } = place;
  const client = new Client();
  // Lost connections are told by the next call.
  client.on('error', () => {});
  let found = '';
  try {
    await client.connect({
      ...{ host, port, username: user, readyTimeout: timeoutSeconds * 1000 },
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      hostVerifier: (key: Buffer) => {
        found = fingerprintOf(key);
        return found === hostKey;
      },
    });
  } catch (error) {
    await client.end().catch(() => {});
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
      const entries = await client.list(folder);
      return entries.map(({ name, size, modifyTime, type }) => ({
        name,
        size,
        mtimeMs: modifyTime,
        isFile: type === '-',
      }));
    },
    async fetch(path, to) {
      // `end: false`: who gave the stream also ends it.
      await client.get(path, to, { pipeOptions: { end: false } } as never);
    },
    async close() {
      await client.end();
    },
  };
}
