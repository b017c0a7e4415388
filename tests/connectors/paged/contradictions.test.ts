import { describe, expect, test } from '@jest/globals';
import type { Source, SourcePortion } from '../../../connectors/connector.ts';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { soap } from '../../../connectors/soap/connector.ts';
import { type Asked, serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';
import { KeyWatch } from '../../../runner/pull/repeated-keys.ts';
import { testContext } from '../files/folder.ts';

/* Lists that slip, go round, or say one thing and give another. */

const context = () => testContext(new AbortController().signal);

interface Row {
  readonly id: number;
  readonly v?: string;
}
const rows = (from: number, to: number, v = 'a'): readonly Row[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index, v }));
const numbers = (from: number, to: number): readonly string[] => rows(from, to).map(({ id }) => String(id));

interface Reply {
  readonly list: readonly unknown[];
  readonly total?: number;
  readonly [more: string]: unknown;
}
type Pages = (page: number) => Reply;

const told = (reply: unknown): Told => ({ type: 'application/json', body: JSON.stringify(reply) });

/** A service of JSON whose pages are counted, and how often it was asked. */
async function openRest(
  stream: { readonly paging?: object; readonly [more: string]: unknown },
  answer: (page: number, asked: Asked) => Told,
) {
  let times = 0;
  const server = await serveHttp((asked) => {
    times += 1;
    return answer(Number(asked.url.searchParams.get('page') ?? 1), asked);
  });
  const { paging = { size: 10 }, ...more } = stream;
  const source = await restJson.open(
    restJson.config.parse({
      connection: { url: server.address },
      streams: {
        rows: {
          ...{ records: 'list', key: ['ID'], columns: { ID: 'id', V: 'v' } },
          ...{ paging: { style: 'page', ...paging }, ...more },
        },
      },
    }),
    context(),
  );
  const dispose = async (): Promise<void> => {
    await source[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { source, times: () => times, [Symbol.asyncDispose]: dispose };
}

/** The same pages told by SOAP. */
async function openSoap(stream: object, pages: Pages) {
  const server = await serveHttp(({ body }) => {
    const { list, ...more } = pages(Number(/:p>(\d+)</.exec(body)?.[1]));
    const members = Object.entries(more).map(([name, value]) => `<${name}>${value}</${name}>`);
    const inner = (list as readonly Row[]).map(({ id, v }) => `<row><id>${id}</id><v>${v}</v></row>`);
    return {
      type: 'text/xml',
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><r>${members.join('')}<list>${inner.join('')}</list></r></e:Body></e:Envelope>`,
    };
  });
  const source = await soap.open(
    soap.config.parse({
      connection: { url: server.address, namespace: 'urn:x', wsdl: false },
      streams: {
        rows: {
          ...{ operation: 'q', records: 'list.row', key: ['ID'], columns: { ID: 'id', V: 'v' } },
          ...{ pageSize: 10, parameters: { p: '{page}' }, ...stream },
        },
      },
    }),
    context(),
  );
  const dispose = async (): Promise<void> => {
    await source[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { source, [Symbol.asyncDispose]: dispose };
}

const portionsOf = async (source: Source, after: object | null = null): Promise<readonly SourcePortion[]> => {
  const portions: SourcePortion[] = [];
  for await (const portion of source.read('rows', after as never, {})) portions.push(portion);
  return portions;
};
const keysOf = async (source: Source): Promise<readonly string[]> =>
  (await portionsOf(source)).flatMap(({ records }) => records.map(({ key }) => key));

/** Both ways of telling the same pages. */
const KINDS: readonly [string, (pages: Pages, hasTotal: boolean) => Promise<{ source: Source } & AsyncDisposable>][] = [
  [
    'rest-json',
    (pages, hasTotal) =>
      openRest({ paging: { size: 10, ...(hasTotal ? { total: 'total' } : {}) } }, (page) => told(pages(page))),
  ],
  ['soap', (pages, hasTotal) => openSoap(hasTotal ? { total: 'total' } : {}, pages)],
];

describe.each(KINDS)('%s', (_, open) => {
  const refused = async (pages: Pages, says: RegExp, hasTotal = true): Promise<void> => {
    await using opened = await open(pages, hasTotal);
    await expect(portionsOf(opened.source)).rejects.toThrow(says);
  };

  test('a record that slipped between two pages is missed by the keys', async () => {
    const list = [rows(0, 9), rows(9, 18)];
    await refused(
      (page) => ({ list: list[page - 1] ?? [], total: 20 }),
      /ends the list after 19 records, and the service states 20; 1 came again on a later page/,
    );
  });

  test.each([
    [0, 10, /brings the list to 10 records, and the service states 0/],
    [10, 20, /brings the list to 20 records, and the service states 10/],
    [15, 20, /brings the list to 20 records, and the service states 15/],
  ])('a total of %i with %i records there is a contradiction', async (total, there, says) => {
    const all = rows(0, there + (total === 0 ? 9 : -1));
    await refused((page) => ({ list: all.slice((page - 1) * 10, page * 10), total }), says);
  });

  test('is said by check too', async () => {
    await using opened = await open((page) => ({ list: rows(page * 10, page * 10 + 9), total: 10 }), true);
    const { ok, streams } = await opened.source.check();
    expect(ok).toBe(false);
    expect(streams[0]?.message).toMatch(/20 records, and the service states 10/);
  });

  test('what contradicts itself is read again from the first page', async () => {
    await using opened = await open((page) => ({ list: rows(page * 10, page * 10 + 9), total: 15 }), true);
    const seen: SourcePortion[] = [];
    const read = async (): Promise<void> => {
      for await (const portion of opened.source.read('rows', null, {})) seen.push(portion);
    };
    await expect(read()).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED', details: { read: 20, stated: 15 } });
    expect(seen.at(-1)).toMatchObject({ records: [], next: { next: null, count: 0, total: null } });
  });

  test('pages that go round come to an end, with both pages named', async () => {
    const list = [rows(0, 9), rows(10, 19)];
    await refused(
      (page) => ({ list: list[(page - 1) % 2] ?? [] }),
      /page=3 .* came before .* at .*page=(1|first): /,
      false,
    );
  });

  test('pages of unlike length that go round come to an end', async () => {
    const list = [rows(0, 9), rows(10, 12), rows(13, 15)];
    await refused((page) => ({ list: list[(page - 1) % 3] ?? [] }), /page=4 .* the list goes round/, false);
  });

  test('a short page that holds only what came before is no circle: new records came in front', async () => {
    const list = [rows(0, 9), rows(9, 9)];
    await using opened = await open((page) => ({ list: list[page - 1] ?? [] }), false);
    expect(await keysOf(opened.source)).toEqual([...numbers(0, 9), '9']);
  });

  test('a last page that says what the others did not say is a failure in its words', async () => {
    const last = { code: 401, msg: 'session expired', list: [] };
    await refused((page) => (page === 1 ? { list: rows(0, 9) } : last), /code: 401, msg: session expired/, false);
    await refused(
      (page) => (page === 1 ? { code: 200, list: rows(0, 9) } : last),
      /code: 401, msg: session expired/,
      false,
    );
  });

  test('an empty first page that says it otherwise than the pass before is a failure too', async () => {
    let reply: Reply = { code: 200, list: rows(0, 9) };
    await using opened = await open((page) => (page === 1 ? reply : { code: 200, list: [] }), false);
    const after = (await portionsOf(opened.source)).at(-1)?.next ?? null;
    reply = { code: 401, msg: 'session expired', list: [] };
    await expect(portionsOf(opened.source, after)).rejects.toThrow(/code: 401, msg: session expired/);
    reply = { code: 200, status: 'nothing new', list: [] };
    const portions = await portionsOf(opened.source, after);
    expect(portions.map(({ records }) => records.length)).toEqual([0]);
  });

  test.each([{ code: 200, msg: 'no more' }, { code: '0', success: true }, { msg: 'no more' }])(
    'an end that says %j is an end',
    async (more) => {
      await using opened = await open((page) => ({ code: 200, list: page === 1 ? rows(0, 9) : [], ...more }), false);
      expect(await keysOf(opened.source)).toEqual(numbers(0, 9));
    },
  );

  test('keys that come again on another page with other values are repeated, and those with the same are not', async () => {
    const found = async (value: string) => {
      const list = [rows(0, 9), rows(5, 9, value), rows(10, 14)];
      await using opened = await open((page) => ({ list: list[page - 1] ?? [] }), false);
      const watch = new KeyWatch('portion');
      for (const portion of await portionsOf(opened.source)) watch.see(portion);
      return watch.found();
    };
    expect(await found('b')).toMatchObject({ count: 5 });
    expect(await found('a')).toBeNull();
  });
});

describe('behind a page that reaches the total alone', () => {
  const answers: readonly [string, (page: number) => Told][] = [
    ['is empty', () => told({ list: [], total: 0 })],
    ['is not there', () => ({ status: 404, type: 'text/plain', body: 'Invalid page.' })],
    ['is refused', () => ({ status: 500, type: 'text/plain', body: 'out of range' })],
    ['has no list', () => told({ code: 1, msg: 'no data', list: null })],
    ['is the same', () => told({ list: rows(0, 9), total: 10 })],
  ];
  test.each(answers)('the next one %s: the list is whole', async (_, behind) => {
    await using rest = await openRest({ paging: { size: 10, total: 'total' } }, (page) =>
      page === 1 ? told({ list: rows(0, 9), total: 10 }) : behind(page),
    );
    const portions = await portionsOf(rest.source);
    expect(portions.map(({ records }) => records.length)).toEqual([10, 0]);
    expect(portions.at(-1)?.repeats).toMatchObject({ from: null, isLast: true });
    expect(rest.times()).toBe(2);
    expect(await rest.source.check()).toMatchObject({ ok: true });
  });

  test('nothing is asked for where several pages reach it', async () => {
    await using rest = await openRest({ paging: { size: 10, total: 'total' } }, (page) =>
      told({ list: rows(page * 10, page * 10 + 9), total: 20 }),
    );
    expect(await keysOf(rest.source)).toHaveLength(20);
    expect(rest.times()).toBe(2);
  });

  test('a read that resumes there ends as well', async () => {
    await using rest = await openRest({ paging: { size: 10, total: 'total' } }, () =>
      told({ list: rows(0, 9), total: 10 }),
    );
    const [first] = await portionsOf(rest.source);
    const portions = await portionsOf(rest.source, first?.next);
    expect(portions.map(({ records }) => records.length)).toEqual([0]);
  });
});

test('a record that was changed while the list was read comes twice, and its key is not repeated', async () => {
  const since = { column: 'V', parameter: 'from' };
  const list = [rows(0, 9, '2026-01-01'), rows(3, 3, '2026-01-02')];
  await using rest = await openRest({ since }, (page) => told({ list: list[page - 1] ?? [] }));
  const watch = new KeyWatch('portion');
  const portions = await portionsOf(rest.source);
  for (const portion of portions) watch.see(portion);
  expect(portions.flatMap(({ records }) => records)).toHaveLength(11);
  expect(watch.found()).toBeNull();
});

test('cursors that go round over empty pages come to an end', async () => {
  const paging = { style: 'cursor', next: 'next' };
  await using rest = await openRest({ paging }, (_, { url }) =>
    told({ list: [], next: url.searchParams.get('cursor') === 'a' ? 'b' : 'a' }),
  );
  await expect(portionsOf(rest.source)).rejects.toThrow(/the list goes round/);
});

describe('a repository whose tokens go round', () => {
  const record = (id: number): string =>
    `<record><header><identifier>oai:${id}</identifier><datestamp>2026-01-0${id}</datestamp></header><metadata><dc><title>t</title></dc></metadata></record>`;
  test.each([
    ['with records', (token: string) => record(token === 'a' ? 2 : 3)],
    ['without', () => ''],
  ])('%s is left with an error that names both pages', async (_, records) => {
    await using server = await serveHttp(({ url }) => {
      const token = url.searchParams.get('resumptionToken');
      const inner = token === null ? record(1) : records(token);
      const next = token === 'a' ? 'b' : 'a';
      return {
        type: 'text/xml',
        body: `<OAI-PMH><ListRecords>${inner}<resumptionToken>${next}</resumptionToken></ListRecords></OAI-PMH>`,
      };
    });
    await using source = await oaiPmh.open(
      oaiPmh.config.parse({ connection: { url: server.address }, streams: { rows: { columns: { TITLE: 'title' } } } }),
      context(),
    );
    await expect(portionsOf(source)).rejects.toThrow(
      /the page of token [ab] has only .* on the page of token a: the list goes round/,
    );
  });
});

test.each([
  ['{"list":[{"id":1,\n"id":2}]}', 'line 2, character 1: the member "id" comes twice, with different values'],
  ['{"list":[{"id":NaN}]}', 'line 1, character 16: "NaN}]}" may not stand there'],
  ['{"list":[{"id":1}', 'line 1, character 18: it ends in the middle'],
  ['{"list":[1 2]}', 'line 1, character 12: "2]}" may not stand there'],
  ['<html>no</html>', 'line 1, character 1: "<html>no</html>" may not stand there'],
])('of a reply %j is said where and why it is no JSON', async (body, says) => {
  await using rest = await openRest({}, () => ({ type: 'application/json', body }));
  await expect(portionsOf(rest.source)).rejects.toThrow(says);
});

test('what is no object is said to be none', async () => {
  const list = [null, 'x', [], true, { v: '1' }];
  await using rest = await openRest({}, (page) => told({ list: page === 1 ? list : [] }));
  const [first] = await portionsOf(rest.source);
  expect(first?.rejects.map(({ message }) => message)).toEqual([
    'it is null, and no object with members',
    'it is the text "x", and no object with members',
    'it is a list of 0, and no object with members',
    'it is true, and no object with members',
    'the key (ID) is empty',
  ]);
});
