import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { webhookScheme } from '../../../connectors/webhook/config.ts';
import { acceptPush, webhook } from '../../../connectors/webhook/connector.ts';
import { verifyPush } from '../../../connectors/webhook/verify.ts';

const NOW = new Date('2026-03-01T02:00:00Z');
const TIME = String(NOW.getTime() / 1000);
const BODY = Buffer.from('{"sj":[{"id":"1"}]}');
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const refused = expect.objectContaining({ code: 'HUB_PUSH_REFUSED' });

describe('Standard Webhooks', () => {
  // The vector of the specification's reference libraries.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const time = '1614265330';
  const body = Buffer.from('{"test": 2432232314}');
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const scheme = webhookScheme.parse({ scheme: 'standard', secrets: [secret] });
  const now = new Date(1_614_265_330_000);
  const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature };

  test('the published vector is genuine and gives its id', () => {
    expect(verifyPush(scheme, { headers, body, now }).id).toBe(id);
  });

  test('one of several signatures, and the older of two secrets, are enough', () => {
    const several = { ...headers, 'webhook-signature': `v1a,xyz v1,AAAA ${signature}` };
    const rotated = webhookScheme.parse({
      scheme: 'standard',
      secrets: ['whsec_bm90IHRoaXMgb25lIGF0IGFsbA==', secret],
    });
    expect(verifyPush(rotated, { headers: several, body, now }).id).toBe(id);
  });

  test.each([
    ['another body', { headers, body: Buffer.from('{"test": 2432232315}'), now }],
    ['another id', { headers: { ...headers, 'webhook-id': 'msg_other' }, body, now }],
    ['a later time', { headers: { ...headers, 'webhook-timestamp': '1614265331' }, body, now }],
    ['no signature', { headers: { ...headers, 'webhook-signature': undefined }, body, now }],
    ['an empty signature', { headers: { ...headers, 'webhook-signature': 'v1,' }, body, now }],
    ['a recording of yesterday', { headers, body, now: new Date(now.getTime() + 86_400_000) }],
    ['a time that is none', { headers: { ...headers, 'webhook-timestamp': '1e9' }, body, now }],
    ['an id with a line end', { headers: { ...headers, 'webhook-id': 'a\nb' }, body, now }],
  ])('%s is refused', (_, push) => {
    expect(() => verifyPush(scheme, push)).toThrow(refused);
  });
});

