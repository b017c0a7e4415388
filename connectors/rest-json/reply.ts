import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpReply } from '../http/message.ts';
import { decodeReply } from '../http/reply-text.ts';
import { at, type ExactJson } from '../json/exact.ts';
import { parseExact } from '../json/parse.ts';
import { parseXmlTree } from '../xml/tree.ts';
import type { RestStream } from './config.ts';

/** The reply as a tree of texts. @throws HUB_SOURCE_READ_FAILED for what is not in the agreed format. */
export function treeOf(reply: HttpReply, format: RestStream['format']): ExactJson {
  const where = new URL(reply.url).pathname;
  const text = decodeReply(reply);
  if (format === 'xml') return parseXmlTree(text, where);
  const parsed = parseExact(text);
  if (parsed === null)
    throw new HubError('HUB_SOURCE_READ_FAILED', `the reply of ${where} is no JSON`, { path: where });
  return parsed.value;
}

/** @throws HUB_SOURCE_SCHEMA_CHANGED when the array is not where it was agreed to be. */
export function recordsIn(tree: ExactJson, { records, format }: RestStream, where: string): readonly ExactJson[] {
  const found = records === undefined ? tree : at(tree, records);
  if (Array.isArray(found)) return found as readonly ExactJson[];
  // XML has no empty arrays and none of one.
  if (format === 'xml') return found === undefined || found === null || found === '' ? [] : [found];
  const there = typeof tree === 'object' && tree !== null ? Object.keys(tree).slice(0, 20).join(', ') : typeof tree;
  throw new HubError(
    'HUB_SOURCE_SCHEMA_CHANGED',
    `the reply of ${where} has no array at ${records ?? 'its top'}; it has ${there}`,
    { path: where, records: records ?? null, found: there },
  );
}
