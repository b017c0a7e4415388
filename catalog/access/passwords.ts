import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { HubError } from '../../schemas/kernel/errors.ts';

/** RFC 7914; 32 MB and some 80 ms a password, so that guessing from a stolen table is dear. */
const COST: Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>> = { N: 32_768, r: 8, p: 1 };
const MEMORY = 64 * 1024 * 1024;
const KEY_BYTES = 32;
const LEAST = 12;
const MOST = 200;
/** Each takes 32 MB: a burst of sign-ins waits in line and does not fill the memory. */
const AT_ONCE = 4;

let working = 0;
const waiting: (() => void)[] = [];

async function derived(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  if (working >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  working += 1;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: MEMORY }, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    working -= 1;
    waiting.shift()?.();
  }
}

/** `scrypt$N$r$p$salt$key`, the last two in base64url: what is kept of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derived(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

const NOBODYS = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** @param stored null, of somebody who is not there or has no password, takes as long and is never right */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = (stored ?? NOBODYS).split('$');
  const known = Buffer.from(key, 'base64url');
  const given = await derived(password.slice(0, MOST), Buffer.from(salt, 'base64url'), {
    ...{ N: Number(N), r: Number(r), p: Number(p) },
  });
  return known.length === given.length && timingSafeEqual(known, given) && stored !== null;
}

/** @throws HUB_ACCESS_PASSWORD for one that is soon guessed */
export function requireGoodPassword(password: string, login: string): void {
  const signs = [...password.normalize('NFKC')];
  const refuse = (zh: string, en: string): never => {
    throw new HubError('HUB_ACCESS_PASSWORD', en, { zh, allowed: `${LEAST} to ${MOST} characters of any kind` });
  };
  if (signs.length < LEAST) refuse(`密码少于 ${LEAST} 个字符`, `The password has fewer than ${LEAST} characters`);
  if (signs.length > MOST) refuse(`密码超过 ${MOST} 个字符`, `The password has more than ${MOST} characters`);
  if (new Set(signs).size < 5) refuse('密码中不同的字符过少', 'The password repeats a few characters');
  if (password.toLowerCase().includes(login.toLowerCase()))
    refuse('密码含有登录名', 'The password contains the name to sign in with');
}
