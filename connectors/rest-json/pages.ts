import { HubError } from '../../schemas/kernel/errors.ts';
import { addressGiven } from '../http/address.ts';
import type { HttpClient } from '../http/client.ts';
import type { HttpReply } from '../http/message.ts';
import { at, type ExactJson } from '../json/exact.ts';
import type { Page, Position } from '../paged/read.ts';
import { recordsAt, requireSuccess } from '../paged/reply.ts';
import { textOf } from '../xml/tree.ts';
import type { RestStream } from './config.ts';
import { treeOf } from './reply.ts';

const MOST_CURSOR = 1_500;

/** Asks for one page. @param url of the stream, without parameters. */
export async function askPage(
  client: HttpClient,
  stream: RestStream,
  url: string,
  position: Position,
  signal: AbortSignal,
): Promise<Page> {
  const accept = stream.format === 'xml' ? 'application/xml, text/xml' : 'application/json';
  const request = { url: addressOf(stream, url, position), headers: { accept }, accept: mayBeBeyond(stream, position) };
  const reply = await client.send(request, signal);
  const where = new URL(reply.url).pathname;
  const origin = originOf(stream, position, where);
  if (reply.status === BEYOND) return { found: [], next: null, total: null, tree: null, origin };
  const tree = treeOf(reply, stream.format);
  requireSuccess(tree, stream.success, where);
  const total = totalIn(tree, stream);
  const found = recordsAt(tree, { ...stream, isXml: stream.format === 'xml', total, where });
  const next = nextPage(stream, position, tree, reply, found.length);
  return { found, next, total, tree: stream.success === undefined ? tree : null, origin };
}

function addressOf(stream: RestStream, url: string, { since, next }: Position): string {
  const { paging } = stream;
  if (paging.style === 'link' && next !== null) return next;
  const address = new URL(url);
  for (const [parameter, value] of Object.entries(stream.query)) address.searchParams.set(parameter, value);
  if (stream.since !== undefined && since !== null) address.searchParams.set(stream.since.parameter, since);
  switch (paging.style) {
    case 'none':
      break;
    case 'page':
      address.searchParams.set(paging.parameter, next ?? String(paging.first));
      address.searchParams.set(paging.sizeParameter, String(paging.size));
      break;
    case 'offset':
      address.searchParams.set(paging.parameter, next ?? '0');
      address.searchParams.set(paging.sizeParameter, String(paging.size));
      break;
    default:
      if (paging.sizeParameter !== undefined) address.searchParams.set(paging.sizeParameter, String(paging.size));
      if (paging.style === 'cursor' && next !== null) address.searchParams.set(paging.parameter, next);
  }
  if ((next?.length ?? 0) > MOST_CURSOR)
    throw new HubError('HUB_SOURCE_READ_FAILED', `the service gives a cursor of ${next?.length} characters`, {
      allowed: `at most ${MOST_CURSOR}`,
    });
  return address.href;
}

const BEYOND = 404;

/** Some services have no page behind the last; after a page that was full this says nothing of the end. */
function mayBeBeyond({ paging }: RestStream, { next, last }: Position): readonly number[] {
  const isCounted = paging.style === 'page' || paging.style === 'offset';
  return isCounted && next !== null && Number(last?.split(' ')[0] ?? paging.size) < paging.size ? [BEYOND] : [];
}

/** A page that is counted is followed by another until one is empty. */
function nextPage(
  { paging }: RestStream,
  position: Position,
  tree: ExactJson,
  reply: HttpReply,
  count: number,
): string | null {
  switch (paging.style) {
    case 'none':
      return null;
    case 'page':
      return count === 0 ? null : String(Number(position.next ?? paging.first) + 1);
    case 'offset':
      return count === 0 ? null : String(Number(position.next ?? 0) + count);
    case 'cursor': {
      const next = textOf(at(tree, paging.next));
      return next === '' ? null : next;
    }
    case 'link': {
      const target = nextLink(reply.headers['link'] ?? '');
      return target === null ? null : addressGiven(target, new URL(reply.url), 'its header Link').href;
    }
  }
}

/** RFC 8288: the target whose relation types hold `next`. */
export function nextLink(header: string): string | null {
  for (const [, target = '', parameters = ''] of header.matchAll(
    /<([^<>]*)>((?:\s*;\s*[^,;"=]+(?:="[^"]*"|=[^,;"]*)?)*)/g,
  )) {
    const values = [...parameters.matchAll(/;\s*([^\s=;,"]+)\s*=\s*(?:"([^"]*)"|([^\s,;"]*))/g)];
    const relation = values.find(([, name]) => name?.toLowerCase() === 'rel');
    const types = (relation?.[2] ?? relation?.[3] ?? '').toLowerCase().split(/\s+/);
    if (types.includes('next')) return target;
  }
  return null;
}

function totalIn(tree: ExactJson, { paging }: RestStream): number | null {
  if (paging.style === 'none' || paging.total === undefined) return null;
  const total = Number(textOf(at(tree, paging.total)) ?? Number.NaN);
  return Number.isSafeInteger(total) ? total : null;
}

const originOf = ({ paging }: RestStream, { next }: Position, where: string): string =>
  paging.style === 'none' || paging.style === 'link' ? where : `${where}?${paging.parameter}=${next ?? 'first'}`;
