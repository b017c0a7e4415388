import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { type InnerList, isInnerList, parseDictionary, serializeInnerList } from 'structured-headers';
import { type ErrorCode, HubError } from '../../schemas/kernel/errors.ts';
import { both, type Text } from '../texts.ts';

/** Names of the registry of RFC 9421. */
export type Algorithm = 'ed25519' | 'hmac-sha256';

/** What a key of either kind checks with: a public key as SPKI, or the shared secret. */
export interface KeyMaterial {
  readonly alg: Algorithm;
  readonly material: Buffer;
}

export interface SignedMessage {
  readonly method: string;
  /** The whole address as its caller knows it. */
  readonly targetUri: string;
  /** Names and values in turn, as they came: what came twice must be seen. */
  readonly rawHeaders: readonly string[];
}

/** What a signature says of itself. */
export interface Claims {
  readonly keyId: string;
  readonly alg: string;
  readonly nonce: string;
  readonly created: Date;
  readonly expires: Date;
}

interface ReadSignature {
  /** What is covered, and the parameters. */
  readonly input: InnerList;
  readonly bytes: Buffer;
}

type Digest = readonly [hash: 'sha256' | 'sha512', wanted: Buffer];

/** A signature is good for so long, whatever it says itself. */
const LONGEST_MS = 5 * 60_000;
/** So far the clock of a caller may be ahead. */
const AHEAD_MS = 10_000;
/** A nonce is kept for longer than its signature is good: clocks of several machines of the hub differ. */
const NONCE_KEPT_MS = 2 * LONGEST_MS;

const REQUIRED = ['@method', '@target-uri'] as const;
const REQUIRED_WITH_BODY = [...REQUIRED, 'content-digest', 'content-type'] as const;
const PARAMETERS = 'created, expires, nonce, keyid and alg';
const DIGESTS: ReadonlyMap<string, Digest[0]> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);

const refuse = (code: ErrorCode, { en, zh }: Text, allowed?: string | readonly string[]): HubError =>
  new HubError(code, en, { zh, allowed });

function valuesOf({ rawHeaders }: SignedMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) values.push((rawHeaders[at + 1] ?? '').trim());
  return values;
}

export const hasSignature = (message: SignedMessage): boolean =>
  ['signature', 'signature-input'].some((name) => valuesOf(message, name).length > 0);

function dictionaryOf(message: SignedMessage, name: string, code: ErrorCode): ReturnType<typeof parseDictionary> {
  const [value, ...more] = valuesOf(message, name);
  if (value === undefined) throw refuse(code, both(`缺少标头 ${name}`, `The header ${name} is missing`));
  if (more.length > 0) throw refuse(code, both(`标头 ${name} 出现多次`, `The header ${name} comes more than once`));
  try {
    return parseDictionary(value);
  } catch {
    throw refuse(
      code,
      both(`标头 ${name} 不是结构化字段字典`, `The header ${name} is no dictionary of structured fields`),
      'RFC 9651 and RFC 9421, section 4',
    );
  }
}

/** The one signature of a request. @throws HUB_ACCESS_SIGNATURE */
export function readSignature(message: SignedMessage): ReadSignature {
  const inputs = dictionaryOf(message, 'signature-input', 'HUB_ACCESS_SIGNATURE');
  const signatures = dictionaryOf(message, 'signature', 'HUB_ACCESS_SIGNATURE');
  const [label, ...more] = inputs.keys();
  const input = inputs.get(label ?? '');
  const given = signatures.get(label ?? '');
  if (input === undefined || given === undefined || more.length > 0 || signatures.size !== 1 || !isInnerList(input))
    throw refuse(
      'HUB_ACCESS_SIGNATURE',
      both(
        '请求须恰有一个签名，两个标头用同一标签',
        'A request has one signature, under the same label in both headers',
      ),
      'Signature-Input: sig=("@method" …);created=…, Signature: sig=:…:',
    );
  const [bytes] = given;
  if (!(bytes instanceof ArrayBuffer))
    throw refuse(
      'HUB_ACCESS_SIGNATURE',
      both('签名不是字节序列', 'The signature is no sequence of bytes'),
      'sig=:BASE64:',
    );
  return { input, bytes: Buffer.from(bytes) };
}

/** The text that is signed (RFC 9421, section 2.5). @throws HUB_ACCESS_SIGNATURE for what cannot be covered here */
export function signatureBase(message: SignedMessage, input: InnerList): string {
  const seen = new Set<string>();
  const lines = input[0].map(([name, parameters]) => {
    if (typeof name !== 'string' || parameters.size > 0)
      throw refuse(
        'HUB_ACCESS_SIGNATURE',
        both('签名涵盖的部分不得带参数', 'Parts that a signature covers have no parameters here'),
        REQUIRED_WITH_BODY,
      );
    if (seen.has(name)) throw refuse('HUB_ACCESS_SIGNATURE', both(`“${name}”被涵盖两次`, `"${name}" is covered twice`));
    seen.add(name);
    return `"${name}": ${name.startsWith('@') ? derived(message, name) : field(message, name)}`;
  });
  return [...lines, `"@signature-params": ${serializeInnerList(input)}`].join('\n');
}

function field(message: SignedMessage, name: string): string {
  const [value, ...more] = valuesOf(message, name);
  if (value === undefined)
    throw refuse(
      'HUB_ACCESS_SIGNATURE',
      both('签名涵盖了请求没有的标头', 'A covered header is not in the request'),
      'headers that are sent, in lower case',
    );
  // Which of them a reader takes is nobody's promise.
  if (more.length > 0)
    throw refuse(
      'HUB_ACCESS_SIGNATURE',
      both(`被签名涵盖的标头 ${name} 出现多次`, `The covered header ${name} comes more than once`),
      'each covered header once',
    );
  return value;
}

