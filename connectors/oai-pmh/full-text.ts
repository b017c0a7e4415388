import { isHubError } from '../../schemas/kernel/errors.ts';
import type { HttpClient } from '../http/client.ts';

const READABLE = /^text\/(plain|html|xml)|^application\/(xhtml\+)?xml/i;
const CHINESE = new Set(['gbk', 'gb2312', 'gb18030']);

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
    const charset = /charset="?([\w-]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
    const text = new TextDecoder(CHINESE.has(charset) ? 'gb18030' : charset).decode(body);
    const plain = /html|xml/i.test(type)
      ? text.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')
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

function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
