import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpReply } from '../http/message.ts';
import { decodeReply } from '../http/reply-text.ts';
import type { ExactJson } from '../json/exact.ts';
import { parseExact, whyNoJson } from '../json/parse.ts';
import { parseXmlTree } from '../xml/tree.ts';
import type { RestStream } from './config.ts';

/** The reply as a tree of texts. @throws HUB_SOURCE_READ_FAILED for what is not in the agreed format. */
export function treeOf(reply: HttpReply, format: RestStream['format']): ExactJson {
  const where = new URL(reply.url).pathname;
  const text = decodeReply(reply);
  if (format === 'xml') return parseXmlTree(text, where);
  const parsed = parseExact(text);
  if (parsed === null)
    throw new HubError(
      'HUB_SOURCE_READ_FAILED',
      `the reply of ${where} is no JSON that can be taken: ${whyNoJson(text)}`,
      { path: where },
    );
  return parsed.value;
}
