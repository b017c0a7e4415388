import { HubError } from '../../schemas/kernel/errors.ts';
import { at } from '../json/exact.ts';
import { parseExact } from '../json/parse.ts';
import type { HttpAuth } from './config.ts';
import type { HttpReply, HttpRequest } from './message.ts';

interface Proof {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  /** The address and the headers that prove who asks. */
  prove(url: string, signal: AbortSignal): Promise<Proof>;
  /** After a 401: true when another proof can be had. */
  renew(): boolean;
}

const EARLY_MS = 30_000;
const USUAL_SECONDS = 300;
const TOKEN_BYTES = 64 * 1024;

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export function createCredentials(
  auth: HttpAuth,
  now: () => Date,
  send: (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>,
): Credentials {
  let token: { readonly text: string; readonly until: number } | null = null;
  const fixed = (make: (url: string) => Proof): Credentials => ({
    prove: async (url) => make(url),
    renew: () => false,
  });

  switch (auth.kind) {
    case 'none':
      return fixed((url) => ({ url, headers: {} }));
    case 'basic':
      return fixed((url) => ({ url, headers: { authorization: basic(auth.user, auth.password) } }));
    case 'key':
      return fixed((url) => {
        if (auth.header !== undefined) return { url, headers: { [auth.header.toLowerCase()]: auth.value } };
        const withKey = new URL(url);
        withKey.searchParams.set(auth.query as string, auth.value);
        return { url: withKey.href, headers: {} };
      });
    case 'oauth':
      return {
        async prove(url, signal) {
          if (token === null || token.until <= now().getTime()) {
            const reply = await send(tokenRequest(auth), signal);
            token = tokenOf(reply, now().getTime(), auth.tokenUrl);
          }
          return { url, headers: { authorization: `Bearer ${token.text}` } };
        },
        renew() {
          const had = token !== null;
          token = null;
          return had;
        },
      };
  }
}

/** RFC 6749, 4.4, with the client in the Authorization header (2.3.1). */
function tokenRequest({ tokenUrl, clientId, clientSecret, scope }: Extract<HttpAuth, { kind: 'oauth' }>): HttpRequest {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  return {
    url: tokenUrl,
    method: 'POST',
    headers: {
      authorization: basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: form.toString(),
    maxBytes: TOKEN_BYTES,
  };
}

function tokenOf({ status, body }: HttpReply, now: number, tokenUrl: string): { text: string; until: number } {
  const { host } = new URL(tokenUrl);
  const answer = parseExact(body.toString('utf8'))?.value ?? null;
  const text = at(answer, 'access_token');
  if (status !== 200 || typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
    throw new HubError('HUB_SOURCE_REFUSED', `${host} gives no token: it answers ${status}`, { host, status });
  const seconds = Number(at(answer, 'expires_in') ?? USUAL_SECONDS);
  return { text, until: now + (Number.isFinite(seconds) ? seconds : USUAL_SECONDS) * 1000 - EARLY_MS };
}
