import type { ErrorEntry, Recovery } from './error-entry.ts';
import { ERRORS } from './error-table.ts';

export type { ErrorEntry, Recovery };

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The only error class product code throws. `details` must never hold secrets or whole identity numbers. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** @param what one sentence: what failed and where. Allowed values belong in `details.allowed`. */
  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(what, options);
    this.name = 'HubError';
    this.code = code;
    this.details = details;
  }

  get recovery(): Recovery {
    return ERRORS[this.code].recovery;
  }

  get remedy(): string {
    return ERRORS[this.code].remedy;
  }
}

export const isHubError = (error: unknown): error is HubError => error instanceof HubError;

/** Wraps whatever was thrown; a HubError passes unchanged. */
export function toHubError(error: unknown, code: ErrorCode, what: string, details: ErrorDetails = {}): HubError {
  if (isHubError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HubError(code, `${what}: ${message}`, details, { cause: error });
}

/** Aborts are not errors: they are re-thrown untouched and never counted as failures. */
export function isAbort(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR';
}
