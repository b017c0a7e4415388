import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Checkpoint, Source } from '../../../connectors/connector.ts';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { serveHttp } from '../../../runner/demo/departments/servers/http.ts';
import { openKnownRows } from '../../../runner/pull/known-rows.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import { openTable } from '../../connectors/sql-table/open.ts';
import { propertySeed } from '../../contracts/source.contract.ts';
import { testDatabase } from '../../support/postgres.ts';
import { column, type FakeStream, fakeSource, rowsOf, systemOf } from './fake-source.ts';
import { failingLog, openPullWorld, type PullWorld } from './pull-world.ts';
import { type Repeater, tellTheStory } from './unchanged-story.ts';

/* What a source gives again as it was is not appended again, and no real change among it is passed by. */

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const NEVER = new AbortController().signal;
const ctx = { signal: NEVER, log: silentLogger, now: () => new Date() };

describe('sql-table on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let admin: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  const connection = () => ({ client: 'pg', url: database.url, pageRows: 3 });

  const repeater = async (name: string, stream: object): Promise<Repeater> => {
    await admin.query(`CREATE TABLE ${name} (id text PRIMARY KEY, v text, at timestamptz)`);
    return {
      system: name.replaceAll('_', '-'),
      open: () => openTable(connection(), { one: { table: name, key: ['id'], ...stream } }),
      put: async (id, v, seconds) => {
        const at = seconds === null ? null : new Date(Date.UTC(2026, 2, 1) + seconds * 1_000);
        await admin.query(
          `INSERT INTO ${name} VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v, at = EXCLUDED.at`,
          [id, v, at],
        );
      },
      remove: async (id) => void (await admin.query(`DELETE FROM ${name} WHERE id = $1`, [id])),
    };
  };

  test('a quiet table read through its overlap window', async () => {
    await tellTheStory(world, await repeater('quiet', { cursor: 'at', overlapSeconds: 300 }));
  });

  test('a table without a cursor', async () => {
    await tellTheStory(world, await repeater('whole', {}));
  });

  test.each([
    ['bigint', '7'],
    ['numeric(10,2)', '7.50'],
    ['text', '20260301'],
    ['date', '2026-03-01'],
  ])('a cursor of type %s: rows that stand at its greatest value', async (type, value) => {
    const name = `cursor_${type.replace(/\W.*/, '')}`;
    await admin.query(`CREATE TABLE ${name} (id text PRIMARY KEY, v text, c ${type} NOT NULL)`);
    for (let i = 0; i < 7; i++) await admin.query(`INSERT INTO ${name} VALUES ($1, 'x', $2)`, [`k${i}`, value]);
    const spec = systemOf(name.replace('_', '-'), { one: {} });
    await world.systems.apply(spec);
    const pull = async () => {
      await using source = await openTable(connection(), { one: { table: name, key: ['id'], cursor: 'c' } });
      const { streams } = await world.pullApplied(spec, source);
      return [streams[0]?.read, streams[0]?.appended, streams[0]?.unchanged];
    };
    expect(await pull()).toEqual([7, 7, 0]);
    expect(await pull()).toEqual([7, 0, 7]);
    await admin.query(`UPDATE ${name} SET v = 'y' WHERE id = 'k3'`);
    expect(await pull()).toEqual([7, 1, 6]);
    expect(await pull()).toEqual([7, 0, 7]);
  });
});

describe('services over HTTP', () => {
  const serveRows = async () => {
    const rows = new Map<string, { v: string; at: string | null }>();
    const list = (from: string | null) =>
      [...rows].filter(([, { at }]) => from === null || at === null || at >= from).map(([id, row]) => ({ id, ...row }));
    const text = (seconds: number | null): string | null =>
      seconds === null ? null : `${new Date(Date.UTC(2026, 2, 1) + seconds * 1_000).toISOString().slice(0, 19)}Z`;
    return {
      list,
      put: async (id: string, v: string, seconds: number | null) => void rows.set(id, { v, at: text(seconds) }),
      remove: async (id: string) => void rows.delete(id),
    };
  };

  test.each([
    ['rest-json with since', { since: { column: 'AT', parameter: 'from', overlapSeconds: 300 } }],
    ['rest-json without since', {}],
  ])('%s', async (name, since) => {
    const rows = await serveRows();
    await using server = await serveHttp(({ url: { searchParams } }) => {
      const found = rows.list(searchParams.get('from'));
      const page = Number(searchParams.get('page') ?? 1);
      return { body: JSON.stringify({ list: found.slice((page - 1) * 3, page * 3), total: found.length }) };
    });
    const config = restJson.config.parse({
      connection: { url: server.address },
      streams: {
        one: {
          ...{ path: '/', records: 'list', key: ['ID'], columns: { ID: 'id', V: 'v', AT: 'at' } },
          ...{ paging: { style: 'page', size: 3, total: 'total' }, ...since },
        },
      },
    });
    await tellTheStory(world, {
      ...{ system: name.replaceAll(' ', '-'), put: rows.put, remove: rows.remove, deletesShow: false },
      open: () => restJson.open(config, ctx),
    });
  });

  test('oai-pmh with from', async () => {
    const rows = await serveRows();
    await using server = await serveHttp(({ url: { searchParams } }) => {
      const found = rows.list(searchParams.get('from'));
      const record = ({ id, v, at }: { id: string; v: string; at: string | null }): string =>
        `<record><header><identifier>${id}</identifier><datestamp>${at}</datestamp></header>
          <metadata><dc xmlns="d"><title>${v}</title></dc></metadata></record>`;
      const body =
        found.length === 0
          ? '<error code="noRecordsMatch"/>'
          : `<ListRecords>${found.map(record).join('')}</ListRecords>`;
      return { body: `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">${body}</OAI-PMH>` };
    });
    const config = oaiPmh.config.parse({
      connection: { url: server.address },
      streams: { one: { columns: { V: 'title' }, overlapSeconds: 300 } },
    });
    await tellTheStory(world, {
      ...{ system: 'oai', put: rows.put, remove: rows.remove, deletesShow: false, alwaysDated: true },
      open: () => oaiPmh.open(config, ctx),
    });
  });
});

