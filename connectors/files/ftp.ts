import { posix } from 'node:path';
import { Client, FTPError } from 'basic-ftp';
import { HubError } from '../../schemas/kernel/errors.ts';
import { watchPace } from '../pace.ts';
import { remoteFailure } from './failure.ts';
import { openNames } from './ftp-names.ts';
import type { RemotePlace } from './remote-config.ts';
import type { RemoteSession } from './remote-session.ts';

/** RFC 959: not found, or no access. */
const NOT_TAKEN = 550;
const SLACK = 1.5;

/** @throws HUB_SOURCE_REFUSED, HUB_SOURCE_UNREACHABLE */
export async function openFtp(place: Extract<RemotePlace, { kind: 'ftp' }>): Promise<RemoteSession> {
  const { host, port, user, password, tls, ca, timeoutSeconds, nameEncoding } = place;
  const client = new Client(timeoutSeconds * 1000);
  const names = openNames(nameEncoding);
  client.ftp.encoding = names.carrier;
  const silence = watchSilence(client, `${host}:${port}`, timeoutSeconds * 1000);
  try {
    await silence.broken(
      client.access({
        ...{ host, port, user, password },
        secure: tls === 'none' ? false : tls === 'implicit' ? 'implicit' : true,
        ...(ca === undefined ? {} : { secureOptions: { ca } }),
      }),
    );
  } catch (error) {
    client.close();
    throw remoteFailure(error, `connecting to ftp://${host}:${port}`);
  }
  /** One reply means both: not there, and not allowed. */
  const isListed = async (path: string): Promise<boolean> => {
    const found = await silence.broken(client.list(names.sent(posix.dirname(path)))).catch(() => []);
    return found.some(({ name }) => names.read(name) === posix.basename(path));
  };
  return {
    async list(folder) {
      const entries = await silence.broken(client.list(names.sent(folder)));
      return entries.map(({ name, size, modifiedAt, isFile }) => ({
        name: names.read(name),
        size,
        mtimeMs: modifiedAt?.getTime() ?? null,
        isFile,
      }));
    },
    async modified(path) {
      try {
        return (await silence.broken(client.lastMod(names.sent(path)))).getTime();
      } catch (error) {
        if (error instanceof FTPError) return null;
        throw error;
      }
    },
    async fetch(path, to) {
      try {
        await silence.broken(client.downloadTo(to, names.sent(path)));
      } catch (error) {
        if (!(error instanceof FTPError) || error.code !== NOT_TAKEN || !(await isListed(path))) throw error;
        throw new HubError('HUB_SOURCE_NO_RIGHTS', `${path} is in its folder and may not be read: ${error.message}`, {
          reason: String(error.code),
        });
      }
    },
    async close() {
      client.close();
    },
  };
}

/**
 * The client limits most of its waits, but not the handshake of TLS, nor one in which a byte comes now and then: none lasts
 * longer than this without data worth the name.
 */
function watchSilence(client: Client, where: string, limitMs: number) {
  let bytes = 0;
  client.trackProgress(({ bytesOverall }) => {
    bytes = bytesOverall;
  });
  return {
    /** Ends the connection and the wait when nothing comes. A little later than the client itself would, who knows why. */
    async broken<T>(work: Promise<T>): Promise<T> {
      let endWatch = (): void => {};
      const silent = new Promise<never>((_, reject) => {
        endWatch = watchPace(
          limitMs * SLACK,
          () => bytes,
          () => {
            const error = new Error(`${where} sent next to nothing for ${limitMs / 1000} s`);
            reject(Object.assign(error, { code: 'ETIMEDOUT' }));
            client.close();
          },
        );
      });
      try {
        return await Promise.race([work, silent]);
      } finally {
        endWatch();
        work.catch(() => {});
      }
    },
  };
}
