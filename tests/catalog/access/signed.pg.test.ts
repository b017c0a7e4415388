import { execFile } from 'node:child_process';
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { addKey, listKeys, revokeKey } from '../../../catalog/access/keys.ts';
import { saveOrganisations } from '../../../catalog/access/organisations.ts';
import { describeWithProgram } from '../../support/programs.ts';
import { type AccessWorld, HOST, openAccessWorld } from './world.ts';

const OFFICE = '11630000015000126U';
let world: AccessWorld;
let key: Signer;

interface Signer {
  readonly keyId: string;
  readonly alg: string;
  readonly sign: (base: string) => Buffer;
}

interface Change {
  readonly covered?: readonly string[];
  readonly created?: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly alg?: string;
  readonly body?: string;
  readonly digest?: string;
  readonly targetUri?: string;
  readonly contentType?: string;
}

const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();

async function newSigner(by: 'ed25519' | 'hmac-sha256', validUntil?: Date): Promise<Signer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { keyId, secret } = await addKey(world.pool, {
    ...{ system: 'golden-tax', organisation: OFFICE, by: 'test', validUntil },
    publicKey: by === 'ed25519' ? pemOf(publicKey) : null,
  });
  return {
    ...{ keyId, alg: by },
    sign: (base) =>
      secret === null
        ? sign(null, Buffer.from(base), privateKey)
        : createHmac('sha256', Buffer.from(secret, 'base64')).update(base).digest(),
  };
}

/** A request as a system would sign it, written down without the code that reads it. */
function signedRequest(signer: Signer, method: 'GET' | 'POST', url: string, change: Change = {}): InjectOptions {
  const { body, contentType = 'application/json', targetUri = `http://${HOST}${url}` } = change;
  const now = Math.floor(Date.now() / 1_000);
  const { created = now, expires = created + 60, nonce = randomUUID(), alg = signer.alg } = change;
  const digest =
    change.digest ??
    `sha-256=:${createHash('sha256')
      .update(body ?? '')
      .digest('base64')}:`;
  const headers: Record<string, string> =
    body === undefined ? {} : { 'content-type': contentType, 'content-digest': digest };
  const covered = change.covered ?? ['@method', '@target-uri', ...Object.keys(headers)];
  const values: Readonly<Record<string, string>> = { ...headers, '@method': method, '@target-uri': targetUri };
  const input =
    `(${covered.map((name) => `"${name}"`).join(' ')});created=${created};expires=${expires}` +
    `;nonce="${nonce}";keyid="${signer.keyId}";alg="${alg}"`;
  const base = [...covered.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${input}`].join('\n');
  return {
    ...{ method, url, ...(body === undefined ? {} : { payload: body }) },
    headers: {
      ...{ host: HOST, accept: 'application/json', ...headers },
      'signature-input': `sig=${input}`,
      signature: `sig=:${signer.sign(base).toString('base64')}:`,
    },
  };
}

async function answerTo(request: InjectOptions): Promise<{ status: number; code: string | undefined; text: string }> {
  const answer = await world.server.inject(request);
  const code = /"code":"(HUB_\w+)"/.exec(answer.body)?.[1];
  return { status: answer.statusCode, code, text: answer.body };
}

beforeAll(async () => {
  world = await openAccessWorld();
  await saveOrganisations(world.pool, [
    {
      ...{ code: OFFICE, kind: 'department', name: '税务局', level: 'province', parent: '630000' },
      ...{ validFrom: null, validUntil: null },
    },
  ]);
  key = await newSigner('ed25519');
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const SYSTEMS = '/api/systems';

test.each(['ed25519', 'hmac-sha256'] as const)(
  'a system that signs by %s sees what systems may, and no more',
  async (by) => {
    const signer = await newSigner(by);
    expect(await answerTo(signedRequest(signer, 'GET', SYSTEMS))).toMatchObject({ status: 200 });
    expect(await answerTo(signedRequest(signer, 'GET', '/feeds/spatial'))).not.toMatchObject({ status: 401 });
    const denied = { status: 403, code: 'HUB_ACCESS_DENIED' };
    expect(await answerTo(signedRequest(signer, 'GET', '/people'))).toMatchObject(denied);
    expect(await answerTo(signedRequest(signer, 'GET', '/me'))).toMatchObject(denied);
    const body = JSON.stringify({ identifier: '1' });
    const lookup = '/api/bases/population/lookup';
    // The form token is not asked of it.
    expect(await answerTo(signedRequest(signer, 'POST', lookup, { body }))).toMatchObject(denied);
  },
);

test('a signature over another address, another method or another header is none', async () => {
  const bad = { status: 401, code: 'HUB_ACCESS_SIGNATURE' };
  for (const targetUri of [`http://other.test${SYSTEMS}`, `https://${HOST}${SYSTEMS}`, `http://${HOST}${SYSTEMS}?a=1`])
    expect(await answerTo(signedRequest(key, 'GET', SYSTEMS, { targetUri }))).toMatchObject(bad);
  const request = signedRequest(key, 'GET', SYSTEMS);
  expect(await answerTo({ ...request, method: 'HEAD' })).toMatchObject({ status: 401 });
  const flipped = String(request.headers?.['signature']).replace(/:(.)/, (_, first) => `:${first === 'A' ? 'B' : 'A'}`);
  expect(await answerTo({ ...request, headers: { ...request.headers, signature: flipped } })).toMatchObject(bad);
  // None of that has used the nonce up.
  expect(await answerTo(request)).toMatchObject({ status: 200 });
});

