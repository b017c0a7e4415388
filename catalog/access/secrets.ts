import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits for an address or a cookie. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token: it is long and random, so a plain digest cannot be turned back. Of a name it is a key of one length. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
