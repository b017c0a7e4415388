import { afterEach, describe, expect, test } from '@jest/globals';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { nextLink } from '../../../connectors/rest-json/pages.ts';
import { type Asked, type HttpServer, serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';
import { type SourceFixture, sourceContract } from '../../contracts/source.contract.ts';
import { testContext } from '../files/folder.ts';

const ROWS = Array.from({ length: 47 }, (_, i) => ({
  id: String(90_071_992_547_409_930n + BigInt(i)),
  // As a service writes it: a number that no double holds.
  level: `${1800 + i}.10`,
  at: { t: `2026-01-${String(1 + (i % 28)).padStart(2, '0')} 0${i % 10}:00:00`.replace(' ', 'T') },
  ok: i % 2 === 0,
})).sort((a, b) => (a.at.t < b.at.t ? -1 : 1));
const json = (rows: readonly (typeof ROWS)[number][]): string =>
  `[${rows.map((r) => `{"id":${r.id},"level":${r.level},"at":{"t":"${r.at.t}"},"ok":${r.ok},"none":null}`).join(',')}]`;
const columns = { ID: 'id', LEVEL: 'level', AT: 'at.t', OK: 'ok', NONE: 'none' };
const since = { column: 'AT', parameter: 'from', overlapSeconds: 0 };
const expected = ROWS.map((r) => ({
  key: r.id,
  value: { ID: r.id, LEVEL: r.level, AT: r.at.t, OK: String(r.ok), NONE: null },
}));

const changedFrom = ({ url }: Asked) => ROWS.filter((row) => row.at.t >= (url.searchParams.get('from') ?? ''));
const number = ({ url }: Asked, name: string): number => Number(url.searchParams.get(name) ?? 0);

const STYLES: Readonly<
  Record<string, { readonly paging: object; readonly records?: string; answer(asked: Asked, address: string): Told }>
> = {
  page: {
    paging: { style: 'page', size: 9, total: 'data.total' },
    records: 'data.list',
    answer(asked) {
      const rows = changedFrom(asked);
      const from = (number(asked, 'page') - 1) * 9;
      return { body: `{"data":{"total":${rows.length},"list":${json(rows.slice(from, from + 9))}}}` };
    },
  },
  offset: {
    paging: { style: 'offset', size: 10 },
    answer: (asked) => ({
      body: json(changedFrom(asked).slice(number(asked, 'offset'), number(asked, 'offset') + 10)),
    }),
  },
  cursor: {
    paging: { style: 'cursor', parameter: 'after', next: 'next', size: 8 },
    records: 'items',
    answer(asked) {
      const rows = changedFrom(asked);
      const from = number(asked, 'after');
      const next = from + 8 < rows.length ? `"${from + 8}"` : 'null';
      return { body: `{"items":${json(rows.slice(from, from + 8))},"next":${next}}` };
    },
  },
  link: {
    paging: { style: 'link', size: 7 },
    answer(asked) {
      const rows = changedFrom(asked);
      const from = number(asked, 'o');
      const more = from + 7 < rows.length;
      const next = new URL(asked.url);
      next.searchParams.set('o', String(from + 7));
      const link = `<${next.pathname}${next.search}>; title="a, b"; rel="last next"`;
      return { body: json(rows.slice(from, from + 7)), headers: more ? { link } : {} };
    },
  },
};

for (const [style, { paging, records, answer }] of Object.entries(STYLES))
  sourceContract(`rest-json, ${style}`, async (): Promise<SourceFixture> => {
    const bad =
      '[{"id":"1","name":"__proto__"},{"name":"no key"},null,7,"x",[],{"__proto__":{"polluted":1},"id":123456789012345678,"name":{"a":1.10}}]';
    const server = await serveHttp((asked) =>
      asked.url.pathname === '/bad'
        ? { body: bad }
        : asked.url.pathname === '/none'
          ? {
              body:
                records === undefined ? '[]' : records === 'items' ? '{"items":[]}' : '{"data":{"total":0,"list":[]}}',
            }
          : answer(asked, ''),
    );
    const stream = {
      path: '/rows',
      key: ['ID'],
      columns,
      since,
      paging,
      ...(records === undefined ? {} : { records }),
    };
    const config = restJson.config.parse({
      connection: { url: server.address },
      streams: {
        ...{ rows: stream, none: { ...stream, path: '/none' } },
        bad: { path: '/bad', key: ['ID'], columns: { ID: 'id', NAME: 'name' } },
      },
    });
    const open = (signal: AbortSignal) =>
      restJson.open(config, { ...testContext(signal), now: () => new Date(1_772_330_400_000) });
    return {
      ...{ open, expected, stream: 'rows' },
      openEmpty: async (signal) => ({ source: await open(signal), stream: 'none' }),
      openHostile: async (signal) => ({
        ...{ source: await open(signal), stream: 'bad' },
        ...{ good: ['1', '123456789012345678'], rejects: 5 },
      }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

describe('what services do', () => {
  let server: HttpServer;
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });
  const read = async (answer: (asked: Asked) => Told, stream: object = {}, after: object | null = null) => {
    server = await serveHttp(answer);
    const config = restJson.config.parse({
      connection: { url: server.address },
      streams: { s: { key: ['ID'], columns: { ID: 'id' }, ...stream } },
    });
    await using source = await restJson.open(config, testContext());
    const portions = [];
    let error: unknown = null;
    try {
      for await (const portion of source.read('s', after as never)) portions.push(portion);
    } catch (thrown) {
      error = thrown;
    }
    return { portions, error, keys: portions.flatMap((portion) => portion.records.map(({ key }) => key)) };
  };
  const paged = { paging: { style: 'page', size: 2, total: 'total' }, records: 'rows' };

  test('the same page for ever', async () => {
    const { error } = await read(() => ({ body: '[{"id":"1"},{"id":"2"}]' }), { paging: { style: 'page', size: 2 } });
    expect(error).toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
      message: expect.stringContaining('same page twice'),
    });
  });

  test('a list that shrinks begins again at its first page', async () => {
    const { error, portions } = await read(
      (asked) =>
        number(asked, 'page') === 1
          ? { body: '{"total":5,"rows":[{"id":"1"},{"id":"2"}]}' }
          : { body: '{"total":4,"rows":[{"id":"4"},{"id":"5"}]}' },
      paged,
    );
    expect(error).toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
      message: expect.stringContaining('shrank from 5 to 4'),
    });
    expect(portions.at(-1)?.next).toMatchObject({ next: null, since: null });
  });

  test('a pause that the service asks for keeps the page', async () => {
    const { error, portions, keys } = await read(
      (asked) =>
        number(asked, 'page') === 1
          ? { body: '{"total":3,"rows":[{"id":"1"},{"id":"2"}]}' }
          : { status: 429, headers: { 'retry-after': '9' }, body: '' },
      paged,
    );
    expect(error).toMatchObject({ code: 'HUB_SOURCE_BUSY', details: { retryAfterMs: 9_000 } });
    expect(keys).toEqual(['1', '2']);
    expect(portions.at(-1)?.next).toMatchObject({ next: '2' });
  });

  test('an array that is not where it was is a changed schema, and no JSON is a failed read', async () => {
    expect((await read(() => ({ body: '{"data":[]}' }), { records: 'rows' })).error).toMatchObject({
      code: 'HUB_SOURCE_SCHEMA_CHANGED',
    });
    await server[Symbol.asyncDispose]();
    expect((await read(() => ({ body: '<html>' }))).error).toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
  });

  test('records without a key are rejects, and odd names are names', async () => {
    const { portions, keys } = await read(() => ({ body: '[{"id":null},{"__proto__":{"id":"x"}},{"id":"1"}]' }));
    expect(keys).toEqual(['1']);
    expect(portions[0]?.rejects.map(({ origin }) => origin)).toEqual(['/#1', '/#2']);
  });

  test('XML: one record, none, attributes, GB18030, and no document types', async () => {
    const stream = { format: 'xml', records: 'list.row', columns: { ID: '@no', NAME: 'name' } };
    const body = Buffer.from('<?xml version="1.0" encoding="GBK"?><list><row no="007"><name>', 'latin1');
    const gbk = Buffer.concat([body, Buffer.from([0xc7, 0xe0, 0xba, 0xa3]), Buffer.from('</name></row></list>')]);
    const { portions } = await read(() => ({ type: 'text/xml', body: gbk }), stream);
    expect(portions[0]?.records[0]).toMatchObject({ key: '007', value: { ID: '007', NAME: '青海' } });
    await server[Symbol.asyncDispose]();
    expect((await read(() => ({ type: 'text/xml', body: '<list/>' }), stream)).keys).toEqual([]);
    await server[Symbol.asyncDispose]();
    const laughs = '<!DOCTYPE l [<!ENTITY a "ha">]><list><row no="1"><name>&a;</name></row></list>';
    expect((await read(() => ({ type: 'text/xml', body: laughs }), stream)).error).toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
    });
    await server[Symbol.asyncDispose]();
    const deep = '<a>'.repeat(300) + '</a>'.repeat(300);
    expect((await read(() => ({ type: 'text/xml', body: deep }), stream)).error).toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
    });
  });

  test('what changed at the very time of the last read is read again within the overlap', async () => {
    const asked: (string | null)[] = [];
    const answer = ({ url }: Asked): Told => {
      asked.push(url.searchParams.get('from'));
      return { body: '[{"id":"1","t":"2026-03-01 10:00:00"}]' };
    };
    const stream = { columns: { ID: 'id', T: 't' }, since: { column: 'T', parameter: 'from', overlapSeconds: 90 } };
    const first = await read(answer, stream);
    await server[Symbol.asyncDispose]();
    const again = await read(answer, stream, first.portions.at(-1)?.next);
    expect(asked).toEqual([null, '2026-03-01 09:58:30']);
    expect(again.keys).toEqual(['1']);
  });
});

test('Link headers', () => {
  expect(nextLink('<https://a/?p=2>; rel="next", <https://a/?p=9>; rel="last"')).toBe('https://a/?p=2');
  expect(nextLink('<https://a/?p=9,8>; title="x; rel=next, y"; rel=last, </b>; rel=next')).toBe('/b');
  expect(nextLink('<https://a/>; rel="nextish"')).toBeNull();
  expect(nextLink('')).toBeNull();
});
