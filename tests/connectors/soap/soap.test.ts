import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { soap } from '../../../connectors/soap/connector.ts';
import { soapRequest } from '../../../connectors/soap/envelope.ts';
import { type Asked, serveHttp, type Told, xmlText } from '../../../runner/demo/departments/servers/http.ts';
import { type SourceFixture, sourceContract } from '../../contracts/source.contract.ts';
import { testContext } from '../files/folder.ts';

const ROWS = Array.from({ length: 31 }, (_, i) => ({
  no: `00${i}`,
  name: `办件<${i}>&`,
  at: `2026-01-${String(1 + (i % 28)).padStart(2, '0')} 10:${10 + i}:00`,
})).sort((a, b) => (a.at < b.at ? -1 : 1));
const envelope = (body: string): string =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${body}</e:Body></e:Envelope>`;
const parameter = ({ body }: Asked, name: string): string => new RegExp(`:${name}>([^<]*)<`).exec(body)?.[1] ?? '';
const source = {
  operation: 'query',
  action: 'urn:query',
  parameters: { p: '{page}', n: '{size}', from: '{since}' },
  records: 'list.row',
  total: 'total',
  key: ['NO'],
  columns: { NO: 'no', NAME: 'name', AT: 'at' },
  since: { column: 'AT', overlapSeconds: 0 },
  pageSize: 7,
};
const listOf = (asked: Asked): string => {
  const rows = ROWS.filter(({ at }) => at >= parameter(asked, 'from'));
  const from = (Number(parameter(asked, 'p')) - 1) * 7;
  const items = rows
    .slice(from, from + 7)
    .map((row) => `<row><no>${row.no}</no><name>${xmlText(row.name)}</name><at>${row.at}</at></row>`);
  return `<total>${rows.length}</total><list>${items.join('')}</list>`;
};
const jsonOf = (asked: Asked): string => {
  const rows = ROWS.filter(({ at }) => at >= parameter(asked, 'from'));
  const from = (Number(parameter(asked, 'p')) - 1) * 7;
  return JSON.stringify({ total: rows.length, list: { row: rows.slice(from, from + 7) } });
};

const FORMS: Readonly<Record<string, { readonly stream: object; answer(asked: Asked): string }>> = {
  plain: { stream: {}, answer: (asked) => `<x:queryResponse xmlns:x="urn:x">${listOf(asked)}</x:queryResponse>` },
  'XML in a text': {
    stream: { result: 'return', embedded: 'xml', records: 'r.list.row', total: 'r.total' },
    answer: (asked) =>
      `<queryResponse><return>${xmlText(`<?xml version="1.0"?><r>${listOf(asked)}</r>`)}</return></queryResponse>`,
  },
  'JSON in a text': {
    stream: { result: 'return', embedded: 'json' },
    answer: (asked) => `<queryResponse><return><![CDATA[${jsonOf(asked)}]]></return></queryResponse>`,
  },
};

/** Rows without a key, and rows that only look dangerous. */
const BAD = `<r><total>4</total><list><row><no>1</no><name>&lt;!DOCTYPE&gt;</name></row><row><name>x</name></row><row/><row><no>';--</no><name><a/></name></row></list></r>`;