describe('what is known', () => {
  const whole = (rows: FakeStream['rows'], change: Partial<FakeStream> = {}): FakeStream => ({
    ...{ columns: [column('ID'), column('NAME')], rows, portion: 4, repeats: true, ...change },
  });
  const counts = (result: Awaited<ReturnType<PullWorld['pull']>>) => {
    const { read, appended, unchanged, rejected } = result.streams[0] ?? {};
    return { read, appended, unchanged, rejected };
  };

  test('is shown by the run, its stream and the log, and read = appended + unchanged + rejected', async () => {
    const spec = systemOf('counted', { one: {} });
    expect(counts(await world.pull(spec, { one: whole(rowsOf(10), { bad: [3] }) }))).toEqual({
      ...{ read: 10, appended: 9, unchanged: 0, rejected: 1 },
    });
    expect(counts(await world.pull(spec, { one: whole(rowsOf(11), { bad: [3] }) }))).toEqual({
      ...{ read: 11, appended: 1, unchanged: 9, rejected: 1 },
    });
    const [run] = await world.runs.recent(1, 'counted');
    expect(run).toMatchObject({ rowsRead: 11, rowsAppended: 1, rowsUnchanged: 9, rowsRejected: 1 });
    const [stream] = (await world.systems.get('counted')).streams;
    expect(stream).toMatchObject({ rowsRead: 21, rowsAppended: 10, rowsUnchanged: 9, rowsRejected: 2 });
    expect(await world.log.end('raw.counted.one')).toBe(10);
  });

  test('is of one set of columns: with another column every row is appended', async () => {
    const spec = systemOf('columns', { one: {} });
    await world.pull(spec, { one: whole(rowsOf(5)) });
    const columns = [column('ID'), column('NAME'), column('MORE')];
    expect(counts(await world.pull(spec, { one: whole(rowsOf(5), { columns }) }))).toMatchObject({ appended: 5 });
    expect(counts(await world.pull(spec, { one: whole(rowsOf(5), { columns }) }))).toMatchObject({ appended: 0 });
  });

  test('is forgotten when the stream is read from its start, and when it leaves the file', async () => {
    const spec = systemOf('anew', { one: {}, two: {} });
    await world.pull(spec, { one: whole(rowsOf(5)), two: whole(rowsOf(5)) });
    const changed = systemOf('anew', { one: { source: { files: 'other', key: ['ID'], encoding: 'utf-8' } } });
    expect(counts(await world.pull(changed, { one: whole(rowsOf(5)) }))).toMatchObject({ appended: 5, unchanged: 0 });
    const { rows } = await world.pool.query(
      `SELECT count(*)::integer AS known FROM hub.known_row k WHERE NOT EXISTS
        (SELECT FROM hub.stream s WHERE s.stream_id = k.stream_id)`,
    );
    expect(rows).toEqual([{ known: 0 }]);
  });

  test('means nothing to a topic that was made anew', async () => {
    const spec = systemOf('topic', { one: {} });
    await world.pull(spec, { one: whole(rowsOf(5)) });
    const log = { ...world.log, end: async () => 0 };
    expect(counts(await world.pull(spec, { one: whole(rowsOf(5)) }, { log }))).toMatchObject({ appended: 5 });
  });

  test('of a key that comes several times in one pass, each change is appended and the last one is known', async () => {
    const spec = systemOf('several', { one: {} });
    const rows = (values: string) => [...values].map((NAME) => ({ ID: 'k', NAME }));
    const pull = async (values: string) => counts(await world.pull(spec, { one: whole(rows(values), { portion: 2 }) }));
    expect(await pull('aabbab')).toMatchObject({ appended: 4, unchanged: 2 });
    expect(await pull('b')).toMatchObject({ appended: 0, unchanged: 1 });
    expect(await pull('babbbbbbbb')).toMatchObject({ appended: 2, unchanged: 8 });
    expect((await world.records('raw.several.one')).map(({ value }) => value?.['NAME']).join('')).toBe('ababab');
  });

  test('the table of what is known is as large as the window, however much is read', async () => {
    const known = await openKnownRows(world.pool, { system: 'quiet', stream: 'one', isFirst: false });
    expect(known).toBeDefined();
    const { rows } = await world.pool.query<{ known: number }>(
      `SELECT count(*)::integer AS known FROM hub.known_row JOIN hub.stream USING (stream_id) WHERE system = 'quiet'`,
    );
    expect(rows[0]?.known).toBeLessThanOrEqual(4);
  });
});

