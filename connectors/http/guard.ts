import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { HubError } from '../../schemas/kernel/errors.ts';
import { isAllowed, reachOf } from './addresses.ts';
import type { HttpConnection } from './config.ts';

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/** Which hosts a system may be read from, and which addresses those may have. */
export interface Guard {
  /** @throws HUB_SOURCE_REFUSED for a scheme or host that was not agreed. */
  check(url: URL): void;
  /** For sockets: every resolved address is looked at, and the one that was looked at is the one connected to. */
  readonly lookup: LookupFunction;
}

/**
 * The host of `url` and those of `allowHosts`, at public addresses and those of private networks. Addresses of the machine
 * itself only when they are written as such in the system file: a name that resolves to one is refused. Special ones only in
 * `allowNetworks`; link-local ones and metadata services never.
 */
export function createGuard(
  { url, allowHosts, allowNetworks, auth }: HttpConnection,
  resolver: typeof resolve = resolve,
): Guard {
  const hosts = new Set<string>();
  const literal = new Set<string>();
  const allow = (host: string): void => {
    hosts.add(host.toLowerCase());
    const name = bare(new URL(`http://${host}`).hostname);
    if (isIP(name) !== 0 || name === 'localhost') literal.add(name);
  };
  for (const host of [new URL(url).host, ...allowHosts]) allow(host);
  if (auth.kind === 'oauth') allow(new URL(auth.tokenUrl).host);

  const refuse = (what: string, host: string): HubError =>
    new HubError('HUB_SOURCE_REFUSED', `${what}: ${host} is not a host that this system may be read from`, {
      host,
      allowed: [...hosts],
    });
  const checkAddress = (host: string, address: string): void => {
    const reach = reachOf(address);
    if (reach === 'never') throw refuse(`${address} is link-local, multicast, a metadata service or no address`, host);
    if (reach === 'machine' && !literal.has(bare(host))) throw refuse(`${address} is this very machine`, host);
    if (reach === 'special' && !isAllowed(address, allowNetworks))
      throw refuse(`${address} is neither public nor of a private network, and in none of allowNetworks`, host);
  };

  return {
    check(target) {
      const { protocol, host, hostname, username, password } = target;
      if (protocol !== 'http:' && protocol !== 'https:') throw refuse(`the scheme is ${protocol}`, host);
      if (username !== '' || password !== '') throw refuse('the address holds a user name', host);
      if (!hosts.has(host) && !hosts.has(hostname)) throw refuse('the host was not agreed', host);
      if (isIP(bare(hostname)) !== 0) checkAddress(hostname, bare(hostname));
    },
    lookup(hostname, options, callback) {
      resolver(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        try {
          for (const { address } of addresses) checkAddress(hostname, address);
        } catch (refusal) {
          return callback(refusal as Error, '', 0);
        }
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family ?? 0);
      });
    },
  };
}
