import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpClient } from '../http/client.ts';
import { decodeReply } from '../http/reply-text.ts';
import { at, type ExactJson } from '../json/exact.ts';
import { instantOf } from '../moment.ts';
import { cellOf, parseXmlTree, textOf } from '../xml/tree.ts';

interface OaiHeader {
  readonly identifier: string;
  /** As the repository writes it: a day, or a second in UTC. */
  readonly datestamp: string;
  /** The same in milliseconds. */
  readonly time: number;
  readonly deleted: boolean;
}

export interface OaiRecord {
  readonly header: OaiHeader | null;
  readonly metadata: ExactJson;
  readonly node: ExactJson;
}

export interface OaiList {
  readonly records: readonly OaiRecord[];
  /** null at the end of the list. */
  readonly token: string | null;
  readonly size: number | null;
}

/** OAI-PMH 2.0, section 3.6: what the repository says instead of a list. */
export class OaiFault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const many = (node: ExactJson | undefined): readonly ExactJson[] =>
  node === undefined || node === null || node === ''
    ? []
    : Array.isArray(node)
      ? (node as readonly ExactJson[])
      : [node];

/** @throws OaiFault, HUB_SOURCE_READ_FAILED */
export async function ask(
  client: HttpClient,
  url: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ExactJson> {
  const address = new URL(url);
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  const reply = await client.send({ url: address.href, headers: { accept: 'text/xml' } }, signal);
  const root = at(parseXmlTree(decodeReply(reply), parameters['verb'] ?? ''), 'OAI-PMH');
  if (root === undefined || root === null)
    throw new HubError('HUB_SOURCE_READ_FAILED', `${address.host}${address.pathname} does not answer in OAI-PMH`, {
      host: address.host,
    });
  const [error] = many(at(root, 'error'));
  if (error !== undefined) throw new OaiFault(textOf(at(error, '@code')) ?? 'error', textOf(error) ?? '');
  return root;
}

export function listOf(root: ExactJson): OaiList {
  const list = at(root, 'ListRecords');
  if (list === undefined) {
    const there = Object.keys(root as object).filter((name) => !name.startsWith('@'));
    throw new HubError(
      'HUB_SOURCE_READ_FAILED',
      `the repository answers without a list and without an error; it has ${there.join(', ')}`,
      {
        found: there,
      },
    );
  }
  const token = at(list, 'resumptionToken');
  const size = Number(token === undefined ? Number.NaN : (textOf(at(token, '@completeListSize')) ?? Number.NaN));
  const text = textOf(token);
  return {
    records: many(at(list, 'record')).map((node) => ({
      header: headerOf(at(node, 'header')),
      metadata: metadataOf(node),
      node,
    })),
    token: text === null || text === '' ? null : text,
    size: Number.isSafeInteger(size) ? size : null,
  };
}

function headerOf(node: ExactJson | undefined): OaiHeader | null {
  const identifier = textOf(at(node ?? null, 'identifier'));
  const datestamp = textOf(at(node ?? null, 'datestamp'));
  if (identifier === null || identifier === '' || datestamp === null) return null;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(datestamp)
    ? instantOf(datestamp.length === 10 ? `${datestamp}T00:00:00Z` : datestamp)
    : null;
  if (time === null) return null;
  return { identifier, datestamp, time, deleted: textOf(at(node ?? null, '@status')) === 'deleted' };
}

/** The one element below `metadata`, whatever its format calls it. */
function metadataOf(node: ExactJson): ExactJson {
  const metadata = at(node, 'metadata');
  if (typeof metadata !== 'object' || metadata === null) return null;
  const [, content] = Object.entries(metadata).find(([name]) => !/^[@#]/.test(name)) ?? [];
  return content ?? null;
}

/** Values of an element, repeated ones too. */
export const valuesOf = (metadata: ExactJson, element: string): readonly string[] =>
  many(at(metadata, element)).flatMap((node) => {
    const text = cellOf(node);
    return text === null || text === '' ? [] : [text];
  });