describe('keyed hashes and public keys', () => {
  const secret = 'a secret of sixteen and more';
  test.each(['sha256', 'sha512', 'sm3'] as const)(
    'hmac with %s over the body, with and without a prefix',
    (algorithm) => {
      const scheme = webhookScheme.parse({ scheme: 'hmac', secrets: [secret], algorithm });
      const hex = createHmac(algorithm, secret).update(BODY).digest('hex');
      const id = verifyPush(scheme, { headers: { 'x-signature': hex }, body: BODY, now: NOW });
      expect(verifyPush(scheme, { headers: { 'x-signature': `${algorithm}=${hex}` }, body: BODY, now: NOW })).toEqual(
        id,
      );
      expect(() => verifyPush(scheme, { headers: { 'x-signature': hex.slice(2) }, body: BODY, now: NOW })).toThrow(
        refused,
      );
    },
  );

  test.each([
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['rsa', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('%s over time and body', (kind, generate) => {
    const { publicKey, privateKey } = generate();
    const scheme = webhookScheme.parse({
      scheme: 'public-key',
      publicKeys: [publicKey.export({ type: 'spki', format: 'pem' })],
      timestampHeader: 'X-Time',
      idHeader: 'X-Id',
    });
    const signed = Buffer.concat([Buffer.from(`${TIME}.`), BODY]);
    const signature = sign(kind === 'ed25519' ? null : 'sha256', signed, privateKey).toString('base64');
    const headers = { 'x-signature': signature, 'x-time': TIME, 'x-id': 'd-1' };
    expect(verifyPush(scheme, { headers, body: BODY, now: NOW }).id).toBe('d-1');
    expect(() =>
      verifyPush(scheme, { headers: { ...headers, 'x-time': `${Number(TIME) + 1}` }, body: BODY, now: NOW }),
    ).toThrow(refused);
  });
});

describe('headers and clocks at their edges', () => {
  const secret = 'a secret of sixteen and more';
  const scheme = webhookScheme.parse({
    ...{ scheme: 'hmac', secrets: [secret], timestampHeader: 'X-Time', idHeader: 'X-Id', toleranceSeconds: 300 },
  });
  const signedAt = (time: string): string => createHmac('sha256', secret).update(`${time}.`).update(BODY).digest('hex');
  const seconds = (from: number): string => String(NOW.getTime() / 1000 + from);
  const push = (time: string, more: Readonly<Record<string, string>> = {}) => ({
    headers: { 'x-time': time, 'x-id': 'd-1', 'x-signature': signedAt(time), ...more },
    body: BODY,
    now: NOW,
  });

  test.each([
    ['now', seconds(0), true],
    ['in milliseconds', `${NOW.getTime()}`, true],
    ['as old as may be', seconds(-300), true],
    ['a second older', seconds(-301), false],
    ['as far ahead as may be', seconds(300), true],
    ['a second further ahead', seconds(301), false],
    ['a day ahead', seconds(86_400), false],
    ['a time twice', `${seconds(0)}, ${seconds(0)}`, false],
    ['a negative one', `-${seconds(0)}`, false],
  ])('a genuine signature whose time is %s (%s): taken %s', (_, time, isTaken) => {
    if (isTaken) expect(verifyPush(scheme, push(time)).id).toBe('d-1');
    else expect(() => verifyPush(scheme, push(time))).toThrow(refused);
  });

  const good = signedAt(seconds(0));
  test.each([
    ['in capitals', good.toUpperCase(), true],
    ['with its prefix', `sha256=${good}`, true],
    ['in two headers, the good one first', `${good}, ${'0'.repeat(64)}`, false],
    ['in two headers, the good one last', `${'0'.repeat(64)}, ${good}`, false],
    ['with something behind it', `${good}zz`, false],
    ['with a blank inside', `${good.slice(0, 32)} ${good.slice(32)}`, false],
    ['shortened', good.slice(0, 62), false],
  ])('a signature %s: taken %s', (_, signature, isTaken) => {
    const one = push(seconds(0), { 'x-signature': signature });
    if (isTaken) expect(verifyPush(scheme, one).id).toBe('d-1');
    else expect(() => verifyPush(scheme, one)).toThrow(refused);
  });

  test.each([['a, b'], ['a b'], ['a\tb'], ['']])('an id %j is refused', (id) => {
    expect(() => verifyPush(scheme, push(seconds(0), { 'x-id': id }))).toThrow(refused);
  });

  test('the proof of a delivery is that of its signed text and its secret, whatever its other headers say', () => {
    const proof = (one: ReturnType<typeof push>, by = scheme): string =>
      Buffer.from(verifyPush(by, one).proof).toString('hex');
    const first = proof(push(seconds(0)));
    expect(proof(push(seconds(0), { 'x-id': 'another', 'user-agent': 'x' }))).toBe(first);
    expect(proof(push(seconds(0), { 'x-signature': good.toUpperCase() }))).toBe(first);
    expect(proof(push(seconds(1)))).not.toBe(first);
    const both = webhookScheme.parse({ ...scheme, secrets: ['a newer secret of sixteen', secret] });
    expect(proof(push(seconds(0)), both)).toBe(first);
  });
});

describe('the form of a delivery', () => {
  const config = webhook.config.parse({
    connection: { auth: { scheme: 'hmac', secrets: ['a secret of sixteen and more'] }, maxBodyBytes: 300 },
    streams: { s: { records: 'sj', key: ['ID'], fields: { ID: 'id' } } },
  });
  const push = (body: Buffer) => ({
    headers: { 'x-signature': createHmac('sha256', 'a secret of sixteen and more').update(body).digest('hex') },
    body,
    now: NOW,
  });

  test('a good one is accepted, the same one under the same id', () => {
    expect(acceptPush(config, 's', push(BODY))).toEqual(acceptPush(config, 's', push(BODY)));
  });

  test.each([
    ['compressed', BODY, { 'content-encoding': 'gzip' }, 'HUB_PUSH_MEDIA', /is compressed/],
    ['compressed and really so', gzipSync(BODY), { 'content-encoding': 'GZIP' }, 'HUB_PUSH_MEDIA', /is compressed/],
    ['in another encoding', BODY, { 'content-type': 'application/json; charset=GBK' }, 'HUB_PUSH_MEDIA', /UTF-8/],
    ['a form', Buffer.from('payload=%7B%7D'), FORM, 'HUB_PUSH_MEDIA', /not JSON, and its content type/],
    ['XML', Buffer.from('<sj/>'), { 'content-type': 'text/xml' }, 'HUB_PUSH_MEDIA', /not JSON, and its content type/],
    ['too large', Buffer.from(JSON.stringify({ sj: ['x'.repeat(300)] })), {}, 'HUB_PUSH_TOO_LARGE', /has 311 bytes/],
    ['empty', Buffer.alloc(0), {}, 'HUB_PUSH_MALFORMED', /it is empty/],
    ['half', Buffer.from('{"sj":['), {}, 'HUB_PUSH_MALFORMED', /it is not JSON/],
    ['not UTF-8', Buffer.from([0x22, 0xc7, 0xe0, 0x22]), {}, 'HUB_PUSH_MALFORMED', /bytes are not UTF-8/],
    ['without its array', Buffer.from('{"sj":{}}'), {}, 'HUB_PUSH_MALFORMED', /no array at sj/],
  ] as const)('a body that is %s is answered with the cause', (_, body, headers, code, words) => {
    const sent = push(Buffer.from(body));
    const wanted = expect.objectContaining({ code, message: expect.stringMatching(words) });
    expect(() => acceptPush(config, 's', { ...sent, headers: { ...sent.headers, ...headers } })).toThrow(wanted);
  });

  test('JSON under the content type that clients send by default is taken', () => {
    const sent = push(BODY);
    expect(acceptPush(config, 's', { ...sent, headers: { ...sent.headers, ...FORM } }).id).not.toBe('');
    const spelled = { 'content-type': 'application/json; charset="UTF-8"', 'content-encoding': 'identity' };
    expect(acceptPush(config, 's', { ...sent, headers: { ...sent.headers, ...spelled } }).id).not.toBe('');
  });

  test.each([
    ['no JSON', Buffer.from('{"sj":[')],
    ['no array where one was agreed', Buffer.from('{"sj":{}}')],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xc7, 0xe0, 0x22])],
    ['a member twice', Buffer.from('{"sj":[],"sj":[1]}')],
    ['nested without end', Buffer.from('['.repeat(290))],
  ])('%s is malformed', (_, body) => {
    expect(() => acceptPush(config, 's', push(body))).toThrow(expect.objectContaining({ code: 'HUB_PUSH_MALFORMED' }));
  });

  test('an unknown stream is not there, whatever its name', () => {
    for (const name of ['x', '__proto__', 'constructor'])
      expect(() => acceptPush(config, name, push(BODY))).toThrow(
        expect.objectContaining({ code: 'HUB_CATALOG_NOT_FOUND' }),
      );
  });

  test('a stream whose key is not among its fields is refused with the field', () => {
    const stream = { key: ['NO'], fields: { ID: 'id' } };
    const connection = { auth: { scheme: 'hmac', secrets: ['a secret of sixteen and more'] } };
    expect(webhook.config.safeParse({ connection, streams: { s: stream } }).error?.issues[0]?.message).toMatch(
      /NO is not among fields: ID/,
    );
  });
});