function derived({ method, targetUri }: SignedMessage, name: string): string {
  const [, scheme = '', authority = '', path = '', query = '?'] =
    /^([a-z]+):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/.exec(targetUri) ?? [];
  const values: Readonly<Record<string, string>> = {
    '@method': method,
    '@target-uri': targetUri,
    '@scheme': scheme,
    '@authority': authority.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, ''),
    '@path': path === '' ? '/' : path,
    '@query': query,
  };
  if (Object.hasOwn(values, name)) return values[name] as string;
  throw refuse(
    'HUB_ACCESS_SIGNATURE',
    both('签名涵盖了此处不支持的派生部分', 'A derived part is covered that is not known here'),
    Object.keys(values),
  );
}

/** Whether the signature is that of the key over the text. */
export function isSignedBy({ alg, material }: KeyMaterial, base: string, bytes: Buffer): boolean {
  const signed = Buffer.from(base, 'latin1');
  if (alg === 'ed25519')
    return verify(null, signed, createPublicKey({ key: material, format: 'der', type: 'spki' }), bytes);
  const wanted = createHmac('sha256', material).update(signed).digest();
  return wanted.length === bytes.length && timingSafeEqual(wanted, bytes);
}

/** The caller does not choose what it signs. @throws HUB_ACCESS_SIGNATURE for a signature over less */
export function requireCover({ input }: ReadSignature, hasBody: boolean): void {
  const covered = new Set(input[0].map(([name]) => name));
  const required = hasBody ? REQUIRED_WITH_BODY : REQUIRED;
  const missing = required.filter((name) => !covered.has(name));
  if (missing.length > 0)
    throw refuse(
      'HUB_ACCESS_SIGNATURE',
      both(`签名未涵盖 ${missing.join('、')}`, `The signature does not cover ${missing.join(', ')}`),
      required,
    );
}

/** @throws HUB_ACCESS_SIGNATURE for a parameter that is missing or of another kind */
export function readClaims({ input: [, parameters] }: ReadSignature): Claims {
  const text = (name: string, least: number, most: number): string => {
    const value = parameters.get(name);
    if (typeof value === 'string' && value.length >= least && value.length <= most) return value;
    throw unclaimed(name, `a string of ${least} to ${most} characters; the signature has ${PARAMETERS}`);
  };
  const moment = (name: string): Date => {
    const value = parameters.get(name);
    // The longest date that there is in JavaScript, in seconds.
    if (Number.isInteger(value) && Math.abs(value as number) <= 8.64e12) return new Date((value as number) * 1_000);
    throw unclaimed(name, `whole seconds since 1970; the signature has ${PARAMETERS}`);
  };
  return {
    ...{ created: moment('created'), expires: moment('expires') },
    ...{ nonce: text('nonce', 8, 200), keyId: text('keyid', 1, 200), alg: text('alg', 1, 40) },
  };
}

const unclaimed = (name: string, allowed: string): HubError =>
  refuse(
    'HUB_ACCESS_SIGNATURE',
    both(
      `签名参数 ${name} 缺失或不符合要求`,
      `The parameter ${name} of the signature is missing or not as it should be`,
    ),
    allowed,
  );

/** @throws HUB_ACCESS_SIGNATURE_TIME */
export function requireFresh({ created, expires }: Claims, now: Date): void {
  const age = now.getTime() - created.getTime();
  const why =
    age < -AHEAD_MS
      ? both('签名时间在将来', 'The signature was created in the future')
      : age > LONGEST_MS
        ? both('签名已超过五分钟', 'The signature is older than five minutes')
        : expires <= now
          ? both('签名已过有效期', 'The signature has expired')
          : null;
  if (why !== null)
    throw refuse(
      'HUB_ACCESS_SIGNATURE_TIME',
      why,
      `created within five minutes, by a clock that says ${now.toISOString()}`,
    );
}

/** Until when a nonce has to be known. */
export const forgetNonceAt = ({ created }: Claims): Date => new Date(created.getTime() + NONCE_KEPT_MS);

/** The digests of the body, which the signature covers. @throws HUB_ACCESS_SIGNATURE_BODY */
export function readDigests(message: SignedMessage): readonly Digest[] {
  const found: Digest[] = [];
  for (const [name, [value]] of dictionaryOf(message, 'content-digest', 'HUB_ACCESS_SIGNATURE_BODY')) {
    const hash = DIGESTS.get(name);
    if (hash !== undefined && value instanceof ArrayBuffer) found.push([hash, Buffer.from(value)]);
  }
  if (found.length === 0)
    throw refuse(
      'HUB_ACCESS_SIGNATURE_BODY',
      both('标头 Content-Digest 没有可用的摘要', 'The header Content-Digest has no digest that is known here'),
      [...DIGESTS.keys()],
    );
  return found;
}

/** Takes a body piece by piece. */
export function digestCheck(digests: readonly Digest[]): { update(part: Buffer): void; end(): void } {
  const all = digests.map(([hash, wanted]) => ({ hash: createHash(hash), wanted }));
  return {
    update: (part) => {
      for (const { hash } of all) hash.update(part);
    },
    /** @throws HUB_ACCESS_SIGNATURE_BODY */
    end: () => {
      if (all.every(({ hash, wanted }) => hash.digest().equals(wanted))) return;
      throw refuse('HUB_ACCESS_SIGNATURE_BODY', both('请求正文与其摘要不符', 'The body is not that of its digest'));
    },
  };
}
