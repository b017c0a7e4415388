import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { HttpConnection } from './config.ts';

const never = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  // Metadata services of clouds are here.
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  never.addSubnet(net, bits, 'ipv4');
never.addSubnet('fe80::', 10, 'ipv6');
never.addSubnet('ff00::', 8, 'ipv6');
never.addAddress('::', 'ipv6');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const holds = (list: BlockList, address: string): boolean => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
};

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/** Which hosts a system may be read from, and which addresses those may have. */
export interface Guard {
  /** @throws HUB_SOURCE_REFUSED for a scheme or host that was not agreed. */
  check(url: URL): void;
  /** For sockets: every resolved address is looked at, and the one that was looked at is the one connected to. */
  readonly lookup: LookupFunction;
}

/**
 * The host of `url` and those of `allowHosts`. Addresses of the machine itself only when they are written as such in the
 * system file: a name that resolves to one is refused. Link-local ones never.
 */
export function createGuard({ url, allowHosts, auth }: HttpConnection, resolver: typeof resolve = resolve): Guard {
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
    if (holds(never, address)) throw refuse(`${address} is link-local, multicast or no address`, host);
    if (holds(loopback, address) && !literal.has(bare(host))) throw refuse(`${address} is this very machine`, host);
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
