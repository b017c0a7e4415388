import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../schemas/kernel/context.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import { type ErrorEntry, HubError, isHubError } from '../../schemas/kernel/errors.ts';

/** What every failed request of the API answers with. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** What would have been right, where that can be said. */
  readonly allowed: string | readonly string[] | null;
}

export interface FailureWithStatus {
  readonly status: number;
  readonly failure: Failure;
}

const REFUSED_BY_SERVER: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than this server takes',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the content type of the body is not known here',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body has another length than its header says',
};

/** Never tells what the client sent: values may be identity numbers. */
export function failureOf(error: unknown): FailureWithStatus {
  const known = isHubError(error) ? error : fromServer(error as FastifyError);
  if (known === null) return withStatus(new HubError('HUB_INTERNAL', 'The request could not be answered'), 500);
  const entry: ErrorEntry = ERRORS[known.code];
  const asked = (error as { statusCode?: unknown }).statusCode;
  const status = isHubError(error) ? (entry.http ?? 500) : typeof asked === 'number' ? asked : 400;
  return withStatus(known, status);
}

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

function fromServer(error: FastifyError): HubError | null {
  if (error.validation !== undefined) return invalid(error);
  const what = REFUSED_BY_SERVER[error.code];
  if (what !== undefined)
    return new HubError('HUB_REQUEST_INVALID', `Request: ${what}`, { allowed: 'application/json, at most 16 KB' });
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? new HubError('HUB_REQUEST_INVALID', 'The request cannot be read') : null;
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

export async function sendFailure(reply: FastifyReply, { status, failure }: FailureWithStatus): Promise<void> {
  await reply.code(status).type('application/json; charset=utf-8').send(failure);
}
