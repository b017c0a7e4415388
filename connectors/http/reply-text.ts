import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpReply } from './message.ts';

const CHINESE = new Set(['gbk', 'gb2312', 'gb18030']);

/**
 * The text of a reply, in the encoding of its header, or of its XML declaration, or UTF-8.
 * @throws HUB_SOURCE_READ_FAILED for bytes that are not valid in it.
 */
export function decodeReply({ body, headers, url }: Pick<HttpReply, 'body' | 'headers' | 'url'>): string {
  const declared =
    /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '') ??
    /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=["']([\w-]+)/i.exec(body.toString('latin1', 0, 200));
  const named = declared?.[1]?.toLowerCase() ?? 'utf-8';
  try {
    return new TextDecoder(CHINESE.has(named) ? 'gb18030' : named, { fatal: true }).decode(body);
  } catch {
    const path = new URL(url).pathname;
    throw new HubError('HUB_SOURCE_READ_FAILED', `the reply of ${path} is not valid ${named}`, {
      path,
      encoding: named,
    });
  }
}
