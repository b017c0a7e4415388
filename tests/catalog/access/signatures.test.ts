import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  digestCheck,
  isSignedBy,
  type KeyMaterial,
  readClaims,
  readDigests,
  readSignature,
  requireCover,
  requireFresh,
  type SignedMessage,
  signatureBase,
} from '../../../catalog/access/signatures.ts';

/** The request of RFC 9421, appendix B.2. */
const DIGEST = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:';
const REQUEST: SignedMessage = {
  method: 'POST',
  targetUri: 'https://example.com/foo?param=Value&Pet=dog',
  rawHeaders: [
    ...['Host', 'example.com', 'Date', 'Tue, 20 Apr 2021 02:07:55 GMT', 'Content-Type', 'application/json'],
    ...['Content-Digest', DIGEST, 'Content-Length', '18'],
  ],
};
const ED25519: KeyMaterial = {
  alg: 'ed25519',
  material: createPublicKey(
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----',
  ).export({ format: 'der', type: 'spki' }),
};
const HMAC: KeyMaterial = {
  alg: 'hmac-sha256',
  material: Buffer.from(
    'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
    'base64',
  ),
};

const withHeaders = (...more: readonly string[]): SignedMessage => ({
  ...REQUEST,
  rawHeaders: [...REQUEST.rawHeaders, ...more],
});
const signed = (input: string, signature = 'sig=:AAAA:'): SignedMessage =>
  withHeaders('Signature-Input', input, 'Signature', signature);
const baseOf = (message: SignedMessage): string => signatureBase(message, readSignature(message).input);

describe('the examples of RFC 9421', () => {
  const B25 = signed(
    'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
  );
  const B26 = signed(
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
  );

  test('B.2.5: HMAC-SHA256', () => {
    expect(baseOf(B25)).toBe(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@authority": example.com',
        '"content-type": application/json',
        '"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
      ].join('\n'),
    );
    expect(isSignedBy(HMAC, baseOf(B25), readSignature(B25).bytes)).toBe(true);
  });

  test('B.2.6: Ed25519', () => {
    expect(isSignedBy(ED25519, baseOf(B26), readSignature(B26).bytes)).toBe(true);
  });

  test.each([
    ['HMAC', HMAC, B25],
    ['Ed25519', ED25519, B26],
  ] as const)('%s: no bit of the signature and no byte of the text may be another', (_, key, message) => {
    const base = baseOf(message);
    const { bytes } = readSignature(message);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isSignedBy(key, base, other)).toBe(false);
    }
    for (let at = 0; at < base.length; at++)
      expect(isSignedBy(key, `${base.slice(0, at)}~${base.slice(at + 1)}`, bytes)).toBe(false);
    expect(isSignedBy(key, base, bytes.subarray(1))).toBe(false);
    expect(isSignedBy(key, base, Buffer.alloc(0))).toBe(false);
  });

  test('its digest is that of its body', () => {
    const body = Buffer.from('{"hello": "world"}');
    const check = digestCheck(readDigests(REQUEST));
    check.update(body.subarray(0, 5));
    check.update(body.subarray(5));
    expect(() => check.end()).not.toThrow();
    const other = digestCheck(readDigests(REQUEST));
    other.update(Buffer.from('{"hello": "World"}'));
    expect(() => other.end()).toThrow(expect.objectContaining({ code: 'HUB_ACCESS_SIGNATURE_BODY' }));
  });

  test('the derived parts of section 2.2', () => {
    const all = '("@method" "@target-uri" "@authority" "@scheme" "@path" "@query")';
    const told = baseOf({ ...signed(`sig=${all}`), targetUri: 'https://WWW.example.com:443/path?param=value' });
    expect(told.split('\n')).toEqual([
      '"@method": POST',
      '"@target-uri": https://WWW.example.com:443/path?param=value',
      '"@authority": www.example.com',
      '"@scheme": https',
      '"@path": /path',
      '"@query": ?param=value',
      `"@signature-params": ${all}`,
    ]);
    expect(baseOf({ ...signed('sig=("@path" "@query")'), targetUri: 'http://h' })).toContain(
      '"@path": /\n"@query": ?\n',
    );
  });
});

const refusal = (en: RegExp) =>
  expect.objectContaining({ code: 'HUB_ACCESS_SIGNATURE', message: expect.stringMatching(en) });

