import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpClient } from '../http/client.ts';
import { decodeReply } from '../http/reply-text.ts';
import { at, type ExactJson } from '../json/exact.ts';
import { parseExact, whyNoJson } from '../json/parse.ts';
import type { Page, Position } from '../paged/read.ts';
import { recordsAt, requireSuccess } from '../paged/reply.ts';
import { parseXmlTree, textOf } from '../xml/tree.ts';
import type { SoapConfig, SoapStream } from './config.ts';
import { soapRequest } from './envelope.ts';
import { resolveReferences } from './references.ts';

export interface SoapCall {
  readonly client: HttpClient;
  readonly connection: SoapConfig['connection'];
  readonly stream: SoapStream;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** Faults come with status 500 (1.1) or 400 and 500 (1.2), and from careless services with 200. */
const FAULT_STATUSES = [400, 500];
const TOLD = 200;

/** Calls the operation for one page. */
export async function callPage(call: SoapCall, { next: asked, since }: Position): Promise<Page> {
  const { stream, connection } = call;
  const page = Number(asked ?? stream.firstPage);
  const values = { page: String(page), size: String(stream.pageSize), since: since ?? '' };
  const request = soapRequest(connection, stream, values, call.now());
  const reply = await call.client.send(
    { url: call.url, method: 'POST', ...request, accept: FAULT_STATUSES },
    call.signal,
  );
  const origin = `${stream.operation}?page=${page}`;
  const body = at(parseXmlTree(decodeReply(reply), stream.operation), 'Envelope.Body');
  const fault = body === undefined ? undefined : at(body, 'Fault');
  if (fault !== undefined) throw faultOf(fault, stream.operation);
  if (reply.status >= 400 || typeof body !== 'object' || body === null)
    throw new HubError('HUB_SOURCE_READ_FAILED', `${stream.operation} answers ${reply.status} without a SOAP body`, {
      status: reply.status,
    });
  const result = resolveReferences(resultOf(body, stream), body, stream.operation);
  requireSuccess(result, stream.success, stream.operation);
  const total = stream.total === undefined ? null : countOf(at(result, stream.total));
  const found = recordsAt(result, { ...stream, isXml: stream.embedded !== 'json', total, where: stream.operation });
  const next = isPaged(stream) && found.length > 0 ? String(page + 1) : null;
  return { found, total, next, tree: stream.success === undefined ? result : null, origin };
}

export const isPaged = ({ parameters }: Pick<SoapStream, 'parameters'>): boolean =>
  Object.values(parameters).some((text) => text.includes('{page}'));

function resultOf(body: ExactJson, { operation, result, embedded }: SoapStream): ExactJson {
  const [, response] = Object.entries(body ?? '').find(([name]) => !/^[@#]/.test(name)) ?? [];
  const node = result === undefined ? response : at(response ?? null, result);
  if (node === undefined)
    throw new HubError('HUB_SOURCE_SCHEMA_CHANGED', `the response of ${operation} has no ${result ?? 'content'}`, {
      operation,
    });
  // A result that is nil has no records.
  if (embedded === 'none' || node === null) return node;
  const text = textOf(node) ?? '';
  if (embedded === 'xml') return parseXmlTree(text, `${operation}, inside its result`);
  const parsed = parseExact(text);
  if (parsed !== null) return parsed.value;
  throw new HubError(
    'HUB_SOURCE_READ_FAILED',
    `the result of ${operation} holds no JSON that can be taken: ${whyNoJson(text)}`,
    { operation },
  );
}

const countOf = (node: ExactJson | undefined): number | null => {
  const count = Number(textOf(node) ?? Number.NaN);
  return Number.isSafeInteger(count) ? count : null;
};

/** A fault of the caller needs a person; one of the service may pass. */
function faultOf(fault: ExactJson, operation: string): HubError {
  const code = (textOf(at(fault, 'faultcode')) ?? textOf(at(fault, 'Code.Value')) ?? '').replace(/^.*:/, '');
  const reason = textOf(at(fault, 'faultstring')) ?? textOf(at(fault, 'Reason.Text')) ?? '';
  const isOurs = /^(Client|Sender|MustUnderstand|VersionMismatch|FailedAuthentication|InvalidSecurity)/i.test(code);
  const what = `${operation}: fault ${code}`;
  const details = { operation, fault: code, reason: reason.slice(0, TOLD) };
  return isOurs
    ? new HubError('HUB_SOURCE_REFUSED', `${what}: ${reason.slice(0, TOLD)}`, details)
    : new HubError('HUB_SOURCE_READ_FAILED', `${what}: ${reason.slice(0, TOLD)}`, details);
}
