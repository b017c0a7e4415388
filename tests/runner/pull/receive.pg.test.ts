import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Receive } from '../../../catalog/options.ts';
import { hubMigrations, migrate } from '../../../runner/control/migrate.ts';
import { type HubInbox, openInbox } from '../../../runner/pull/inbox.ts';
import { createReceive } from '../../../runner/pull/receive.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';
import { systemFile } from '../../../schemas/system.ts';
import { testDatabase } from '../../support/postgres.ts';

/* What is signed is taken once, whoever sends it again, under whatever id, to whatever address, at whatever time. */

const SECRET = 'a secret of sixteen and more';
const keys = generateKeyPairSync('ed25519');
const publicKeys = [keys.publicKey.export({ type: 'spki', format: 'pem' })];
const T0 = Date.parse('2026-03-01T02:00:00Z');
const HOUR = 3_600;

/** Body, id and time (seconds after T0) as signed; `at` when it arrives, `as` the id in the header. */
interface Sent {
  readonly body: string;
  readonly id?: string;
  readonly time?: number;
  readonly at?: number;
  readonly as?: string;
  readonly to?: string;
  readonly restart?: true;
}
type Answer = 'taken' | 'known' | string;

const timeOf = ({ time = 0 }: Sent): string => String(T0 / 1000 + time);
const hmac = (text: string): Buffer => createHmac('sha256', SECRET).update(text).digest();
const SCHEMES: Readonly<Record<string, { auth: object; headers(sent: Sent): Record<string, string> }>> = {
  standard: {
    auth: { scheme: 'standard', secrets: [SECRET] },
    headers: (sent) => ({
      'webhook-id': sent.as ?? sent.id ?? 'none',
      'webhook-timestamp': timeOf(sent),
      'webhook-signature': `v1,${hmac(`${sent.id ?? 'none'}.${timeOf(sent)}.${sent.body}`).toString('base64')}`,
    }),
  },
  'hmac with time and id': {
    auth: { scheme: 'hmac', secrets: [SECRET], timestampHeader: 'x-time', idHeader: 'x-id' },
    headers: (sent) => ({
      ...{ 'x-time': timeOf(sent), 'x-id': sent.as ?? sent.id ?? 'none' },
      'x-signature': hmac(`${timeOf(sent)}.${sent.body}`).toString('hex'),
    }),
  },
  'hmac with time': {
    auth: { scheme: 'hmac', secrets: [SECRET], timestampHeader: 'x-time' },
    headers: (sent) => ({
      ...{ 'x-time': timeOf(sent), 'x-signature': hmac(`${timeOf(sent)}.${sent.body}`).toString('hex') },
    }),
  },
  'hmac with id': {
    auth: { scheme: 'hmac', secrets: [SECRET], idHeader: 'x-id' },
    headers: (sent) => ({ 'x-id': sent.as ?? sent.id ?? 'none', 'x-signature': hmac(sent.body).toString('hex') }),
  },
  'hmac alone': {
    auth: { scheme: 'hmac', secrets: [SECRET] },
    headers: (sent) => ({ 'x-signature': hmac(sent.body).toString('hex') }),
  },
  'public key with id': {
    auth: { scheme: 'public-key', publicKeys, timestampHeader: 'x-time', idHeader: 'x-id' },
    headers: (sent) => ({
      ...{ 'x-time': timeOf(sent), 'x-id': sent.as ?? sent.id ?? 'none' },
      'x-signature': sign(null, Buffer.from(`${timeOf(sent)}.${sent.body}`), keys.privateKey).toString('base64'),
    }),
  },
};

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let inbox: HubInbox;
beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  await migrate(pool, hubMigrations);
  inbox = openInbox(pool, silentLogger);
});
beforeEach(async () => {
  await pool.query('TRUNCATE hub.inbox, hub.delivery');
});
afterAll(async () => {
  await inbox[Symbol.asyncDispose]();
  await pool.end();
  await database[Symbol.asyncDispose]();
});

const stream = { title: 't', source: { key: ['ID'], fields: { ID: 'id', V: 'v' } } };
const spec = (system: string, auth: object) =>
  systemFile.parse({
    ...{ system, title: { zh: system, en: system }, owner: { name: system, uscc: '11630000015000097G' } },
    ...{ authority: 'emergency-management', connector: 'webhook', connection: { auth } },
    streams: { aa: stream, bb: stream },
  });