test.each([
  ['no signature', REQUEST, /signature-input is missing/],
  ['half of one', withHeaders('Signature-Input', 'sig=()'), /header signature is missing/],
  [
    'a header twice',
    withHeaders('Signature', 'a=:AA==:', 'Signature-Input', 'a=()', 'Signature-Input', 'a=()'),
    /more than once/,
  ],
  ['no structured field', signed('sig=('), /no dictionary/],
  ['two signatures', signed('a=(), b=()', 'a=:AA==:, b=:AA==:'), /one signature/],
  ['two labels', signed('other=()'), /one signature/],
  ['no list', signed('sig="date"'), /one signature/],
  ['no bytes', signed('sig=()', 'sig="AA=="'), /no sequence of bytes/],
  ['a parameter of a part', signed('sig=("date";bs)'), /no parameters/],
  ['a part that is no text', signed('sig=(date)'), /no parameters/],
  ['a part twice', signed('sig=("date" "date")'), /covered twice/],
  ['a header that is not there', signed('sig=("x-none")'), /not in the request/],
  ['a derived part of an answer', signed('sig=("@status")'), /not known here/],
  ['a derived part by an inherited name', signed('sig=("@constructor")'), /not known here/],
])('refused: %s', (_, message, told) => {
  expect(() => baseOf(message)).toThrow(refusal(told));
});

test('a covered header that comes twice is refused, in whatever case it is written', () => {
  const message = signed('sig=("content-type")');
  const twice = { ...message, rawHeaders: [...message.rawHeaders, 'CONTENT-TYPE', 'application/json'] };
  expect(() => baseOf(twice)).toThrow(refusal(/content-type comes more than once/));
});

test('whoever covers less than the hub wants is refused, and told what is missing', () => {
  const cover = (list: string, hasBody: boolean) => requireCover(readSignature(signed(`sig=${list}`)), hasBody);
  expect(() => cover('("@method" "@target-uri")', false)).not.toThrow();
  expect(() => cover('("@method" "@path")', false)).toThrow(refusal(/cover @target-uri$/));
  expect(() => cover('("@method" "@target-uri")', true)).toThrow(refusal(/cover content-digest, content-type$/));
  expect(() => cover('("content-type" "date" "content-digest" "@target-uri" "@method")', true)).not.toThrow();
});

const CLAIMS = 'created=1618884473;expires=1618884773;nonce="0123456789";keyid="a";alg="ed25519"';
const claimsOf = (text: string) => readClaims(readSignature(signed(`sig=();${text}`)));

test.each(['created', 'expires', 'nonce', 'keyid', 'alg'])(
  'the parameter %s has to be there, and of its kind',
  (name) => {
    expect(claimsOf(CLAIMS)).toMatchObject({ keyId: 'a', nonce: '0123456789', created: new Date(1_618_884_473_000) });
    const without = CLAIMS.split(';').filter((one) => !one.startsWith(`${name}=`));
    expect(() => claimsOf(without.join(';'))).toThrow(refusal(new RegExp(`parameter ${name} `)));
    for (const other of ['?1', ':AA==:', '1.5', 'token', '""', '@1618884473', '999999999999999', '-999999999999999'])
      if (other !== 'token')
        expect(() => claimsOf([...without, `${name}=${other}`].join(';'))).toThrow(
          refusal(new RegExp(`parameter ${name} `)),
        );
  },
);

test('a signature is good from its creation for five minutes, and not after it expires', () => {
  const at =
    (seconds: number, expires = 1_618_884_773) =>
    () =>
      requireFresh(
        claimsOf(CLAIMS.replace('expires=1618884773', `expires=${expires}`)),
        new Date((1_618_884_473 + seconds) * 1_000),
      );
  const refused = (en: RegExp) =>
    expect.objectContaining({ code: 'HUB_ACCESS_SIGNATURE_TIME', message: expect.stringMatching(en) });
  for (const seconds of [-10, 0, 299]) expect(at(seconds)).not.toThrow();
  expect(at(-11)).toThrow(refused(/in the future/));
  expect(at(300)).toThrow(refused(/expired/));
  expect(at(300, 1_999_999_999)).not.toThrow();
  expect(at(301, 1_999_999_999)).toThrow(refused(/older than five minutes/));
  expect(at(5, 1_618_884_478)).toThrow(refused(/expired/));
});

test('a digest that nobody here knows is none', () => {
  const digests = (value: string) => () => readDigests({ ...REQUEST, rawHeaders: ['content-digest', value] });
  for (const value of ['md5=:AA==:', 'sha-256="x"', 'sha-256', ''])
    expect(digests(value)).toThrow(expect.objectContaining({ code: 'HUB_ACCESS_SIGNATURE_BODY' }));
  expect(digests('md5=:AA==:, sha-256=:AA==:')()).toHaveLength(1);
});
