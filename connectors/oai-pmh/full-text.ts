import { isHubError } from '../../schemas/kernel/errors.ts';
import type { HttpClient } from '../http/client.ts';
import { decoderLabel } from '../http/reply-text.ts';
import { western } from '../western.ts';
import { createXmlFeed, XmlFault } from '../xml/events.ts';

const READABLE = /^text\/(plain|html|xml)|^application\/(xhtml\+)?xml/i;

/**
 * The text behind an address, at most `maxBytes` of UTF-8, cut between characters; markup becomes blanks. null when it is
 * gone, is no text, or may not be read: a missing text is no reason to lose the record.
 * @throws what concerns the whole service: unreachable, busy, a host that was not agreed.
 */
export async function fetchText(
  client: HttpClient,
  address: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { headers, body } = await client.send({ url: address }, signal);
    const type = headers['content-type'] ?? '';
    if (!READABLE.test(type)) return null;
    const text = decoded(body, /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8');
    if (text === null) return null;
    const plain = /xml/i.test(type)
      ? (textOfXml(text) ?? textOfMarkup(text))
      : /html/i.test(type)
        ? textOfMarkup(text)
        : text;
    return cut(
      plain
        .replaceAll('\0', '')
        .replace(/[ \t]+/g, ' ')
        .trim(),
      maxBytes,
    );
  } catch (error) {
    const lost = ['HUB_SOURCE_OBJECT_MISSING', 'HUB_SOURCE_NO_RIGHTS', 'HUB_FILE_TOO_LARGE'];
    if (isHubError(error) && lost.includes(error.code)) return null;
    throw error;
  }
}

/** null for a charset that nobody knows. */
function decoded(body: Buffer, charset: string): string | null {
  try {
    const decoder = new TextDecoder(decoderLabel(charset));
    return western(decoder.encoding, decoder.decode(body));
  } catch {
    return null;
  }
}

/** null for what is not well-formed or has a document type: much that calls itself XML is HTML. */
function textOfXml(text: string): string | null {
  const pieces: string[] = [];
  const feed = createXmlFeed({
    open: () => void pieces.push(' '),
    text: (piece) => void pieces.push(piece),
    close: () => void pieces.push(' '),
  });
  try {
    feed.write(text);
    feed.end();
    return pieces.join('');
  } catch (error) {
    if (error instanceof XmlFault) return null;
    throw error;
  }
}

const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** HTML without its tags; of its named entities those that every page uses. */
const textOfMarkup = (text: string): string =>
  text
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos|nbsp));/gi, (whole, hex, digits, name) => {
      if (name !== undefined) return SIGNS[String(name).toLowerCase()] ?? whole;
      const point = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    });

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