for (const [form, { stream, answer }] of Object.entries(FORMS))
  sourceContract(`soap, ${form}`, async (): Promise<SourceFixture> => {
    let isEmpty = false;
    const server = await serveHttp((asked) => {
      if (asked.method === 'GET')
        return { type: 'text/xml', body: '<w:definitions><w:operation name="query"/></w:definitions>' };
      if (asked.url.pathname === '/bad') return { type: 'text/xml', body: envelope(BAD) };
      isEmpty = asked.url.pathname === '/none';
      const body = isEmpty
        ? answer({ ...asked, body: asked.body.replace(/:from>[^<]*</, ':from>9999<') })
        : answer(asked);
      return { type: 'text/xml; charset=utf-8', body: envelope(body) };
    });
    const config = soap.config.parse({
      connection: { url: server.address, namespace: 'urn:x' },
      streams: {
        rows: { ...source, ...stream },
        none: { ...source, ...stream, path: '/none' },
        bad: { ...source, path: '/bad' },
      },
    });
    const open = (signal: AbortSignal) =>
      soap.open(config, { ...testContext(signal), now: () => new Date(1_772_330_400_000) });
    return {
      ...{ open, stream: 'rows' },
      expected: ROWS.map(({ no, name, at }) => ({ key: no, value: { NO: no, NAME: name, AT: at } })),
      openEmpty: async (signal) => ({ source: await open(signal), stream: 'none' }),
      openHostile: async (signal) => ({
        ...{ source: await open(signal), stream: 'bad' },
        ...{ good: ['1', "';--"], rejects: 2 },
      }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

describe('what services answer', () => {
  const readError = async (told: Told): Promise<unknown> => {
    await using server = await serveHttp(() => told);
    const config = soap.config.parse({
      connection: { url: server.address, namespace: 'urn:x' },
      streams: { s: source },
    });
    await using opened = await soap.open(config, testContext());
    try {
      for await (const _ of opened.read('s', null));
      return null;
    } catch (error) {
      return error;
    }
  };
  const fault = (code: string): string =>
    envelope(`<e:Fault><faultcode>e:${code}</faultcode><faultstring>why ${'x'.repeat(999)}</faultstring></e:Fault>`);
  const type = 'text/xml';

  test.each([
    ['a fault of the caller', { status: 500, type, body: fault('Client') }, 'HUB_SOURCE_REFUSED'],
    ['a fault of the service', { status: 500, type, body: fault('Server') }, 'HUB_SOURCE_READ_FAILED'],
    ['a fault with status 200', { type, body: fault('Server.Busy') }, 'HUB_SOURCE_READ_FAILED'],
    ['an error page', { status: 500, type: 'text/html', body: '<html><body>no' }, 'HUB_SOURCE_READ_FAILED'],
    [
      'an external entity',
      { type, body: `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${envelope('<r>&f;</r>')}` },
      'HUB_SOURCE_READ_FAILED',
    ],
    ['half an answer', { type, body: envelope('<queryResponse>').slice(0, 100) }, 'HUB_SOURCE_READ_FAILED'],
    ['no such path', { status: 404, type, body: '' }, 'HUB_SOURCE_OBJECT_MISSING'],
  ])('%s', async (_, told, code) => {
    const error = await readError(told);
    expect(error).toMatchObject({ code });
    expect((error as Error).message.length).toBeLessThan(400);
  });

  test('a SOAP 1.2 fault tells its reason', async () => {
    const body = envelope(
      '<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="zh">参数错误</e:Text></e:Reason></e:Fault>',
    );
    expect(await readError({ status: 400, type, body })).toMatchObject({
      code: 'HUB_SOURCE_REFUSED',
      message: expect.stringContaining('参数错误'),
    });
  });
});

describe('requests', () => {
  const connection = (more: object) =>
    soap.config.parse({ connection: { url: 'http://h/', namespace: 'urn:a&b', ...more }, streams: {} }).connection;
  const stream = { operation: 'q', action: 'urn:q', parameters: { a: 'x{page}y', b: '{since}' } };
  const values = { page: '2', size: '10', since: '<&' };
  const now = new Date('2026-03-01T00:00:00Z');

  test('parameters are escaped, the action is where the version wants it', () => {
    const first = soapRequest(connection({}), stream, values, now);
    expect(first.body).toContain('<m:q><m:a>x2y</m:a><m:b>&lt;&amp;</m:b></m:q>');
    expect(first.body).toContain('xmlns:m="urn:a&amp;b"');
    expect(first.headers).toEqual({ 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:q"' });
    const second = soapRequest(connection({ version: '1.2' }), stream, values, now);
    expect(second.headers).toEqual({ 'content-type': 'application/soap+xml; charset=utf-8; action="urn:q"' });
  });

  test('a UsernameToken digest is SHA-1 over nonce, time and password', () => {
    const { body } = soapRequest(connection({ security: { user: 'u&', password: 'p' } }), stream, values, now);
    const nonce = Buffer.from(/Nonce>([^<]+)</.exec(body)?.[1] ?? '', 'base64');
    const created = /Created>([^<]+)</.exec(body)?.[1] ?? '';
    expect(created).toBe(now.toISOString());
    expect(body).toContain(createHash('sha1').update(nonce).update(created).update('p').digest('base64'));
    expect(body).toContain('<w:Username>u&amp;</w:Username>');
    expect(body).not.toContain('>p<');
  });

  test('an operation that the WSDL does not name is a line of the check', async () => {
    await using server = await serveHttp(() => ({
      type: 'text/xml',
      body: '<definitions><operation name="other"/></definitions>',
    }));
    const config = soap.config.parse({
      connection: { url: server.address, namespace: 'urn:x' },
      streams: { s: source },
    });
    await using opened = await soap.open(config, testContext());
    expect((await opened.check()).streams).toEqual([
      { stream: 's', ok: false, message: 'the WSDL has no operation query' },
    ]);
  });
});