/* Whatever happens to the rows and wherever a run breaks off: after a run that ends, the log has every row as it is. */
describe('a source with a window, in memory', () => {
  const WINDOW = 3;
  interface Row {
    readonly at: number;
    readonly v: number;
  }
  type Saved = { readonly since: number; readonly next?: number; readonly after?: string } | null;

  function windowSource(rows: ReadonlyMap<string, Row>): Source {
    const base = fakeSource({ one: { columns: [column('ID'), column('V'), column('AT')], rows: [] } });
    return {
      ...base,
      async *read(stream, from) {
        const saved = from as unknown as Saved;
        const since = saved?.since ?? Number.NEGATIVE_INFINITY;
        const most = Math.max(...[...rows.values()].map(({ at }) => at), 0);
        const next = saved?.next ?? most - WINDOW;
        const order = (id: string, { at }: Row): string => `${String(at).padStart(4, '0')} ${id}`;
        const found = [...rows]
          .filter(([id, row]) => row.at >= since && (saved?.after === undefined || order(id, row) > saved.after))
          .sort((a, b) => (order(...a) < order(...b) ? -1 : 1));
        for (let begin = 0; begin === 0 || begin < found.length; begin += 2) {
          const part = found.slice(begin, begin + 2);
          const isLast = begin + 2 >= found.length;
          const last = part.at(-1);
          yield {
            records: part.map(
              ([id, { at, v }]): RawRecord => ({
                ...{ stream, key: id, op: 'upsert', value: { ID: id, V: String(v), AT: String(at) } },
                ...{ observedAt: 1, origin: id },
              }),
            ),
            rejects: [],
            next: (isLast || last === undefined
              ? { since: next }
              : { since: Number.isFinite(since) ? since : -1, next, after: order(...last) }) as unknown as Checkpoint,
            repeats: { from: next, placeOf: ({ value }) => Number(value?.['AT']), isLast, keysOnce: false },
          };
        }
      },
    };
  }

  test('after any story the log ends with every row as it is, and the next run appends nothing', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), key, back: fc.integer({ min: 0, max: WINDOW }), v: fc.nat(2) }),
      fc.record({ kind: fc.constant('forward' as const), by: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('run' as const) }),
      fc.record({
        ...{ kind: fc.constant('crash' as const), nth: fc.integer({ min: 1, max: 3 }) },
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
    );
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 18 }), async (steps) => {
        count += 1;
        const spec = systemOf(`story-${count}`, { one: {} });
        await world.systems.apply(spec);
        const rows = new Map<string, Row>([['a', { at: 10, v: 0 }]]);
        const seen = new Map<string, RawRecord['value']>();
        let now = 10;
        const pull = (change = {}) => world.pullApplied(spec, windowSource(rows), change);
        for (const one of steps) {
          if (one.kind === 'put') rows.set(one.key, { at: Math.max(0, now - one.back), v: one.v });
          if (one.kind === 'forward') {
            now += one.by;
            rows.set('clock', { at: now, v: 0 });
          }
          if (one.kind === 'run') await pull();
          if (one.kind === 'crash') {
            const down = new HubError('HUB_LOG_UNAVAILABLE', 'the brokers are gone');
            await pull({ log: failingLog(world.log, one.nth, one.when, down) }).catch(() => {});
          }
        }
        // An interrupted pass goes on where it stood: what came behind its place is for the next one.
        await pull();
        await pull();
        for (const { key: id, value } of await world.records(`raw.story-${count}.one`)) seen.set(id, value);
        for (const [id, { at, v }] of rows) {
          // What left the window before it was ever read is outside of what an overlap promises.
          if (at < now - WINDOW) continue;
          expect([id, seen.get(id)]).toEqual([id, { ID: id, V: String(v), AT: String(at) }]);
        }
        const again = await pull();
        expect(again.streams[0]).toMatchObject({ appended: 0 });
      }),
      { seed: propertySeed('unchanged'), numRuns: 40 },
    );
  }, 120_000);
});
