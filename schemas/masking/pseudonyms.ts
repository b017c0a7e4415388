import { createHmac } from 'node:crypto';

/** What rows are called whose keys are hidden: the same row has the same one everywhere, and it tells nothing of the key. */
export interface Pseudonyms {
  /** @param row `system/stream key`. @returns such as `~7K2QX9M4TB3D` */
  of(row: string): string;
}

/** Digits and letters that nobody takes for each other. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;
const PSEUDONYM = new RegExp(`^~[${ALPHABET}]{${LENGTH}}$`);

/** @param key at least 32 random bytes: without them a pseudonym cannot be made for a key that somebody guesses */
export const createPseudonyms = (key: Uint8Array): Pseudonyms => ({
  of(row) {
    const digest = createHmac('sha256', key).update(row).digest();
    return `~${Array.from(digest.subarray(0, LENGTH), (byte) => ALPHABET[byte & 31]).join('')}`;
  },
});

export const isPseudonym = (text: string): boolean => PSEUDONYM.test(text);
