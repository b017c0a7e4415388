import { type ErrorCode, HubError, isHubError } from '../../schemas/kernel/errors.ts';

/** Codes of a driver or server to codes of the hub. Messages are never looked at: they depend on language and version. */
export type FailureTable = Readonly<Record<string, ErrorCode>>;

const NETWORK: FailureTable = {
  ECONNREFUSED: 'HUB_SOURCE_UNREACHABLE',
  ECONNRESET: 'HUB_SOURCE_READ_FAILED',
  ENOTFOUND: 'HUB_SOURCE_UNREACHABLE',
  EAI_AGAIN: 'HUB_SOURCE_UNREACHABLE',
  ETIMEDOUT: 'HUB_SOURCE_UNREACHABLE',
  EHOSTUNREACH: 'HUB_SOURCE_UNREACHABLE',
  ENETUNREACH: 'HUB_SOURCE_UNREACHABLE',
  EPIPE: 'HUB_SOURCE_READ_FAILED',
};

/**
 * The first code that the table knows, from the error outwards to its causes. An error without any code, such as a
 * driver's time limit for connecting, is told by whether the server was ever `reached`.
 */
export function sqlFailure(error: unknown, what: string, table: FailureTable, reached: boolean): Error {
  if (isHubError(error)) return error;
  // Drivers add the statement with the values in it, and a value may be somebody's identity number.
  if (typeof error === 'object' && error !== null)
    for (const name of ['sql', 'sqlMessage', 'where']) Reflect.deleteProperty(error, name);
  const message = error instanceof Error ? error.message || error.name : String(error);
  // knex: no connection was to be had in time
  const waited = error instanceof Error && error.name === 'KnexTimeoutError';
  const codes = codesOf(error);
  const found = codes.find((code) => Object.hasOwn(table, code) || Object.hasOwn(NETWORK, code));
  const code = found === undefined ? undefined : (table[found] ?? NETWORK[found]);
  return new HubError(
    code ?? (waited || (codes.length === 0 && !reached) ? 'HUB_SOURCE_UNREACHABLE' : 'HUB_SOURCE_READ_FAILED'),
    `${what}: ${message}`,
    codes[0] === undefined ? {} : { serverCode: found ?? codes[0] },
    { cause: error },
  );
}

function codesOf(error: unknown, depth = 0): readonly string[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const { code, errno, number, cause, originalError, errors } = error as Record<string, unknown>;
  const own = [code, number, errno].filter((one) => typeof one === 'string' || typeof one === 'number').map(String);
  const inner = [cause, originalError, ...(Array.isArray(errors) ? errors : [])];
  return [...own, ...inner.flatMap((one) => codesOf(one, depth + 1))];
}
