import { type Encoding, textCodec } from './encoding.ts';

/** Names of files as people read them, and as the server writes them. */
export interface FtpNames {
  /** How the bytes of a name go over the connection. */
  readonly carrier: 'utf8' | 'latin1';
  read(name: string): string;
  sent(path: string): string;
}

/** Most servers write UTF-8. Others write names in an encoding of their own: then each byte is carried as one character. */
export function openNames(encoding: Encoding | undefined): FtpNames {
  if (encoding === undefined || encoding === 'utf-8')
    return { carrier: 'utf8', read: (name) => name, sent: (path) => path };
  const codec = textCodec(encoding);
  /** The server's own bytes of a name that it listed: two of them may be the same character. */
  const listed = new Map<string, string>();
  let bytesOf: ReadonlyMap<string, string> | null = null;
  const encoded = (part: string): string => {
    const known = listed.get(part);
    if (known !== undefined) return known;
    bytesOf ??= reversed(encoding);
    return [...part].map((character) => bytesOf?.get(character) ?? character).join('');
  };
  return {
    carrier: 'latin1',
    read(name) {
      const text = codec.decode(Buffer.from(name, 'latin1')) ?? '\ufffd';
      listed.set(text, name);
      return text;
    },
    sent: (path) => path.split('/').map(encoded).join('/'),
  };
}

/** Characters of one or two bytes; the platform decodes and does not encode. */
function reversed(encoding: Encoding): ReadonlyMap<string, string> {
  const codec = textCodec(encoding);
  const bytesOf = new Map<string, string>();
  const add = (bytes: readonly number[]): void => {
    const text = codec.decode(Uint8Array.from(bytes));
    if (text !== null && [...text].length === 1 && !bytesOf.has(text)) bytesOf.set(text, String.fromCharCode(...bytes));
  };
  for (let first = 0; first < 0x100; first++) add([first]);
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) add([first, second]);
  return bytesOf;
}
