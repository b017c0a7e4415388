import { type ErrorCode, type HubError, toHubError } from '../kernel/errors.ts';

// Connection exceptions, insufficient resources, operator intervention, system errors of the server; conflicts and waits
// that a second try resolves; sessions that stood still for too long. PostgreSQL documentation, appendix A.
const PASSING_STATES = /^(?:08|53|57P|58|40001|40P01|55006|55P03|25P03|25P04)/;
const PASSING_SYSTEM: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'],
]);
/** statement_timeout, or somebody has cancelled it. */
const CANCELLED = '57014';

const codeOf = (error: unknown): string | null => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
};

export const carriesCode = (error: unknown): boolean => codeOf(error) !== null;

/**
 * A connection that is gone, or was not to be had in time, is told by pg with a plain Error without a code. Servers and
 * systems give codes, the language has classes of its own, and we throw HubError: nothing else is so plain.
 */
const isPlain = (error: unknown): boolean => error instanceof Error && error.name === 'Error' && !carriesCode(error);

function codeFor(error: unknown): ErrorCode {
  const code = codeOf(error);
  if (code === null) return isPlain(error) ? 'HUB_STORE_UNAVAILABLE' : 'HUB_INTERNAL';
  if (code === CANCELLED) return 'HUB_STORE_SLOW';
  return PASSING_STATES.test(code) || PASSING_SYSTEM.has(code) ? 'HUB_STORE_UNAVAILABLE' : 'HUB_INTERNAL';
}

/** What a `pg` call threw, by its code: HUB_STORE_UNAVAILABLE or HUB_STORE_SLOW when another try may help, else HUB_INTERNAL. */
export const storeFailure = (error: unknown, what: string): HubError => toHubError(error, codeFor(error), what);
