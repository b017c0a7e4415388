import { createPublicKey, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import type { CallingSystem } from './principal.ts';
import {
  type Algorithm,
  type Claims,
  digestCheck,
  forgetNonceAt,
  isSignedBy,
  type KeyMaterial,
  readClaims,
  readDigests,
  readSignature,
  requireCover,
  requireFresh,
  type SignedMessage,
  signatureBase,
} from './signatures.ts';

const SYSTEM = /^[a-z][a-z0-9-]{0,62}$/;
/** As long as the hash: RFC 2104 advises against less. */
const SECRET_BYTES = 32;
/** No digits: the audit log takes no name in which a number of a person could be. */
const LETTERS = 'bcdfghjkmnpqrstv';

export interface KeyLine {
  readonly keyId: string;
  readonly system: string;
  readonly organisation: string;
  readonly alg: Algorithm;
  readonly validUntil: Date | null;
  readonly addedAt: Date;
  readonly revokedAt: Date | null;
}

interface NewKey {
  readonly system: string;
  readonly organisation: string;
  /** PEM. null: a secret for HMAC is made. */
  readonly publicKey: string | null;
  readonly validUntil?: Date | undefined;
  /** Who adds it, for those who ask later. */
  readonly by: string;
}

/** A request that a system has signed. */
export interface SignedCall {
  readonly system: CallingSystem;
  /** What its body has to pass; null: it has none. */
  readonly body: ReturnType<typeof digestCheck> | null;
}

export const listKeys = async (pool: Pool): Promise<readonly KeyLine[]> =>
  (
    await query<KeyLine>(
      pool,
      'listing keys',
      `SELECT key_id AS "keyId", system, organisation, alg, valid_until AS "validUntil", added_at AS "addedAt",
         revoked_at AS "revokedAt" FROM exchange.access_key ORDER BY system, added_at, key_id`,
    )
  ).rows;

/**
 * A system may have several keys that are good: a new one is tried before the old one is revoked.
 * @returns the secret of an HMAC, which is shown this once
 */
export async function addKey(
  pool: Pool,
  { system, organisation, publicKey, validUntil, by }: NewKey,
): Promise<{ readonly keyId: string; readonly secret: string | null }> {
  if (!SYSTEM.test(system))
    throw new HubError('HUB_ACCESS_KEY', `"${system}" is no name of a system`, {
      zh: `“${system}”不能作系统名称`,
      allowed: 'small letters, digits and -, at most 63',
    });
  if (validUntil !== undefined && !(validUntil.getTime() > Date.now()))
    throw new HubError('HUB_ACCESS_KEY', 'The key would be over already', { zh: '该密钥的期限已过' });
  const key: KeyMaterial =
    publicKey === null
      ? { alg: 'hmac-sha256', material: randomBytes(SECRET_BYTES) }
      : { alg: 'ed25519', material: spkiOf(publicKey) };
  const keyId = `${system}-${Array.from(randomBytes(12), (byte) => LETTERS[byte % LETTERS.length]).join('')}`;
  const { rowCount } = await query(
    pool,
    'adding a key',
    `INSERT INTO exchange.access_key (key_id, system, organisation, alg, material, valid_until, added_by)
     SELECT $1, $2, code, $4, $5, $6, $7 FROM exchange.organisation WHERE code = $3`,
    [keyId, system, organisation, key.alg, key.material, validUntil ?? null, by],
  );
  if (rowCount === 0)
    throw new HubError('HUB_ACCESS_KEY', `There is no organisation ${organisation}`, {
      zh: `没有机构 ${organisation}`,
      allowed: 'a code of `hub organisation list`',
    });
  return { keyId, secret: publicKey === null ? key.material.toString('base64') : null };
}

function spkiOf(pem: string): Buffer {
  // `createPublicKey` would take a private key too, and make its public one.
  if (/^-----BEGIN PUBLIC KEY-----/m.test(pem))
    try {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') return key.export({ format: 'der', type: 'spki' });
    } catch {
      // As any other text that is no key.
    }
  throw new HubError('HUB_ACCESS_KEY', 'The file is no public key of Ed25519', {
    zh: '该文件不是 Ed25519 公钥',
    allowed: 'PEM, as `openssl pkey -in private.pem -pubout` writes it',
  });
}

/** With the next request the key is good for nothing. @throws HUB_ACCESS_KEY */
export async function revokeKey(pool: Pool, keyId: string, by: string): Promise<void> {
  const { rowCount } = await query(
    pool,
    'revoking a key',
    'UPDATE exchange.access_key SET revoked_at = now(), revoked_by = $2 WHERE key_id = $1 AND revoked_at IS NULL',
    [keyId, by],
  );
  if (rowCount === 0)
    throw new HubError('HUB_ACCESS_KEY', `Key ${keyId} is revoked already, or there is none`, {
      zh: '该密钥已撤销或不存在',
    });
}

const GOOD = `SELECT k.key_id, k.alg, k.material, k.system, o.code, o.name
  FROM exchange.access_key AS k JOIN exchange.organisation AS o ON o.code = k.organisation
  WHERE k.key_id = $1 AND k.revoked_at IS NULL AND (k.valid_until IS NULL OR k.valid_until > now())
    AND o.valid_from <= current_date AND (o.valid_until IS NULL OR o.valid_until >= current_date)`;

interface GoodKey extends KeyMaterial {
  readonly system: string;
  readonly code: string;
  readonly name: string;
}

const unknownKey = (): HubError =>
  new HubError('HUB_ACCESS_SIGNATURE_KEY', 'The key of the signature is unknown, over or revoked', {
    zh: '签名所用的密钥未登记、已到期或已撤销',
  });

/**
 * Which system has signed a request, by the rules of this hub and not of the caller.
 * @throws HUB_ACCESS_SIGNATURE, HUB_ACCESS_SIGNATURE_TIME, HUB_ACCESS_SIGNATURE_KEY, HUB_ACCESS_SIGNATURE_REPEATED,
 * HUB_ACCESS_SIGNATURE_BODY
 */
export async function readSigned(pool: Pool, message: SignedMessage, hasBody: boolean): Promise<SignedCall> {
  const signature = readSignature(message);
  requireCover(signature, hasBody);
  const claims = readClaims(signature);
  requireFresh(claims, new Date());
  const base = signatureBase(message, signature.input);
  const { rows } = await query<GoodKey>(pool, 'looking for a key', GOOD, [claims.keyId]);
  const [key] = rows;
  if (key === undefined) throw unknownKey();
  if (claims.alg !== key.alg)
    throw new HubError('HUB_ACCESS_SIGNATURE', 'The algorithm of the signature is not that of its key', {
      zh: '签名算法与密钥登记的算法不同',
      allowed: key.alg,
    });
  if (!isSignedBy(key, base, signature.bytes))
    throw new HubError('HUB_ACCESS_SIGNATURE', 'The signature is not that of its key over this request', {
      zh: '签名与请求不符',
      allowed: `as @target-uri the whole address, beginning with ${/^[a-z]+:\/\/[^/?#]*/.exec(message.targetUri)?.[0]}`,
    });
  const body = hasBody ? digestCheck(readDigests(message)) : null;
  await useNonce(pool, claims);
  const { system, code, name } = key;
  return { system: { keyId: claims.keyId, system, organisation: { code, name } }, body };
}

/** Once only, and only while the key is good: it may have been revoked since it was read. */
async function useNonce(pool: Pool, claims: Claims): Promise<void> {
  const { rows } = await query<{ isGood: boolean; isNew: boolean }>(
    pool,
    'using a nonce',
    `WITH good AS (${GOOD}),
     old AS (DELETE FROM exchange.signature_nonce WHERE (key_id, nonce) IN (
       SELECT key_id, nonce FROM exchange.signature_nonce WHERE forget_at < now()
       ORDER BY forget_at LIMIT 100 FOR UPDATE SKIP LOCKED)),
     used AS (INSERT INTO exchange.signature_nonce (key_id, nonce, forget_at) SELECT key_id, $2, $3 FROM good
       ON CONFLICT DO NOTHING RETURNING 1)
     SELECT EXISTS (SELECT FROM good) AS "isGood", EXISTS (SELECT FROM used) AS "isNew"`,
    [claims.keyId, claims.nonce, forgetNonceAt(claims)],
  );
  if (rows[0]?.isGood !== true) throw unknownKey();
  if (!rows[0].isNew)
    throw new HubError('HUB_ACCESS_SIGNATURE_REPEATED', 'The nonce of the signature was used before', {
      zh: '签名的随机数（nonce）已被使用',
    });
}
