import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Hash } from './merkle.ts';

/* C2SP signed-note and tlog-checkpoint with Ed25519: text that outsiders verify by a line they were given. */

/** What the audit log, a checkpoint or a proof says does not hold. */
export const invalidProof = (en: string, zh: string, details: Readonly<Record<string, unknown>> = {}): HubError =>
  new HubError('HUB_PROOF_INVALID', en, { ...details, zh });

export interface Verifier {
  /** Of the key; the origin of a log is the name of its key. */
  readonly name: string;
  /** Eight hexadecimal digits that find the line of this key among the others. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

export interface Signer extends Verifier {
  /** `name+keyId+base64`, by which everybody verifies. */
  readonly verifierKey: string;
  sign(text: string): Buffer;
}

const ED25519 = 0x01;
const KEY_BYTES = 32;
/** What stands before the seed of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const NAME = /^[^\s+]+$/u;
const VERIFIER = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;
const VERIFIER_FORM = 'name+8 hexadecimal digits+base64, as `hub audit key` prints it';

const keyIdOf = (name: string, key: Uint8Array): string =>
  createHash('sha256').update(name).update('\n').update(key).digest('hex').slice(0, 8);

const rawOf = (publicKey: KeyObject): Buffer => Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');

/** @param seed 32 bytes that nobody else knows. @param nameOf the name of the key, which may depend on its public half. */
export function createSigner(seed: Uint8Array, nameOf: (publicKey: Uint8Array) => string): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  const raw = rawOf(publicKey);
  const name = nameOf(raw);
  const typed = Buffer.concat([Buffer.of(ED25519), raw]);
  const keyId = keyIdOf(name, typed);
  return {
    ...{ name, keyId, publicKey, verifierKey: `${name}+${keyId}+${typed.toString('base64')}` },
    sign: (text) => sign(null, Buffer.from(text), key),
  };
}

/** @throws HUB_CONFIG_INVALID */
export function parseVerifier(text: string): Verifier {
  const [, name = '', keyId = '', base64 = ''] = VERIFIER.exec(text.trim()) ?? [];
  const typed = Buffer.from(base64, 'base64');
  if (typed[0] !== ED25519 || typed.length !== 1 + KEY_BYTES || keyIdOf(name, typed) !== keyId)
    throw new HubError('HUB_CONFIG_INVALID', `"${text}" is no key of a log that can be verified here`, {
      zh: `“${text}”不是可在此校验的日志公钥`,
      allowed: `${VERIFIER_FORM}; Ed25519 only`,
    });
  const x = typed.subarray(1).toString('base64url');
  return { name, keyId, publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}

/** @param text lines, each with its end. */
export const signNote = (text: string, signers: readonly Signer[]): string =>
  `${text}\n${signers
    .map((one) => {
      const signature = Buffer.concat([Buffer.from(one.keyId, 'hex'), one.sign(text)]);
      return `— ${one.name} ${signature.toString('base64')}\n`;
    })
    .join('')}`;

const LONGEST_NOTE = 1_000_000;
const SIGNATURE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/u;
/** A line ends by a line feed; nothing else that steers a terminal is in a note. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/;

/**
 * The text of a note that this key has signed. Lines of other keys are not looked at, so a note may carry what this program does not
 * understand; a line of this key that is wrong refuses the note.
 * @throws HUB_PROOF_INVALID
 */
export function openNote(note: string, verifier: Verifier): string {
  const malformed = (): HubError =>
    invalidProof(
      'It is no signed note: text, an empty line, lines of signatures',
      '不是签名文本：应有正文、空行和签名行',
    );
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || note.length > LONGEST_NOTE || !note.endsWith('\n') || CONTROL.test(note)) throw malformed();
  const text = note.slice(0, at + 1);
  let isSigned = false;
  for (const line of note.slice(at + 2, -1).split('\n')) {
    const [, name = '', base64 = ''] = SIGNATURE.exec(line) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    if (!NAME.test(name) || bytes.length < 5) throw malformed();
    if (name !== verifier.name || bytes.subarray(0, 4).toString('hex') !== verifier.keyId) continue;
    if (!verify(null, Buffer.from(text), verifier.publicKey, bytes.subarray(4)))
      throw invalidProof(
        `The signature of ${name} is not one over this text: it was changed after it was signed`,
        `${name} 的签名与正文不符：正文在签名之后被改动`,
        { name },
      );
    isSigned = true;
  }
  if (!isSigned)
    throw invalidProof(
      `It is not signed by ${verifier.name} (${verifier.keyId})`,
      `没有 ${verifier.name}（${verifier.keyId}）的签名`,
      { name: verifier.name },
    );
  return text;
}

/** What a log says of itself: so many entries, with this root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

export const signCheckpoint = ({ size, root }: Omit<Checkpoint, 'origin'>, signer: Signer): string =>
  signNote(`${signer.name}\n${size}\n${root.toString('base64')}\n`, [signer]);

const SIZE = /^(?:0|[1-9]\d{0,15})$/;
const ROOT = /^[A-Za-z0-9+/]{43}=$/;

/** Further lines are extensions, which are signed and mean nothing here. @throws HUB_PROOF_INVALID */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint {
  const [origin = '', size = '', root = ''] = openNote(note, verifier).split('\n');
  if (origin !== verifier.name || !SIZE.test(size) || !Number.isSafeInteger(Number(size)) || !ROOT.test(root))
    throw invalidProof(
      `It is signed, and no checkpoint of ${verifier.name}: origin, number of entries, root in base64`,
      `已签名，但不是 ${verifier.name} 的检查点：应为来源、条目数、base64 根哈希`,
      { origin: verifier.name },
    );
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}
