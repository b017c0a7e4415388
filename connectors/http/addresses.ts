import ipaddr from 'ipaddr.js';

/**
 * public: of the internet. internal: of a private network (RFC 1918, fc00::/7), where departments are. machine: this very one.
 * special: carriers, tunnels, translators, documentation, what is not allocated: only where a network is named. never: what
 * no source has, such as link-local addresses and the metadata services of clouds.
 */
export type Reach = 'public' | 'internal' | 'machine' | 'special' | 'never';

const NEVER = ['linkLocal', 'multicast', 'unspecified', 'broadcast'];
const INTERNAL = ['private', 'uniqueLocal'];
/** Beside 169.254.169.254, which is link-local: Alibaba, Azure, Oracle, Amazon and Google. */
const METADATA = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'];
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** @param address as a resolver gives it; with a zone (`fe80::1%eth0`) it is of this machine's own links: never. */
export function reachOf(address: string): Reach {
  const parsed = parse(address);
  return parsed === null ? 'never' : reach(parsed);
}

/** The text of an address or a network says itself what it is; both families. */
export const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text);

/**
 * Whether a special address lies in one of these networks, and leads no further than it may: the IPv4 addresses inside of it
 * are public or internal themselves.
 */
export function isAllowed(address: string, networks: readonly string[]): boolean {
  const parsed = parse(address);
  if (parsed === null) return false;
  const isNamed = (one: Address): boolean =>
    networks.some((text) => {
      const network = ipaddr.parseCIDR(text);
      return network[0].kind() === one.kind() && one.match(network as never);
    });
  return (
    isNamed(parsed) &&
    embeddedIn(parsed).every(
      (inner) => ['public', 'internal'].includes(reach(inner)) || (reach(inner) === 'special' && isNamed(inner)),
    )
  );
}

function parse(address: string): Address | null {
  if (address.includes('%') || !ipaddr.isValid(address)) return null;
  // The library takes `::10.0.0.1` for `::ffff:10.0.0.1`, which the kernel does not.
  const plain = address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  // `::ffff:1.2.3.4` is what the kernel makes of 1.2.3.4.
  return ipaddr.process(plain);
}

function reach(address: Address): Reach {
  if (METADATA.some((one) => ipaddr.parse(one).toNormalizedString() === address.toNormalizedString())) return 'never';
  const range = address.range();
  if (NEVER.includes(range)) return 'never';
  if (range === 'loopback') return 'machine';
  if (INTERNAL.includes(range)) return embeddedIn(address).length === 0 ? 'internal' : 'special';
  if (range !== 'unicast' || embeddedIn(address).length > 0) return 'special';
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'special' : 'public';
}

const v4 = (bytes: readonly number[]): ipaddr.IPv4 => new ipaddr.IPv4([...bytes]);

/** IPv4 addresses at which a packet to this one may come out. */
function embeddedIn(address: Address): readonly ipaddr.IPv4[] {
  if (address instanceof ipaddr.IPv4) return [];
  const bytes = address.toByteArray();
  const last = v4(bytes.slice(12));
  switch (address.range()) {
    case '6to4':
      return [v4(bytes.slice(2, 6))];
    case 'teredo':
      return [v4(bytes.slice(4, 8)), v4(bytes.slice(12).map((byte) => byte ^ 255))];
    case 'rfc6052':
      // 64:ff9b::/96 has it at the end; in 64:ff9b:1::/48 the operator decides whether it is there or behind the prefix.
      return bytes[5] === 1 ? [v4([...bytes.slice(6, 8), ...bytes.slice(9, 11)]), last] : [last];
    case 'rfc6145':
      return [last];
    default: {
      const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0);
      const isIsatap =
        [0, 2].includes(bytes[8] as number) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
      return isIsatap || (isCompatible && address.range() === 'unicast') ? [last] : [];
    }
  }
}
