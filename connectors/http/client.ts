import http from 'node:http';
import https from 'node:https';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { type ErrorCode, HubError } from '../../schemas/kernel/errors.ts';
import { addressGiven } from './address.ts';
import { createCredentials } from './auth.ts';
import type { HttpConnection } from './config.ts';
import { exchange } from './exchange.ts';
import { createGuard, type Guard } from './guard.ts';
import type { HttpReply, HttpRequest } from './message.ts';

export interface HttpClient extends AsyncDisposable {
  /**
   * @throws HUB_SOURCE_REFUSED (login, certificate, host), HUB_SOURCE_NO_RIGHTS, HUB_SOURCE_OBJECT_MISSING,
   *   HUB_SOURCE_BUSY with `details.retryAfterMs`, HUB_SOURCE_READ_FAILED, HUB_SOURCE_UNREACHABLE, HUB_FILE_TOO_LARGE
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
}

const MAX_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
const CONNECTIONS = 4;

/** The one way in which connectors speak HTTP: agreed hosts only, addresses looked at, sizes and times limited. */
export function openHttpClient(
  connection: HttpConnection,
  context: Pick<RunContext, 'now'>,
  guard: Guard = createGuard(connection),
): HttpClient {
  const { timeoutSeconds, totalSeconds, maxReplyBytes, ca } = connection;
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: CONNECTIONS, ...(ca === undefined ? {} : { ca }) }),
  };

  async function follow(
    request: HttpRequest,
    own: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    let url = new URL(request.url);
    let { method = 'GET', body } = request;
    let headers = { ...request.headers, ...own };
    for (let redirects = 0; ; redirects++) {
      guard.check(url);
      const answer = await exchange({
        ...{ url, method, headers, body, signal, lookup: guard.lookup, idleMs: timeoutSeconds * 1000 },
        agent: agents[url.protocol as 'http:' | 'https:'],
        maxBytes: Math.min(request.maxBytes ?? maxReplyBytes, maxReplyBytes),
      });
      const location = REDIRECTS.includes(answer.status) ? answer.headers['location'] : undefined;
      if (location === undefined) return { ...answer, url: url.href };
      const next = addressGiven(location, url, 'a redirect');
      if (redirects === MAX_REDIRECTS || (url.protocol === 'https:' && next.protocol !== 'https:'))
        throw new HubError('HUB_SOURCE_REFUSED', `${url.host} redirects too often, or away from https`, {
          host: url.host,
        });
      // What proves who we are is for the host that asked for it.
      if (next.host !== url.host) headers = { ...request.headers };
      if (answer.status === 303) {
        method = 'GET';
        body = undefined;
      }
      url = next;
    }
  }

  /** A deadline for everything that belongs to one reply. */
  async function within<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const abort = (): void => stop.abort(outer.reason);
    const late = (): void =>
      stop.abort(new HubError('HUB_SOURCE_UNREACHABLE', `no whole reply within ${totalSeconds} s`, { totalSeconds }));
    outer.throwIfAborted();
    outer.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(late, totalSeconds * 1000);
    try {
      return await work(stop.signal);
    } finally {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    }
  }

  const credentials = createCredentials(connection.auth, context.now, (request, signal) => follow(request, {}, signal));

  return {
    send: (request, outer) =>
      within(outer, async (signal) => {
        let proof = await credentials.prove(request.url, signal);
        let reply = await follow({ ...request, url: proof.url }, proof.headers, signal);
        if (reply.status === 401 && credentials.renew()) {
          proof = await credentials.prove(request.url, signal);
          reply = await follow({ ...request, url: proof.url }, proof.headers, signal);
        }
        const fine = (reply.status >= 200 && reply.status < 300) || request.accept?.includes(reply.status) === true;
        if (!fine) throw refusal(reply, context.now());
        return reply;
      }),
    async [Symbol.asyncDispose]() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'HUB_SOURCE_REFUSED',
  403: 'HUB_SOURCE_NO_RIGHTS',
  404: 'HUB_SOURCE_OBJECT_MISSING',
  410: 'HUB_SOURCE_OBJECT_MISSING',
  429: 'HUB_SOURCE_BUSY',
  503: 'HUB_SOURCE_BUSY',
};
const LONGEST_WAIT_MS = 24 * 3_600_000;
const USUAL_WAIT_MS = 60_000;

/** What a status other than expected means. The body may hold rows and is not told. */
function refusal({ status, url, headers }: HttpReply, now: Date): HubError {
  const { host, pathname } = new URL(url);
  const code = CODES[status] ?? (status >= 500 || status === 408 ? 'HUB_SOURCE_READ_FAILED' : 'HUB_SOURCE_REFUSED');
  const details = { host, path: pathname, status };
  const message = `${host}${pathname} answers ${status}`;
  if (code !== 'HUB_SOURCE_BUSY') return new HubError(code, message, details);
  return new HubError(code, message, { ...details, retryAfterMs: retryAfterMs(headers['retry-after'], now) });
}

/** Seconds or a date (RFC 9110, 10.2.3), within a day. */
export function retryAfterMs(text: string | undefined, now: Date): number {
  const ms =
    text === undefined ? Number.NaN : /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? USUAL_WAIT_MS : Math.min(LONGEST_WAIT_MS, Math.max(1_000, ms));
}
