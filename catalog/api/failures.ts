import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../schemas/kernel/context.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { type ErrorEntry, HubError, isHubError } from '../../schemas/kernel/errors.ts';

/** What every failed request of the API answers with. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** What would have been right, where that can be said. */
  readonly allowed: string | readonly string[] | null;
}

export const FAILURE_TYPE = 'application/json; charset=utf-8';

export interface FailureWithStatus {
  readonly status: number;
  readonly failure: Failure;
}

/** What the server refuses before a route is asked, by code of Fastify or Node. Anything else it refuses is a 400. */
const REFUSED_BY_SERVER: Readonly<Record<string, readonly [status: number, what: string, allowed?: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'the body is larger than this address takes'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'the content type of the body is not known here',
    'application/json, or what the form of a page sends',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'the body is empty', 'an object of JSON'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'the body is not valid JSON', 'an object of JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'the body has another length than its header says'],
  FST_ERR_BAD_URL: [400, 'the address is not encoded as it should be', 'UTF-8, percent-encoded (RFC 3986)'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'a part of the address is too long'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large', 'at most 16 KB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
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
  return statusCode >= 400 && statusCode < 500
    ? refused(400, 'it cannot be read')
    : withStatus(new HubError('HUB_INTERNAL', 'The request could not be answered'), 500);
}

const limitOf = (request: FastifyRequest | undefined): string | undefined =>
  request === undefined ? undefined : `at most ${request.routeOptions.bodyLimit} bytes`;

/** What the server itself says no to, with a status that no code of the table has. */
export const refused = (status: number, what: string, allowed?: string | readonly string[]): FailureWithStatus =>
  withStatus(new HubError('HUB_REQUEST_INVALID', `Request: ${what}`, { allowed }), status);

function withStatus(error: HubError, status: number): FailureWithStatus {
  const { allowed } = error.details;
  const isList = Array.isArray(allowed);
  return {
    status,
    failure: {
      code: error.code,
      // what went wrong inside is for the log: drivers name hosts and statements
      message: status >= 500 ? ERRORS[error.code].title : error.message,
      remedy: error.remedy,
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
  if (complaint === undefined) return new HubError('HUB_REQUEST_INVALID', `The ${part} is not valid`);
  const { keyword, params, parentSchema } = complaint;
  const names = Object.keys(parentSchema?.properties ?? {});
  const path = complaint.instancePath.replace(/^\//, '').replaceAll('/', '.');
  if (keyword === 'additionalProperties')
    return new HubError('HUB_REQUEST_INVALID', `${part} has an unknown field`, { field: null, allowed: names });
  const field = keyword === 'required' ? String(params['missingProperty']) : path;
  const allowed = keyword === 'enum' ? (params['allowedValues'] as readonly unknown[]) : (complaint.message ?? keyword);
  const what = keyword === 'required' ? 'is missing' : 'is not allowed as it is';
  return new HubError('HUB_REQUEST_INVALID', `${part} field "${field}" ${what}`, { field, allowed });
}

/** Of an address that nothing is served at. */
export const notFound = (): HubError =>
  new HubError('HUB_CATALOG_NOT_FOUND', 'Nothing is served at this address', {
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

export const sendFailure = (reply: FastifyReply, { status, failure }: FailureWithStatus): FastifyReply =>
  reply.code(status).type(FAILURE_TYPE).send(failure);
