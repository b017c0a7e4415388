import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Delivery } from '../../../connectors/inbox.ts';
import { webhook } from '../../../connectors/webhook/connector.ts';
import { readDelivery } from '../../../connectors/webhook/records.ts';
import { hubMigrations, migrate } from '../../../runner/control/migrate.ts';
import { type HubInbox, openInbox } from '../../../runner/pull/inbox.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { testDatabase } from '../../support/postgres.ts';

const auth = { scheme: 'standard', secrets: ['a secret of sixteen and more'] };
const fields = { ID: 'id', NAME: 'name', PLACE: 'place.code', AT: 'at' };
const config = webhook.config.parse({
  connection: { auth, batchDeliveries: 3 },
  streams: {
    s: { records: 'sj', key: ['ID'], observedAt: 'AT', fields },
    bad: { records: 'sj', key: ['ID'], observedAt: 'AT', fields },
    empty: { key: ['ID'], fields: { ID: 'id' } },
  },
});
const body = (records: readonly object[]): Buffer => Buffer.from(JSON.stringify({ sj: records }));

const proofOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();
/** As of a sender that signs the id. */
const delivered = (delivery: string, bytes: Uint8Array, stream = 's') => ({
  ...{ system: 'y', stream, delivery, body: bytes, rememberDays: 7 },
  proof: proofOf(`${stream} ${delivery} ${Buffer.from(bytes).toString('hex')}`),
});

interface Ground extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly inbox: HubInbox;
  other(): HubInbox;
}

