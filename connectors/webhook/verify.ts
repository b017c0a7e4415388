import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { WebhookScheme } from './config.ts';

/** A push as it came. */
export interface Push {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly now: Date;
}

/** What a genuine delivery is known by. */
export interface Proven {
  /** Of the sender, or a digest of what was signed. A header that is not signed may say anything. */
  readonly id: string;
  /** Stands for everything that was signed, with the secret that signed it: the same again has the same, whatever else changed. */
  readonly proof: Uint8Array;
}

const MAX_ID = 200;

/** @throws HUB_PUSH_REFUSED without telling more than the sender needs to mend it. */
export function verifyPush(scheme: WebhookScheme, push: Push): Proven {
  if (scheme.scheme === 'standard') return verifyStandard(scheme, push);
  const time = scheme.timestampHeader === undefined ? null : named(push, scheme.timestampHeader);
  if (time !== null) refuseOld(time, scheme.toleranceSeconds, push.now);
  const given = named(push, scheme.header);
  // `sha256=ab12…`: base64 ends in `=` and never has more of it before its end.
  const signature = decoded(given.replace(/^[a-z0-9-]{2,12}=(?=[^=])/, ''), scheme.encoding, scheme.header);
  const signed = time === null ? push.body : Buffer.concat([Buffer.from(`${time}.`), push.body]);
  const key =
    scheme.scheme === 'hmac'
      ? scheme.secrets.find((secret) => equal(createHmac(scheme.algorithm, secret).update(signed).digest(), signature))
      : scheme.publicKeys.find((pem) => isSignedBy(pem, signed, signature));
  if (key === undefined) throw refused('the signature does not fit the body', { header: scheme.header });
  const id =
    scheme.idHeader === undefined
      ? createHash('sha256').update(signed).digest('base64url')
      : idOf(named(push, scheme.idHeader));
  return { id, proof: proofOf(key, signed) };
}

const proofOf = (key: string | Uint8Array, signed: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update('delivery\n').update(signed).digest();

/** A header that came twice is joined by a comma; `Buffer.from` would take what stands before it. */
function decoded(text: string, encoding: 'hex' | 'base64', header: string): Uint8Array {
  const isOne = encoding === 'hex' ? /^[0-9a-fA-F]+$/.test(text) : /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (isOne) return Buffer.from(text, encoding);
  throw refused(`header ${header} is not one signature in ${encoding}`, { header });
}

/** Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, base64, several as `v1,... v1,...`. */
function verifyStandard(
  { secrets, toleranceSeconds }: Extract<WebhookScheme, { scheme: 'standard' }>,
  push: Push,
): Proven {
  const id = idOf(named(push, 'webhook-id'));
  const time = named(push, 'webhook-timestamp');
  refuseOld(time, toleranceSeconds, push.now);
  const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), push.body]);
  const given = named(push, 'webhook-signature')
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .slice(0, 10)
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  const key = secrets
    .map((secret) => (secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)))
    .find((secret) => given.some((one) => equal(createHmac('sha256', secret).update(signed).digest(), one)));
  if (key === undefined) throw refused('the signature does not fit id, time and body', { header: 'webhook-signature' });
  return { id, proof: proofOf(key, signed) };
}

const refused = (why: string, details: object): HubError =>
  new HubError('HUB_PUSH_REFUSED', `The delivery is refused: ${why}`, { ...details });

function named({ headers }: Push, name: string): string {
  const value = headers[name];
  if (value !== undefined && value !== '') return value;
  throw refused(`header ${name} is missing`, { header: name });
}

function idOf(id: string): string {
  if (id.length <= MAX_ID && /^[\x21-\x7e]+$/.test(id)) return id;
  throw refused(`the id of the delivery is not 1 to ${MAX_ID} printable ASCII characters`, { most: MAX_ID });
}

const MILLISECONDS_FROM = 1e11;

function refuseOld(time: string, toleranceSeconds: number, now: Date): void {
  const number = /^\d{9,14}$/.test(time) ? Number(time) : Number.NaN;
  const ms = number >= MILLISECONDS_FROM ? number : number * 1000;
  if (Math.abs(ms - now.getTime()) <= toleranceSeconds * 1000) return;
  throw refused('its time is too far from now, or not Unix seconds or milliseconds', {
    toleranceSeconds,
    now: now.toISOString(),
  });
}

const equal = (wanted: Uint8Array, given: Uint8Array): boolean =>
  wanted.length === given.length && timingSafeEqual(wanted, given);

function isSignedBy(pem: string, signed: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey(pem);
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key, signature);
}
