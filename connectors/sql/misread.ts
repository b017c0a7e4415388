import { suspectedEncoding } from '../files/encoding.ts';
import { WESTERN } from '../western.ts';
import type { Row, SqlColumn } from './database.ts';

const NO_CHARACTER = '\ufffd';
/** The byte that stands for a character where servers say Latin-1 and mean windows-1252; null: none does. */
function byteOf(character: string): number | null {
  const code = character.codePointAt(0) ?? 0;
  const at = WESTERN.indexOf(character);
  return at >= 0 ? 0x80 + at : code <= 0xff ? code : null;
}

/** Texts as the bytes of a Latin encoding, a line each; null when one of them is no text of that kind. */
function latinBytes(texts: readonly string[]): Uint8Array | null {
  const bytes: number[] = [];
  for (const text of texts) {
    for (const character of text) {
      const byte = byteOf(character);
      if (byte === null) return null;
      bytes.push(byte);
    }
    bytes.push(0x0a);
  }
  return Uint8Array.from(bytes);
}

/**
 * Columns whose texts are those of another encoding than the server takes them for: a program wrote bytes past it. What is
 * said here are likely cases, for the eyes of a person.
 */
export function misread(columns: readonly SqlColumn[], rows: readonly Row[]): readonly string[] {
  return columns.flatMap(({ name, type }, at) => {
    if (type !== 'text') return [];
    const texts = rows.flatMap((row) => (typeof row[at] === 'string' ? [row[at]] : []));
    if (texts.some((text) => text.includes(NO_CHARACTER)))
      return [
        `${name} holds bytes that are no characters in the encoding of the database: what they stood for is lost`,
      ];
    const sample = latinBytes(texts);
    const suspect = sample === null ? null : suspectedEncoding(sample, 'iso-8859-1');
    return suspect === null
      ? []
      : [
          `${name} looks like ${suspect} text that the server takes for Latin letters: read a view that converts its bytes`,
        ];
  });
}