async function ground(): Promise<Ground> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  await migrate(pool, hubMigrations);
  const inboxes = [openInbox(pool, silentLogger)];
  return {
    pool,
    inbox: inboxes[0] as HubInbox,
    other() {
      const one = openInbox(pool, silentLogger);
      inboxes.push(one);
      return one;
    },
    async [Symbol.asyncDispose]() {
      for (const one of inboxes) await one[Symbol.asyncDispose]();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

sourceContract('webhook', async () => {
  const here = await ground();
  const rows = Array.from({ length: 20 }, (_, i) => ({
    id: `k${i}`,
    name: `名${i}`,
    place: { code: '630102' },
    at: '2026-03-01T10:00:00+08:00',
  }));
  for (const [i, row] of rows.entries()) await here.inbox.append(delivered(`d${i}`, body([row])));
  const at = '2026-03-01T10:00:00+08:00';
  const bad = [
    body([{ id: '1', name: '__proto__', at }, { name: 'no key', at }, { id: '3', at: 'yesterday' }, null as never]),
    Buffer.from('{"sj":'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(`{"sj":[{"__proto__":{"polluted":1},"id":"7","at":"${at}","name":[{}],"place":{"code":630102.10}}]}`),
  ];
  for (const [i, one] of bad.entries()) await here.inbox.append(delivered(`b${i}`, one, 'bad'));
  const open = (signal: AbortSignal) => {
    const context = { signal, log: silentLogger, now: () => new Date(), system: 'y', inbox: here.inbox };
    return webhook.open(config, context);
  };
  return {
    open,
    stream: 's',
    expected: rows.map((row) => ({
      key: row.id,
      value: { ID: row.id, NAME: row.name, PLACE: row.place.code, AT: row.at },
    })),
    openEmpty: async (signal) => ({ source: await open(signal), stream: 'empty' }),
    openHostile: async (signal) => ({
      ...{ source: await open(signal), stream: 'bad' },
      ...{ good: ['1', '7'], rejects: 5, isUnseen: true as const },
    }),
    [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
  };
});

describe('the inbox', () => {
  let here: Ground;
  beforeAll(async () => {
    here = await ground();
  });
  afterAll(async () => {
    await here[Symbol.asyncDispose]();
  });
  const delivery = (id: string) => delivered(id, body([{ id }]));

  test('a delivery is durable when its append has resolved, and taken once', async () => {
    expect(await here.inbox.append(delivery('a'))).toBe('new');
    const again = [
      here.inbox.append(delivery('a')),
      here.inbox.append(delivery('b')),
      here.inbox.append(delivery('b')),
    ];
    expect(await Promise.all(again)).toEqual(['known', 'new', 'known']);
    expect((await here.inbox.read('y', 's', 0, 10)).map((one) => one.delivery)).toEqual(['a', 'b']);
    expect(await here.inbox.read('y', 'other', 0, 10)).toEqual([]);
  });

  test('ids become visible in order, whoever writes: a reader never passes one by', async () => {
    const other = here.other();
    const writes = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? here.inbox : other).append(delivery(`p${i}`)));
    const seen: string[] = [];
    let last = 0;
    let written = false;
    void Promise.all(writes).then(() => {
      written = true;
    });
    for (;;) {
      const isLast = written;
      const found: readonly Delivery[] = await here.inbox.read('y', 's', last, 50);
      last = found.at(-1)?.id ?? last;
      seen.push(...found.map((one) => one.delivery));
      if (isLast && found.length === 0) break;
    }
    expect(seen.filter((id) => id.startsWith('p')).length).toBe(400);
  });

  test('a follower hears of a delivery that another process took', async () => {
    const stop = new AbortController();
    const context = { signal: stop.signal, log: silentLogger, now: () => new Date(), system: 'y', inbox: here.other() };
    await using source = await webhook.open(
      webhook.config.parse({ connection: { auth }, streams: { f: { key: ['ID'], fields: { ID: 'id' } } } }),
      context,
    );
    const reading = source.read('f', null, { follow: true })[Symbol.asyncIterator]();
    const next = reading.next();
    const begun = performance.now();
    await here.inbox.append(delivered('n', Buffer.from('{"id":"n"}'), 'f'));
    expect((await next).value.records[0].key).toBe('n');
    expect(performance.now() - begun).toBeLessThan(4_000);
    stop.abort();
    await expect(reading.next()).rejects.toHaveProperty('name', 'AbortError');
  });

  test('settled deliveries are kept for hours and then go, unsettled ones stay', async () => {
    await here.pool.query(`UPDATE hub.inbox SET received_at = now() - interval '4 hours' WHERE stream = 's'`);
    const [first, second] = await here.inbox.read('y', 's', 0, 2);
    await here.inbox.settle('y', 's', first?.id ?? 0);
    expect((await here.inbox.read('y', 's', 0, 1))[0]?.id).toBe(second?.id);
  });
});

describe('records of a delivery', () => {
  const read = (text: string, stream = config.streams['s']) => {
    const delivery = { id: 1, delivery: 'd', receivedAt: new Date(5), body: Buffer.from(text) };
    return readDelivery(
      's',
      webhook.config.parse({ connection: { auth }, streams: { s: stream } }).streams['s']!,
      delivery,
    );
  };

  test('numbers are as they were sent', () => {
    const { records } = read(
      '{"sj":[{"id":632123198001010011,"name":0.10,"place":{"code":true},"at":"2026-03-01T10:00:00Z"}]}',
    );
    expect(records[0]?.value).toEqual({
      ID: '632123198001010011',
      NAME: '0.10',
      PLACE: 'true',
      AT: '2026-03-01T10:00:00Z',
    });
  });

  test('a bad record is a reject with its place, and the others go on', () => {
    const good = '{"id":"2","at":"2026-03-01 10:00:00+08:00"}';
    const { records, rejects } = read(`{"sj":[{"id":""},{"id":"1","at":"2026-03-01 10:00"},${good},5]}`);
    expect(records.map(({ key }) => key)).toEqual(['2']);
    expect(rejects.map(({ origin, code }) => `${origin} ${code}`)).toEqual([
      'delivery d#1 HUB_FILE_RECORD',
      'delivery d#2 HUB_FILE_RECORD',
      'delivery d#4 HUB_FILE_RECORD',
    ]);
  });

  test('names that mean something to JavaScript are names like any other', () => {
    const { records } = read('{"sj":[{"__proto__":{"id":"x"},"id":"1","at":"2026-03-01T10:00:00Z"}]}');
    expect(records[0]?.key).toBe('1');
    expect(({} as { id?: string }).id).toBeUndefined();
  });

  test('a record may say that its key is gone', () => {
    const stream = { key: ['ID'], fields: { ID: 'id', S: 's' }, deleteWhen: { column: 'S', equals: ['D'] } };
    const { records } = read('[{"id":"1","s":"D"},{"id":"2","s":"U"}]', stream as never);
    expect(records.map(({ op, value }) => [op, value === null])).toEqual([
      ['delete', true],
      ['upsert', false],
    ]);
  });
});
