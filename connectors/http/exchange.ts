import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { watchPace } from '../pace.ts';
import { isTlsFault } from './tls-fault.ts';

export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly agent: http.Agent;
  readonly lookup: http.RequestOptions['lookup'];
  readonly idleMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** One request and its whole reply, within its limits. Redirects are replies like others. */
export function exchange(options: Exchange): Promise<Answer> {
  const { url, method, headers, body, agent, lookup, idleMs, signal } = options;
  return new Promise((resolve, reject) => {
    let socket: Socket | null = null;
    const fail = (error: unknown): void => {
      endWatch();
      request.destroy();
      reject(asFailure(error, url, signal));
    };
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      ...{ method, headers: { ...headers, 'accept-encoding': 'gzip, deflate, br' }, agent, lookup, signal },
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    request.setTimeout(idleMs, () =>
      fail(
        new HubError('HUB_SOURCE_UNREACHABLE', `${url.host} sent nothing for ${idleMs / 1000} s`, { host: url.host }),
      ),
    );
    const endWatch = watchPace(
      idleMs,
      () => socket?.bytesRead ?? 0,
      () =>
        fail(
          new HubError('HUB_SOURCE_UNREACHABLE', `${url.host} sent next to nothing for ${idleMs / 1000} s`, {
            host: url.host,
          }),
        ),
    );
    request.on('socket', (given) => {
      socket = given;
    });
    request.on('error', fail);
    request.on('response', (response) => {
      collect(decoded(response), options.maxBytes, url).then((bytes) => {
        endWatch();
        resolve({ status: response.statusCode ?? 0, headers: flat(response.headers), body: bytes });
      }, fail);
    });
    request.end(body);
  });
}

function decoded(response: http.IncomingMessage): Readable {
  const decoder = {
    gzip: zlib.createGunzip,
    'x-gzip': zlib.createGunzip,
    deflate: zlib.createInflate,
    br: zlib.createBrotliDecompress,
  }[String(response.headers['content-encoding'] ?? '').toLowerCase()];
  if (decoder === undefined) return response;
  const stream = decoder();
  response.on('error', (error) => stream.destroy(error));
  return response.pipe(stream);
}

async function collect(stream: Readable, maxBytes: number, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      stream.destroy();
      throw new HubError(
        'HUB_FILE_TOO_LARGE',
        `the reply of ${url.host}${url.pathname} has more than ${maxBytes} bytes`,
        {
          host: url.host,
          allowed: `at most ${maxBytes} bytes; raise connection.maxReplyBytes if it is really that large`,
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const flat = (headers: http.IncomingHttpHeaders): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers))
    texts[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return texts;
};

function asFailure(error: unknown, { host }: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isHubError(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (isTlsFault(code))
    return new HubError('HUB_SOURCE_REFUSED', `the certificate of ${host} is not trusted (${code})`, {
      host,
      allowed: 'a certificate of a public authority, or of the one whose PEM is in connection.ca',
    });
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI'))
    return new HubError('HUB_SOURCE_READ_FAILED', `the reply of ${host} is not compressed as it says (${code})`, {
      host,
    });
  return new HubError('HUB_SOURCE_UNREACHABLE', `${host} cannot be reached (${code || message})`, {
    host,
    reason: code,
  });
}
