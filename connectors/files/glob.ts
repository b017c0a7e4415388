import { z } from 'zod';

/** `*` and `?` only, matched without regard to case and without backtracking, so that no pattern is slow. */
export function matchesGlob(pattern: string, name: string): boolean {
  const wanted = [...pattern.toLowerCase()];
  const given = [...name.toLowerCase()];
  let w = 0;
  let g = 0;
  let star = -1;
  let retry = 0;
  while (g < given.length) {
    if (w < wanted.length && wanted[w] === '*') {
      star = w;
      retry = g;
      w += 1;
    } else if (w < wanted.length && (wanted[w] === '?' || wanted[w] === given[g])) {
      w += 1;
      g += 1;
    } else if (star >= 0) {
      w = star + 1;
      retry += 1;
      g = retry;
    } else {
      return false;
    }
  }
  while (wanted[w] === '*') w += 1;
  return w === wanted.length;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL ends a path in the system call
const UNSAFE = /[/\\:\u0000-\u001f]|\.\./;

/** A file pattern inside the connection's folder; it can never name another folder. */
export const filePattern = z
  .string()
  .min(1)
  .max(200)
  .refine((pattern) => !UNSAFE.test(pattern) && pattern !== '.', {
    message: 'a plain file pattern such as QYDJ_*.DBF: no path separators, no "..", no ":" and no control characters',
  });