test('what covers less, is of another algorithm or of another time is refused', async () => {
  const now = Math.floor(Date.now() / 1_000);
  const wrong: readonly [Change, string][] = [
    [{ covered: ['@method'] }, 'HUB_ACCESS_SIGNATURE'],
    [{ covered: [] }, 'HUB_ACCESS_SIGNATURE'],
    [{ alg: 'hmac-sha256' }, 'HUB_ACCESS_SIGNATURE'],
    [{ nonce: 'short' }, 'HUB_ACCESS_SIGNATURE'],
    [{ created: now - 301, expires: now + 60 }, 'HUB_ACCESS_SIGNATURE_TIME'],
    [{ created: now + 60 }, 'HUB_ACCESS_SIGNATURE_TIME'],
    [{ created: now - 60, expires: now - 1 }, 'HUB_ACCESS_SIGNATURE_TIME'],
  ];
  for (const [change, code] of wrong)
    expect([change, await answerTo(signedRequest(key, 'GET', SYSTEMS, change))]).toMatchObject([
      {},
      { status: 401, code },
    ]);
});

test('whoever signs wrongly does not become nobody, also where everybody may come', async () => {
  expect(await answerTo(signedRequest(key, 'GET', '/api/resources', { created: 1 }))).toMatchObject({ status: 401 });
  const half = { url: '/api/resources', headers: { host: HOST, signature: 'sig=:AA==:' } };
  expect(await answerTo(half)).toMatchObject({ status: 401, code: 'HUB_ACCESS_SIGNATURE' });
});

test('a nonce is good once, also for requests that come at the same time, and each key has its own', async () => {
  const request = signedRequest(key, 'GET', SYSTEMS);
  const answers = await Promise.all(Array.from({ length: 5 }, () => answerTo(request)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401]);
  expect(await answerTo(request)).toMatchObject({ status: 401, code: 'HUB_ACCESS_SIGNATURE_REPEATED' });
  const nonce = 'a nonce of two keys';
  for (const signer of [key, await newSigner('hmac-sha256')])
    expect(await answerTo(signedRequest(signer, 'GET', SYSTEMS, { nonce }))).toMatchObject({ status: 200 });
});

