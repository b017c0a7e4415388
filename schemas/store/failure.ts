import { type HubError, toHubError } from '../kernel/errors.ts';

// Connection exceptions, insufficient resources, operator intervention; conflicts that a second try resolves.
const PASSING_STATES = /^(08|53|57P|40001|40P01)/;
const PASSING_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
]);

/** What a `pg` call threw, as HUB_STORE_UNAVAILABLE when another try may help and HUB_INTERNAL otherwise. */
export function storeFailure(error: unknown, what: string): HubError {
  const code = (error as { code?: unknown } | null)?.code;
  // pg gives no code when a connection ends under a query or none is to be had in time
  const passing =
    typeof code === 'string'
      ? PASSING_STATES.test(code) || PASSING_SYSTEM.has(code)
      : error instanceof Error && /connect|timeout/i.test(error.message);
  return toHubError(error, passing ? 'HUB_STORE_UNAVAILABLE' : 'HUB_INTERNAL', what);
}