let clock = T0;
function receiver(scheme: string, otherSecret?: string): Receive {
  const { auth } = SCHEMES[scheme] as { auth: object };
  const specs = {
    yy: spec('yy', auth),
    zz: spec('zz', otherSecret === undefined ? auth : { ...auth, secrets: [otherSecret] }),
  };
  const systems = {
    get: async (name: string) => ({ spec: specs[name as 'yy'], enabled: true, appliedAt: new Date(), streams: [] }),
  };
  return createReceive({ systems, inbox, env: {}, now: () => new Date(clock) });
}

async function send(receive: Receive, scheme: string, sent: Sent): Promise<Answer> {
  clock = T0 + (sent.at ?? sent.time ?? 0) * 1000;
  const [system = '', name = ''] = (sent.to ?? 'yy/aa').split('/');
  const headers = SCHEMES[scheme]?.headers(sent) ?? {};
  try {
    const { isNew } = await receive({ system, stream: name, headers, body: Buffer.from(sent.body) });
    return isNew ? 'taken' : 'known';
  } catch (error) {
    return isHubError(error) ? error.code : String(error);
  }
}

const kept = async (): Promise<readonly string[]> =>
  (await inbox.read('yy', 'aa', 0, 100)).map((one) => Buffer.from(one.body).toString());

const A = '{"id":"1","v":"old"}';
const B = '{"id":"1","v":"new"}';
const REFUSED = 'HUB_PUSH_REFUSED';
const CONFLICT = 'HUB_PUSH_CONFLICT';

const RIGHT: readonly [string, string, readonly (readonly [Sent, Answer])[], readonly string[]][] = [
  ...['hmac with time and id', 'public key with id'].flatMap((scheme): (typeof RIGHT)[number][] => [
    [
      ...([scheme, 'an old delivery sent again under a new id is known'] as const),
      [
        [{ body: A, id: '1' }, 'taken'],
        [{ body: B, id: '2', time: 10 }, 'taken'],
        [{ body: A, as: '3', at: 20 }, 'known'],
        [{ body: A, as: '2', at: 20 }, 'known'],
      ],
      [A, B],
    ],
    [
      ...([scheme, 'an old delivery is known after a restart, and refused when its time is over'] as const),
      [
        [{ body: A, id: '1' }, 'taken'],
        [{ body: B, id: '2', time: 10 }, 'taken'],
        [{ body: A, as: '3', at: 300, restart: true }, 'known'],
        [{ body: A, as: '4', at: 301 }, REFUSED],
      ],
      [A, B],
    ],
    [
      ...([scheme, 'a delivery that was dated ahead is known until its time is over'] as const),
      [
        [{ body: A, id: '1', time: 300, at: 0 }, 'taken'],
        [{ body: B, id: '2', time: 10 }, 'taken'],
        [{ body: A, as: '3', time: 300, at: 600 }, 'known'],
      ],
      [A, B],
    ],
    [
      ...([scheme, 'a retry signed anew is known by its id, and recorded it is known too'] as const),
      [
        [{ body: A, id: '1' }, 'taken'],
        [{ body: B, id: '2', time: 10 }, 'taken'],
        [{ body: A, id: '1', time: 4 * HOUR }, 'known'],
        [{ body: A, as: '9', time: 4 * HOUR, at: 4 * HOUR + 5 }, 'known'],
      ],
      [A, B],
    ],
    [
      ...([scheme, 'the same said anew, with a new id and a new time, is taken'] as const),
      [
        [{ body: A, id: '1' }, 'taken'],
        [{ body: B, id: '2', time: 10 }, 'taken'],
        [{ body: A, id: '3', time: 20 }, 'taken'],
      ],
      [A, B, A],
    ],
  ]),
  ...['standard', 'hmac with time and id', 'hmac with id', 'public key with id'].map(
    (scheme): (typeof RIGHT)[number] => [
      ...([scheme, 'another body under a known id is refused by name, and taken under its own'] as const),
      [
        [{ body: A, id: '1' }, 'taken'],
        [{ body: B, id: '1', time: 10 }, CONFLICT],
        [{ body: B, id: '2', time: 10 }, 'taken'],
      ],
      [A, B],
    ],
  ),
  [
    ...(['standard', 'an old delivery under a new id is refused, its id is signed'] as const),
    [
      [{ body: A, id: '1' }, 'taken'],
      [{ body: A, id: '1', as: '2', at: 20 }, REFUSED],
      [{ body: A, id: '1', at: 20 }, 'known'],
    ],
    [A],
  ],
  [
    ...(['hmac with time', 'A, B, A again as recorded leaves B; said anew it is taken'] as const),
    [
      [{ body: A }, 'taken'],
      [{ body: B, time: 10 }, 'taken'],
      [{ body: A, at: 20 }, 'known'],
      [{ body: A, time: 30 }, 'taken'],
    ],
    [A, B, A],
  ],
  ...['hmac alone', 'hmac with id'].map((scheme): (typeof RIGHT)[number] => [
    ...([
      scheme,
      'A, B, A again leaves B, hours and months later too; an id within the body tells them apart',
    ] as const),
    [
      [{ body: A, id: '1' }, 'taken'],
      [{ body: B, id: '2' }, 'taken'],
      [{ body: A, id: '3', at: 4 * HOUR }, 'known'],
      [{ body: A, id: '4', at: 300 * 24 * HOUR, restart: true }, 'known'],
      [{ body: '{"id":"1","v":"old","n":3}', id: '5' }, 'taken'],
    ],
    [A, B, '{"id":"1","v":"old","n":3}'],
  ]),
  ...Object.keys(SCHEMES).map((scheme): (typeof RIGHT)[number] => [
    ...([scheme, 'what was signed for one stream is refused by another stream and by another system'] as const),
    [
      [{ body: A, id: '1' }, 'taken'],
      [{ body: A, id: '1', to: 'yy/bb' }, CONFLICT],
      [{ body: A, id: '1', to: 'zz/aa' }, CONFLICT],
      [{ body: A, id: '1' }, 'known'],
      [{ body: B, id: '2', time: 1, to: 'yy/bb' }, 'taken'],
    ],
    [A],
  ]),
];

