import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { CHINESE } from '../../schemas/kernel/chinese-errors.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { type ErrorEntry, HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { both, type Language, type Text } from '../texts.ts';
import { preferredLanguage } from './language.ts';

/** What every failed request of the API answers with, in the language of the reader. */
export interface Failure {
  readonly code: string;
  readonly message: Text;
  readonly remedy: Text;
  /** What would have been right, where that can be said. */
  readonly allowed: string | readonly string[] | null;
}

export const FAILURE_TYPE = 'application/json; charset=utf-8';

export interface FailureWithStatus {
  readonly status: number;
  readonly failure: Failure;
}

/** What the server refuses before a route is asked, by code of Fastify or Node. Anything else it refuses is a 400. */
const REFUSED_BY_SERVER: Readonly<Record<string, readonly [status: number, what: Text, allowed?: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, both('请求正文超过此地址允许的大小', 'the body is larger than this address takes')],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    both('正文的内容类型不被接受', 'the content type of the body is not known here'),
    'application/json, or what the form of a page sends',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, both('正文为空', 'the body is empty'), 'an object of JSON'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, both('正文不是有效的 JSON', 'the body is not valid JSON'), 'an object of JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    both('正文长度与标头不符', 'the body has another length than its header says'),
  ],
  FST_ERR_BAD_URL: [
    400,
    both('地址的编码不正确', 'the address is not encoded as it should be'),
    'UTF-8, percent-encoded (RFC 3986)',
  ],
  FST_ERR_MAX_PARAM_LENGTH: [414, both('地址的一部分过长', 'a part of the address is too long')],
  HPE_HEADER_OVERFLOW: [431, both('标头过大', 'the headers are too large'), 'at most 16 KB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, both('请求未能及时到达', 'the request did not arrive in time')],
};

/**
 * Never tells what the client sent: values may be identity numbers.
 * @param request says what its route would have taken.
 */
export function failureOf(error: unknown, request?: FastifyRequest): FailureWithStatus {
  if (isHubError(error)) return withStatus(error, (ERRORS[error.code] as ErrorEntry).http ?? 500);
  const { validation, code, statusCode = 500 } = error as FastifyError;
  if (validation !== undefined) return withStatus(invalid(error as FastifyError), 400);
  const known = REFUSED_BY_SERVER[code];
  if (known !== undefined) {
    const [status, what, allowed = status === 413 ? limitOf(request) : undefined] = known;
    return refused(status, what, allowed);
  }
  // The plugin of static files forbids paths that lead out of its folder: nothing is there either.
  if (statusCode === 403 || statusCode === 404) return withStatus(notFound(), 404);
  return statusCode >= 400 && statusCode < 500
    ? refused(400, both('无法读取', 'it cannot be read'))
    : withStatus(new HubError('HUB_INTERNAL', 'The request could not be answered'), 500);
}

const limitOf = (request: FastifyRequest | undefined): string | undefined =>
  request === undefined ? undefined : `at most ${request.routeOptions.bodyLimit} bytes`;

/** What the server itself says no to, with a status that no code of the table has. */
export const refused = (status: number, what: Text, allowed?: string | readonly string[]): FailureWithStatus =>
  withStatus(new HubError('HUB_REQUEST_INVALID', `Request: ${what.en}`, { zh: `请求：${what.zh}`, allowed }), status);

function withStatus(error: HubError, status: number): FailureWithStatus {
  const { allowed, zh } = error.details;
  const chinese = CHINESE[error.code];
  const isList = Array.isArray(allowed);
  // what went wrong inside is for the log: drivers name hosts and statements
  const message =
    status >= 500
      ? both(chinese.title, ERRORS[error.code].title)
      : both(typeof zh === 'string' ? zh : `${chinese.title}（${error.message}）`, error.message);
  return {
    status,
    failure: {
      code: error.code,
      message,
      remedy: both(chinese.remedy, error.remedy),
      allowed: isList ? allowed.map(String) : typeof allowed === 'string' ? allowed : null,
    },
  };
}

interface Complaint {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly parentSchema?: { readonly properties?: object; readonly enum?: readonly unknown[] };
}

/** Names the field and what is allowed there. */
function invalid(error: FastifyError): HubError {
  const [complaint] = (error.validation ?? []) as unknown as readonly Complaint[];
  const part = error.validationContext ?? 'request';
  if (complaint === undefined)
    return new HubError('HUB_REQUEST_INVALID', `The ${part} is not valid`, { zh: `${part} 无效` });
  const { keyword, params, parentSchema } = complaint;
  const names = Object.keys(parentSchema?.properties ?? {});
  const path = complaint.instancePath.replace(/^\//, '').replaceAll('/', '.');
  if (keyword === 'additionalProperties')
    return new HubError('HUB_REQUEST_INVALID', `${part} has an unknown field`, {
      zh: `${part} 有未知的字段`,
      field: null,
      allowed: names,
    });
  const field = keyword === 'required' ? String(params['missingProperty']) : path;
  const allowed = keyword === 'enum' ? (params['allowedValues'] as readonly unknown[]) : (complaint.message ?? keyword);
  const what = keyword === 'required' ? both('缺失', 'is missing') : both('的取值不被允许', 'is not allowed as it is');
  return new HubError('HUB_REQUEST_INVALID', `${part} field "${field}" ${what.en}`, {
    zh: `${part} 的字段 "${field}" ${what.zh}`,
    field,
    allowed,
  });
}

/** Of an address that nothing is served at. */
export const notFound = (): HubError =>
  new HubError('HUB_CATALOG_NOT_FOUND', 'Nothing is served at this address', {
    zh: '此地址没有内容',
    allowed: 'the addresses listed by /api/docs',
  });

/** Logs what a person must look at, without the address or the body. */
export function logFailure(
  log: Logger,
  request: FastifyRequest,
  error: unknown,
  { status, failure }: FailureWithStatus,
): void {
  const fields = { method: request.method, route: request.routeOptions.url ?? null, status, code: failure.code };
  if (status < 500) return;
  const message = error instanceof Error ? error.message : String(error);
  log.error({ ...fields, error: message }, 'the catalog could not answer');
}

/** As JSON. */
export const bodyOf = ({ code, message, remedy, allowed }: Failure, lang: Language): string =>
  JSON.stringify({ code, message: message[lang], remedy: remedy[lang], allowed });

/** In Chinese when the header Accept-Language prefers it. */
export function sendFailure(request: FastifyRequest, reply: FastifyReply, failed: FailureWithStatus): FastifyReply {
  const lang = preferredLanguage(request.headers['accept-language']);
  const vary = [reply.getHeader('vary') ?? [], 'accept-language'].flat().join(', ');
  return reply
    .code(failed.status)
    .headers({ vary, 'content-language': lang === 'zh' ? 'zh-CN' : 'en' })
    .type(FAILURE_TYPE)
    .send(bodyOf(failed.failure, lang));
}
