import { HubError } from '../../schemas/kernel/errors.ts';
import { western } from '../western.ts';
import type { HttpReply } from './message.ts';

/** GB18030 holds the others, and the decoder of the platform that is called gbk is wrong on 101 pairs. */
const CHINESE = new Set(['gbk', 'gb2312', 'gb_2312-80', 'gb18030', 'x-gbk', 'cp936', 'ms936', 'windows-936']);

/** The label under which the platform decodes what a header or a declaration names. */
export const decoderLabel = (named: string): string => (CHINESE.has(named.toLowerCase()) ? 'gb18030' : named);

/** What the first bytes say goes before what is declared (RFC 7303, section 3). */
const markOf = (body: Buffer): string | null => {
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le';
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be';
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 'utf-8' : null;
};

/**
 * The text of a reply, in the encoding of its byte order mark, its header, its XML declaration, or UTF-8.
 * @throws HUB_SOURCE_READ_FAILED for bytes that are not valid in it.
 */
export function decodeReply({ body, headers, url }: Pick<HttpReply, 'body' | 'headers' | 'url'>): string {
  const declared =
    /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '') ??
    /^\s*<\?xml[^>]*encoding=["']([\w-]+)/i.exec(body.toString('latin1', 0, 200));
  const named = markOf(body) ?? declared?.[1]?.toLowerCase() ?? 'utf-8';
  try {
    const decoder = new TextDecoder(decoderLabel(named), { fatal: true });
    return western(decoder.encoding, decoder.decode(body));
  } catch {
    const path = new URL(url).pathname;
    throw new HubError('HUB_SOURCE_READ_FAILED', `the reply of ${path} is not valid ${named}`, {
      path,
      encoding: named,
    });
  }
}
