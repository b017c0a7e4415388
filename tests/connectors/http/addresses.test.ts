import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAllowed, type Reach, reachOf } from '../../../connectors/http/addresses.ts';
import { propertySeed } from '../../contracts/source.contract.ts';

describe('every range that is not public', () => {
  test.each<[string, Reach]>([
    ['1.1.1.1', 'public'],
    ['202.106.0.20', 'public'],
    ['2606:4700::1111', 'public'],
    ['240e::1', 'public'],
    ['10.1.2.3', 'internal'],
    ['172.31.255.255', 'internal'],
    ['192.168.0.1', 'internal'],
    ['fd12:3456::5', 'internal'],
    ['::ffff:10.1.2.3', 'internal'],
    ['127.0.0.1', 'machine'],
    ['127.255.255.254', 'machine'],
    ['::1', 'machine'],
    ['::ffff:127.0.0.1', 'machine'],
    ['::ffff:7f00:1', 'machine'],
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['::', 'never'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['2606:4700::1%1', 'never'],
    ['224.0.0.1', 'never'],
    ['ff02::1', 'never'],
    ['255.255.255.255', 'never'],
    ['100.100.100.200', 'never'],
    ['::ffff:100.100.100.200', 'never'],
    ['168.63.129.16', 'never'],
    ['192.0.0.192', 'never'],
    ['fd00:ec2::254', 'never'],
    ['fd00:0ec2:0:0:0:0:0:254', 'never'],
    ['fd20:ce::254', 'never'],
    ['', 'never'],
    ['sw.qh.example', 'never'],
    ['100.64.0.1', 'special'],
    ['100.127.255.255', 'special'],
    ['192.0.0.8', 'special'],
    ['192.0.2.1', 'special'],
    ['192.88.99.1', 'special'],
    ['198.18.0.1', 'special'],
    ['198.51.100.1', 'special'],
    ['203.0.113.1', 'special'],
    ['240.0.0.1', 'special'],
    ['64:ff9b::a9fe:a9fe', 'special'],
    ['64:ff9b::101:101', 'special'],
    ['64:ff9b:1::1', 'special'],
    ['64:ff9b:1:a9fe:a9:fe00::', 'special'],
    ['2002:a9fe:a9fe::1', 'special'],
    ['2002:0a00:0001::1', 'special'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'special'],
    ['::a9fe:a9fe', 'special'],
    ['::10.0.0.1', 'special'],
    ['2600::5efe:a9fe:a9fe', 'special'],
    ['2600::200:5efe:7f00:1', 'special'],
    ['fd00::5efe:a9fe:a9fe', 'special'],
    ['2001:db8::5', 'special'],
    ['3fff::1', 'special'],
    ['100::1', 'special'],
    ['fec0::1', 'special'],
    ['5f00::1', 'special'],
    ['4000::1', 'special'],
    ['2001:20::1', 'special'],
  ])('%s is %s', (address, wanted) => {
    expect(reachOf(address)).toBe(wanted);
  });

  test('an address that carries one of this machine or of a link is public in no form', () => {
    const inner = fc.constantFrom(
      '127.0.0.1',
      '169.254.169.254',
      '10.0.0.1',
      '100.100.100.200',
      '0.0.0.0',
      '224.0.0.1',
    );
    const hex = (address: string): string => {
      const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    };
    const form = fc.constantFrom<(text: string) => string>(
      (text) => `64:ff9b::${text}`,
      (text) => `64:ff9b:1::${text}`,
      (text) => `2002:${text}::1`,
      (text) => `2001:0:${text}:0:0:0:0`,
      (text) => `::${text}`,
      (text) => `::ffff:0:${text}`,
      (text) => `2600:1:2:3:0:5efe:${text}`,
      (text) => `2600:1:2:3:200:5efe:${text}`,
      (text) => `::ffff:${text}`,
    );
    fc.assert(
      fc.property(inner, form, (address, write) => expect(reachOf(write(hex(address)))).not.toBe('public')),
      { seed: propertySeed('addresses') },
    );
  });
});

test.each<[string, readonly string[], boolean]>([
  ['100.64.3.4', ['100.64.0.0/10'], true],
  ['100.64.3.4', ['100.64.0.0/16', '64:ff9b::/96'], true],
  ['100.65.3.4', ['100.64.0.0/16'], false],
  ['100.64.3.4', [], false],
  ['::ffff:100.64.3.4', ['100.64.0.0/10'], true],
  ['64:ff9b::101:101', ['64:ff9b::/96'], true],
  ['64:ff9b::a01:101', ['64:ff9b::/96'], true],
  ['64:ff9b::7f00:1', ['64:ff9b::/96'], false],
  ['64:ff9b::a9fe:a9fe', ['64:ff9b::/96'], false],
  ['64:ff9b::6464:64c8', ['64:ff9b::/96', '100.64.0.0/10'], false],
  ['64:ff9b::6440:1', ['64:ff9b::/96', '100.64.0.0/10'], true],
  ['2002:7f00:1::1', ['2002::/16'], false],
  ['2001:db8::5', ['2001:db8::/32'], true],
])('%s within allowNetworks %j: %s', (address, networks, wanted) => {
  expect(isAllowed(address, networks)).toBe(wanted);
});
