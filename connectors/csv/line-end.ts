import type { Encoding } from '../files/encoding.ts';

/** What ends a line, found on bytes: it is never part of a longer character. */
export interface LineEnd {
  readonly character: '\n' | '\r';
  /** Index behind the next one from `from`, which is where a character begins; -1 when there is none. */
  after(bytes: Uint8Array, from: number): number;
  /** Bytes of one. */
  readonly length: 1 | 2;
}

const CODES = { '\n': 0x0a, '\r': 0x0d } as const;

function lineEndOf(character: '\n' | '\r', encoding: Encoding): LineEnd {
  const code = CODES[character];
  if (!encoding.startsWith('utf-16'))
    return {
      ...{ character, length: 1 },
      after: (bytes, from) => bytes.indexOf(code, from) + 1 || -1,
    };
  const low = encoding === 'utf-16le' ? 0 : 1;
  return {
    ...{ character, length: 2 },
    after(bytes, from) {
      for (let at = bytes.indexOf(code, from); at >= 0; at = bytes.indexOf(code, at + 1)) {
        const start = at - low;
        if ((start - from) % 2 === 0 && start >= from && bytes[start + 1 - low] === 0 && start + 2 <= bytes.length)
          return start + 2;
      }
      return -1;
    },
  };
}

/** Systems of the last century end lines with a carriage return alone: then there is no line feed at all. */
export function lineEndIn(sample: Uint8Array, encoding: Encoding): LineEnd {
  const feed = lineEndOf('\n', encoding);
  if (feed.after(sample, 0) >= 0) return feed;
  const carriage = lineEndOf('\r', encoding);
  return carriage.after(sample, 0) >= 0 ? carriage : feed;
}