describe('a replayed push is known', () => {
  test.each(RIGHT)('%s: %s', async (scheme, _, story, inTheInbox) => {
    let receive = receiver(scheme);
    const answers: Answer[] = [];
    for (const [sent] of story) {
      if (sent.restart === true) {
        await inbox[Symbol.asyncDispose]();
        inbox = openInbox(pool, silentLogger);
        receive = receiver(scheme);
      }
      // What the log has may leave the inbox; what is known of it stays.
      if ((sent.at ?? 0) > 3 * HOUR) await pool.query(`UPDATE hub.inbox SET received_at = now() - interval '4 hours'`);
      answers.push(await send(receive, scheme, sent));
    }
    expect(answers).toEqual(story.map(([, answer]) => answer));
    expect(await kept()).toEqual(inTheInbox);
  });

  test('two systems with secrets of their own may send the same text', async () => {
    const receive = receiver('hmac alone', 'another secret of sixteen');
    expect(await send(receive, 'hmac alone', { body: A })).toBe('taken');
    const headers = { 'x-signature': createHmac('sha256', 'another secret of sixteen').update(A).digest('hex') };
    expect(await receive({ system: 'zz', stream: 'aa', headers, body: Buffer.from(A) })).toEqual({ isNew: true });
  });

  test.each(Object.keys(SCHEMES))('%s: of many at once, through two processes, one is taken', async (scheme) => {
    const others = [inbox, openInbox(pool, silentLogger)];
    const ways = others.map((one) => {
      inbox = one;
      return receiver(scheme);
    });
    const at = Array.from({ length: 20 }, (_, i) => send(ways[i % 2] as Receive, scheme, { body: A, id: '1' }));
    expect((await Promise.all(at)).sort()).toEqual([...Array.from({ length: 19 }, () => 'known'), 'taken']);
    await others[0]?.[Symbol.asyncDispose]();
    expect(await kept()).toEqual([A]);
  });

  test('of two bodies under one id at once, one is taken and the other refused', async () => {
    const receive = receiver('hmac with id');
    const answers = await Promise.all([A, B].map((body) => send(receive, 'hmac with id', { body, id: '1' })));
    expect(answers).toEqual(['taken', CONFLICT]);
    expect(await kept()).toEqual([A]);
  });

  test('deliveries are forgotten when their days are over, and not before', async () => {
    const receive = receiver('hmac alone');
    await send(receive, 'hmac alone', { body: A });
    await inbox.settle('yy', 'aa', 0);
    expect(await send(receive, 'hmac alone', { body: A })).toBe('known');
    await pool.query(`UPDATE hub.delivery SET forget_at = forget_at - interval '401 days'`);
    await inbox.settle('yy', 'bb', 0);
    expect(await send(receive, 'hmac alone', { body: A })).toBe('taken');
  });
});
