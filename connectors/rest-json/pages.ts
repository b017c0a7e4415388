import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpClient } from '../http/client.ts';
import type { HttpReply } from '../http/message.ts';
import { at, type ExactJson } from '../json/exact.ts';
import type { Page, Position } from '../paged/read.ts';
import { textOf } from '../xml/tree.ts';
import type { RestStream } from './config.ts';
import { recordsIn, treeOf } from './reply.ts';

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
  const reply = await client.send({ url: addressOf(stream, url, position), headers: { accept } }, signal);
  const where = new URL(reply.url).pathname;
  const tree = treeOf(reply, stream.format);
  const found = recordsIn(tree, stream, where);
  const total = totalIn(tree, stream);
  const next = found.length === 0 ? null : nextPage(stream, position, tree, reply, found.length, total);
  return { found, next, total, origin: originOf(stream, position, where) };
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

function nextPage(
  { paging }: RestStream,
  position: Position,
  tree: ExactJson,
  reply: HttpReply,
  count: number,
  total: number | null,
): string | null {
  switch (paging.style) {
    case 'none':
      return null;
    case 'page': {
      const page = Number(position.next ?? paging.first);
      const read = (page - paging.first) * paging.size + count;
      return (total === null ? count < paging.size : read >= total) ? null : String(page + 1);
    }
    case 'offset': {
      const read = Number(position.next ?? 0) + count;
      return (total === null ? count < paging.size : read >= total) ? null : String(read);
    }
    case 'cursor': {
      const next = textOf(at(tree, paging.next));
      return next === '' ? null : next;
    }
    case 'link': {
      const target = nextLink(reply.headers['link'] ?? '');
      return target === null ? null : new URL(target, reply.url).href;
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
  if ((paging.style !== 'page' && paging.style !== 'offset') || paging.total === undefined) return null;
  const total = Number(textOf(at(tree, paging.total)) ?? Number.NaN);
  return Number.isSafeInteger(total) ? total : null;
}

const originOf = ({ paging }: RestStream, { next }: Position, where: string): string =>
  paging.style === 'none' || paging.style === 'link' ? where : `${where}?${paging.parameter}=${next ?? 'first'}`;