test('nonces outlive their signatures, and then go by themselves', async () => {
  const kept = async (): Promise<number> =>
    (await world.pool.query('SELECT FROM exchange.signature_nonce')).rowCount as number;
  await answerTo(signedRequest(key, 'GET', SYSTEMS));
  const { rows } = await world.pool.query<{ least: number }>(
    'SELECT extract(epoch FROM min(forget_at) - now())::float8 AS least FROM exchange.signature_nonce',
  );
  expect(rows[0]?.least).toBeGreaterThan(5 * 60);
  expect(await kept()).toBeGreaterThan(1);
  await world.pool.query("UPDATE exchange.signature_nonce SET forget_at = now() - interval '1 second'");
  await answerTo(signedRequest(key, 'GET', SYSTEMS));
  expect(await kept()).toBe(1);
});

describe('a body', () => {
  const url = '/api/bases/population/lookup';
  const body = JSON.stringify({ identifier: '1' });
  const bad = { status: 401, code: 'HUB_ACCESS_SIGNATURE_BODY' };
  /** A route that takes a body of everybody, so that what is refused is the body. */
  const sign = (change: Change, to = '/sign-in'): InjectOptions =>
    signedRequest(key, 'POST', to, {
      contentType: 'application/x-www-form-urlencoded',
      body: 'login=a&password=b',
      ...change,
    });

  test('is covered by its digest', async () => {
    const covered = ['@method', '@target-uri', 'content-type'];
    expect(await answerTo(signedRequest(key, 'POST', url, { body, covered }))).toMatchObject({
      code: 'HUB_ACCESS_SIGNATURE',
      text: expect.stringContaining('does not cover content-digest'),
    });
    expect(await answerTo(signedRequest(key, 'POST', url, { body, digest: 'md5=:AA==:' }))).toMatchObject(bad);
  });

  test('that is another one is refused, whole or in pieces, and whether anybody reads it or not', async () => {
    expect(await answerTo(sign({}))).not.toMatchObject(bad);
    const request = sign({});
    expect(await answerTo({ ...request, payload: 'login=a&password=c' })).toMatchObject(bad);
    const unread = sign({ contentType: 'application/x-nothing' });
    expect(await answerTo({ ...unread, payload: 'login=a&password=c' })).toMatchObject({ status: 415 });
    // An error that nobody listens to would have ended the process by now.
    expect(await answerTo(signedRequest(key, 'GET', SYSTEMS))).toMatchObject({ status: 200 });
  });

  test('that was not announced is not taken', async () => {
    const request = signedRequest(key, 'POST', '/sign-in');
    const headers = { ...request.headers, 'content-type': 'application/json' };
    expect(await answerTo({ ...request, headers, payload: body })).toMatchObject({
      status: 401,
      code: 'HUB_ACCESS_SIGNATURE',
    });
  });
});

