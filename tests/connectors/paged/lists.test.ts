import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { soap } from '../../../connectors/soap/connector.ts';
import { type Asked, serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';
import { testContext } from '../files/folder.ts';

/* Lists end only where the service ends them, and a failure in words is a failure. */

const NOW = new Date('2026-03-01T04:00:00Z');
const context = () => ({ ...testContext(new AbortController().signal), now: () => NOW });
const keysOf = async (source: Source, after: object | null = null): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { records } of source.read('rows', after as never, {})) keys.push(...records.map(({ key }) => key));
  return keys;
};
const json = (value: unknown): Told => ({ type: 'application/json', body: JSON.stringify(value) });
const envelope = (body: string): Told => ({
  type: 'text/xml',
  body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><queryResponse>${body}</queryResponse></e:Body></e:Envelope>`,
});

async function withRest<T>(
  stream: object,
  answer: (asked: Asked) => Told,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  await using server = await serveHttp(answer);
  const rows = { records: 'list', key: ['ID'], columns: { ID: 'id', AT: 'at' }, ...stream };
  await using source = await restJson.open(
    restJson.config.parse({ connection: { url: server.address }, streams: { rows } }),
    context(),
  );
  return await work(source);
}

async function withSoap<T>(
  stream: object,
  answer: (asked: Asked) => string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  await using server = await serveHttp((asked) => envelope(answer(asked)));
  const rows = { operation: 'query', records: 'list.row', key: ['ID'], columns: { ID: 'id' }, pageSize: 5, ...stream };
  await using source = await soap.open(
    soap.config.parse({
      connection: { url: server.address, namespace: 'urn:x', wsdl: false },
      streams: { rows },
    }),
    context(),
  );
  return await work(source);
}

const ROWS = ['1', '2', '3', '4', '5', '6'].map((id) => ({ id }));
const IDS = ROWS.map(({ id }) => id);
/** Gives at most two records a page, whatever it is asked for. */
const capped = ({ url }: Asked, more: object = {}): Told => {
  const page = Number(url.searchParams.get('page') ?? 1);
  const from = url.searchParams.has('offset') ? Number(url.searchParams.get('offset')) : (page - 1) * 2;
  return json({ list: ROWS.slice(from, from + 2), ...more });
};

describe('a service that gives fewer records a page than it is asked for', () => {
  for (const style of ['page', 'offset'] as const)
    for (const total of [undefined, 'total'])
      test(`is read to its end by ${style}, ${total === undefined ? 'stating nothing' : 'with a total'}`, async () => {
        const paging = { style, size: 5, ...(total === undefined ? {} : { total }) };
        const found = await withRest(
          { paging },
          (asked) => capped(asked, { total: 6 }),
          (source) => keysOf(source),
        );
        expect(found).toEqual(IDS);
      });
  test('is named by check', async () => {
    const report = await withRest({ paging: { style: 'page', size: 5 } }, capped, (source) => source.check());
    expect(report.streams[0]?.message).toContain('gives at most 2 records a page, 5 were asked for');
  });
  test('is read to its end by SOAP', async () => {
    const answer = ({ body }: Asked): string => {
      const page = Number(/:p>(\d+)</.exec(body)?.[1]);
      const rows = ROWS.slice((page - 1) * 2, page * 2).map(({ id }) => `<row><id>${id}</id></row>`);
      return `<list>${rows.join('')}</list>`;
    };
    expect(await withSoap({ parameters: { p: '{page}' } }, answer, (source) => keysOf(source))).toEqual(IDS);
  });
});

test('an empty page in the middle is not the end where the service names the next one', async () => {
  const pages: Readonly<Record<string, object>> = {
    '': { list: ROWS.slice(0, 2), next: 'b' },
    b: { list: [], next: 'c' },
    c: { list: [], next: 'd' },
    d: { list: ROWS.slice(2), next: '' },
  };
  const paging = { style: 'cursor', next: 'next' };
  const answer = ({ url }: Asked): Told => json(pages[url.searchParams.get('cursor') ?? '']);
  expect(await withRest({ paging }, answer, (source) => keysOf(source))).toEqual(IDS);
});

test('a service that has no page behind the last one ends the list there, but not after a page that was full', async () => {
  const answer =
    (size: number) =>
    ({ url }: Asked): Told => {
      const page = Number(url.searchParams.get('page'));
      const list = ROWS.slice((page - 1) * size, page * size);
      return list.length === 0 ? { status: 404, type: 'text/plain', body: 'Invalid page.' } : json({ list });
    };
  const paging = { style: 'page', size: 4 };
  expect(await withRest({ paging }, answer(4), (source) => keysOf(source))).toEqual(IDS);
  await expect(
    withRest({ paging: { style: 'page', size: 3 } }, answer(3), (source) => keysOf(source)),
  ).rejects.toThrow();
});

describe('fewer records than the service states are an error with both numbers', () => {
  test.each(['page', 'offset'] as const)('by %s', async (style) => {
    const paging = { style, size: 5, total: 'total' };
    const read = withRest(
      { paging },
      (asked) => capped(asked, { total: 8 }),
      (source) => keysOf(source),
    );
    await expect(read).rejects.toThrow(/after 6 records, and the service states 8/);
  });
  test('by cursor', async () => {
    const paging = { style: 'cursor', next: 'next', total: 'total' };
    const read = withRest(
      { paging },
      () => json({ list: ROWS, total: 7 }),
      (source) => keysOf(source),
    );
    await expect(read).rejects.toThrow(/after 6 records, and the service states 7/);
  });
  test('by SOAP', async () => {
    const read = withSoap(
      { total: 'total' },
      () => '<total>2</total><list><row><id>1</id></row></list>',
      (source) => keysOf(source),
    );
    await expect(read).rejects.toThrow(/after 1 records, and the service states 2/);
  });
});

test('a page that is given twice is an error that says what to write', async () => {
  const read = withRest(
    { paging: { style: 'page', size: 6 } },
    () => json({ list: ROWS }),
    (source) => keysOf(source),
  );
  await expect(read).rejects.toThrow(/the same page twice.*style: none/);
});

describe('a failure in words', () => {
  const failure = { code: -1, msg: 'session expired', list: [] };
  const success = { path: 'code', is: ['0', '200'] };
  test('is a failure with those words, by JSON', async () => {
    const read = withRest(
      { success },
      () => json(failure),
      (source) => keysOf(source),
    );
    await expect(read).rejects.toThrow(/code is "-1" \(code: -1, msg: session expired\)/);
    expect(
      await withRest(
        { success },
        () => json({ code: 200, list: ROWS }),
        (source) => keysOf(source),
      ),
    ).toEqual(IDS);
  });
  test('is told where the list is missing, by SOAP and XML', async () => {
    const body = '<return><code>-1</code><msg>session expired</msg></return>';
    const read = withSoap(
      { records: 'return.list.row' },
      () => body,
      (source) => keysOf(source),
    );
    await expect(read).rejects.toThrow(/no list at return.list.row; it has return \(code: -1, msg: session expired\)/);
    const xml = { format: 'xml', records: 'r.row' };
    const answer = (): Told => ({ type: 'text/xml', body: '<r><code>-1</code><msg>session expired</msg></r>' });
    await expect(withRest(xml, answer, (source) => keysOf(source))).rejects.toThrow(/session expired/);
  });
  test.each([
    ['<return><list/></return>', {}],
    ['<return/>', {}],
    ['<return><total>0</total></return>', { total: 'return.total' }],
    ['<return><time>now</time></return>', { absentWhenEmpty: true }],
  ])('is not %s, which is an empty list', async (body, more) => {
    expect(
      await withSoap(
        { records: 'return.list.row', ...more },
        () => body,
        (source) => keysOf(source),
      ),
    ).toEqual([]);
  });
  test('is an answer of a repository without list and without error', async () => {
    await using server = await serveHttp(() => ({
      type: 'text/xml',
      body: '<OAI-PMH><responseDate>x</responseDate></OAI-PMH>',
    }));
    const rows = { metadataPrefix: 'oai_dc', columns: { TITLE: 'title' } };
    await using source = await oaiPmh.open(
      oaiPmh.config.parse({ connection: { url: server.address }, streams: { rows } }),
      context(),
    );
    await expect(keysOf(source)).rejects.toThrow(/without a list and without an error; it has responseDate/);
  });
});

describe('what a response refers to', () => {
  const refer = (href: string): string => `<list><row href="${href}"/><row><id>2</id></row></list>`;
  const withReferred = (href: string) =>
    withSoap(
      {},
      () =>
        `${refer(href)}</queryResponse><multiRef id="id0" soapenc:root="0" xmlns:soapenc="urn:e"><id>1</id></multiRef><queryResponse>`,
      (source) => keysOf(source),
    );
  test('stands in its place', async () => {
    await using server = await serveHttp(() => ({
      type: 'text/xml',
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><queryResponse>${refer('#id0')}</queryResponse><multiRef id="id0" e:root="0"><id href="#id1"/></multiRef><multiRef id="id1">1</multiRef></e:Body></e:Envelope>`,
    }));
    const rows = { operation: 'query', records: 'list.row', key: ['ID'], columns: { ID: 'id' } };
    await using source = await soap.open(
      soap.config.parse({ connection: { url: server.address, namespace: 'urn:x', wsdl: false }, streams: { rows } }),
      context(),
    );
    expect(await keysOf(source)).toEqual(['1', '2']);
  });
  test('and is not there is refused by name', async () => {
    await expect(withReferred('#id7')).rejects.toThrow(/refers to #id7, which it does not hold/);
  });
});

test('a record dated in the future does not hide what changes afterwards: the next pass begins where this one did, less the overlap', async () => {
  const since = { column: 'AT', parameter: 'from', overlapSeconds: 60 };
  const list = [
    { id: '1', at: '2026-02-28 09:00:00' },
    { id: '2', at: '2099-01-01 00:00:00' },
  ];
  const next = await withRest(
    { since },
    () => json({ list }),
    async (source) => {
      let last: unknown;
      for await (const portion of source.read('rows', null, {})) last = portion.next;
      return last;
    },
  );
  // 04:00 UTC is noon in the province, whose clock the service writes.
  expect(next).toMatchObject({ since: '2026-03-01 11:59:00' });
});

test.each([
  '2026-02-30T10:00:00Z',
  '2025-02-29T10:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T10:61:00Z',
])('the moment %s, which never was, is refused', async (at) => {
  const rejects = await withRest(
    { observedAt: 'AT' },
    () => json({ list: [{ id: '1', at }] }),
    async (source) => {
      const found = [];
      for await (const portion of source.read('rows', null, {})) found.push(...portion.rejects);
      return found;
    },
  );
  expect(rejects.map(({ message }) => message)).toEqual(['AT is no time with a zone, or none of the calendar']);
});
