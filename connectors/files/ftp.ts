import { Client } from 'basic-ftp';
import { remoteFailure } from './failure.ts';
import type { RemotePlace } from './remote-config.ts';
import type { RemoteSession } from './remote-session.ts';

/** @throws HUB_SOURCE_REFUSED, HUB_SOURCE_UNREACHABLE */
export async function openFtp(place: Extract<RemotePlace, { kind: 'ftp' }>): Promise<RemoteSession> {
  const { host, port, user, password, tls, ca, timeoutSeconds } = place;
  const client = new Client(timeoutSeconds * 1000);
  try {
    await client.access({
      ...{ host, port, user, password },
      secure: tls === 'none' ? false : tls === 'implicit' ? 'implicit' : true,
      ...(ca === undefined ? {} : { secureOptions: { ca } }),
    });
  } catch (error) {
    client.close();
    throw remoteFailure(error, `connecting to ftp://${host}:${port}`);
  }
  return {
    async list(folder) {
      const entries = await client.list(folder);
      return entries.map(({ name, size, modifiedAt, isFile }) => ({
        name,
        size,
        mtimeMs: modifiedAt?.getTime() ?? 0,
        isFile,
      }));
    },
    async fetch(path, to) {
      await client.downloadTo(to, path);
    },
    async close() {
      client.close();
    },
  };
}