describe('keys', () => {
  const refused = { status: 401, code: 'HUB_ACCESS_SIGNATURE_KEY' };

  test('of a system are good side by side, until one is revoked: what is on its way is refused too', async () => {
    const [old, next] = [await newSigner('ed25519'), await newSigner('ed25519')];
    const onItsWay = signedRequest(old, 'GET', SYSTEMS);
    for (const signer of [old, next])
      expect(await answerTo(signedRequest(signer, 'GET', SYSTEMS))).toMatchObject({ status: 200 });
    await revokeKey(world.pool, old.keyId, 'test');
    expect(await answerTo(onItsWay)).toMatchObject(refused);
    expect(await answerTo(signedRequest(next, 'GET', SYSTEMS))).toMatchObject({ status: 200 });
    await expect(revokeKey(world.pool, old.keyId, 'test')).rejects.toMatchObject({ code: 'HUB_ACCESS_KEY' });
    const lines = await listKeys(world.pool);
    expect(lines.find(({ keyId }) => keyId === old.keyId)).toMatchObject({
      revokedAt: expect.any(Date),
      organisation: OFFICE,
    });
  });

  test('that nobody knows, whose days are over, or whose organisation is, are good for nothing', async () => {
    expect(await answerTo(signedRequest({ ...key, keyId: 'none' }, 'GET', SYSTEMS))).toMatchObject(refused);
    const short = await newSigner('ed25519', new Date(Date.now() + 60_000));
    expect(await answerTo(signedRequest(short, 'GET', SYSTEMS))).toMatchObject({ status: 200 });
    await world.pool.query("UPDATE exchange.access_key SET valid_until = now() - interval '1 s' WHERE key_id = $1", [
      short.keyId,
    ]);
    expect(await answerTo(signedRequest(short, 'GET', SYSTEMS))).toMatchObject(refused);
    const until = (day: string | null) =>
      world.pool.query("UPDATE exchange.organisation SET valid_from = '2000-01-01', valid_until = $1 WHERE code = $2", [
        day,
        OFFICE,
      ]);
    await until('2001-01-01');
    expect(await answerTo(signedRequest(key, 'GET', SYSTEMS))).toMatchObject(refused);
    await until(null);
  });

  test('are public ones of Ed25519, of an organisation that is there', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const good = { system: 'a', organisation: OFFICE, publicKey: pemOf(publicKey), by: 'test' };
    const wrong = [
      { ...good, system: 'A system' },
      { ...good, organisation: 'none' },
      { ...good, publicKey: 'nothing' },
      { ...good, publicKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' },
      { ...good, publicKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
      { ...good, publicKey: pemOf(rsa.publicKey) },
      { ...good, validUntil: new Date(0) },
    ];
    for (const one of wrong) await expect(addKey(world.pool, one)).rejects.toMatchObject({ code: 'HUB_ACCESS_KEY' });
    expect(await addKey(world.pool, good)).toEqual({ keyId: expect.stringMatching(/^a-[a-z]{12}$/), secret: null });
  });
});

/** Knows its key and RFC 9421, and nothing else of the hub. */
const PROGRAM = `
import base64, datetime, sys, uuid, requests
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

address, key_id, own = sys.argv[1:]
is_pem = "PRIVATE KEY" in own
signer = HTTPMessageSigner(
    signature_algorithm=algorithms.ED25519 if is_pem else algorithms.HMAC_SHA256,
    key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: own.encode() if is_pem else base64.b64decode(own)}))

def send(method, path, **more):
    request = requests.Request(method, address + path, **more).prepare()
    now = datetime.datetime.now(datetime.timezone.utc)
    signer.sign(request, key_id=key_id, created=now, expires=now + datetime.timedelta(minutes=1), nonce=str(uuid.uuid4()),
                covered_component_ids=("@method", "@target-uri") + (("content-type",) if request.body else ()),
                **({"body": request.body} if request.body else {}))
    answer = requests.Session().send(request)
    body = answer.json()
    print(answer.status_code, body.get("code", "-"))

send("GET", "/api/systems")
send("GET", "/api/resources", params={"q": "人口 a"})
send("POST", "/api/bases/population/lookup", json={"identifier": "1"})
`;

describeWithProgram(
  'http-message-signatures (pip install http-message-signatures requests)',
  'python3',
  ['-c', 'import http_message_signatures, requests'],
  () => {
    const run = promisify(execFile);

    test.each(['ed25519', 'hmac-sha256'] as const)(
      'a program in Python signs by %s and is taken as it is',
      async (by) => {
        const address = await listening();
        const { publicKey, privateKey } = generateKeyPairSync('ed25519');
        const { keyId, secret } = await addKey(world.pool, {
          ...{ system: 'python', organisation: OFFICE, by: 'test' },
          publicKey: by === 'ed25519' ? pemOf(publicKey) : null,
        });
        const own = secret ?? privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
        const { stdout } = await run('python3', ['-c', PROGRAM, address, keyId, own]);
        expect(stdout.trim().split('\n')).toEqual(['200 -', '200 -', '403 HUB_ACCESS_DENIED']);
      },
    );

    let address = '';
    const listening = async (): Promise<string> => {
      if (address === '') address = await world.server.listen({ host: '127.0.0.1', port: 0 });
      return address;
    };
  },
);
