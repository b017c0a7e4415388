import { describe, expect, test } from '@jest/globals';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { type Asked, serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';
import { type SourceFixture, sourceContract } from '../../contracts/source.contract.ts';
import { testContext } from '../files/folder.ts';

interface Row {
  readonly id: string;
  readonly stamp: string;
  readonly title: string | null;
}
const ROWS: readonly Row[] = Array.from({ length: 33 }, (_, i) => ({
  id: `oai:x:${i}`,
  stamp: `2026-01-${String(1 + (i % 28)).padStart(2, '0')}T00:${10 + i}:00Z`,
  title: i % 10 === 9 ? null : `题名${i}`,
})).sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
const type = 'text/xml; charset=utf-8';
const answer = (content: string): Told => ({
  type,
  body: `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">${content}</OAI-PMH>`,
});
const record = ({ id, stamp, title }: Row): string =>
  title === null
    ? `<record><header status="deleted"><identifier>${id}</identifier><datestamp>${stamp}</datestamp></header></record>`
    : `<record><header><identifier>${id}</identifier><datestamp>${stamp}</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="u" xmlns:dc="v"><dc:title>${title}</dc:title><dc:subject>甲</dc:subject><dc:subject>乙</dc:subject></oai_dc:dc></metadata></record>`;
const IDENTIFY =
  '<Identify><repositoryName>档案馆</repositoryName><protocolVersion>2.0</protocolVersion><granularity>YYYY-MM-DDThh:mm:ssZ</granularity><deletedRecord>persistent</deletedRecord></Identify>';

/** No identifier, a datestamp that is none, no metadata, markup as text. */
const BAD = `${record({ id: 'oai:x:1', stamp: '2026-01-01T00:00:00Z', title: '&lt;b&gt;' })}<record/>
<record><header><identifier>x</identifier><datestamp>yesterday</datestamp></header></record>
<record><header><identifier>';--</identifier><datestamp>2026-01-02T00:00:00Z</datestamp></header></record>`;

/** Pages of eight. Tokens are `start|from`. */
function repository(rows: readonly Row[], more: (asked: Asked) => Told | null = () => null) {
  return serveHttp((asked) => {
    const own = more(asked);
    if (own !== null) return own;
    const query = asked.url.searchParams;
    if (query.get('verb') === 'Identify') return answer(IDENTIFY);
    const [start = '0', from = query.get('from') ?? ''] = (query.get('resumptionToken') ?? '')
      .split('|')
      .filter(Boolean);
    if (query.get('set') === 'bad') return answer(`<ListRecords>${BAD}</ListRecords>`);
    const found = (query.get('set') === 'empty' ? [] : rows).filter(({ stamp }) => stamp >= from);
    if (found.length === 0) return answer('<error code="noRecordsMatch"/>');
    const end = Number(start) + 8;
    const token = `<resumptionToken completeListSize="${found.length}">${end < found.length ? `${end}|${from}` : ''}</resumptionToken>`;
    return answer(`<ListRecords>${found.slice(Number(start), end).map(record).join('')}${token}</ListRecords>`);
  });
}

const columns = { TM: 'title', ZTC: 'subject' };
const configOf = (url: string, stream: object = {}) =>
  oaiPmh.config.parse({
    connection: { url },
    streams: {
      s: { columns, overlapSeconds: 0, ...stream },
      empty: { columns, set: 'empty' },
      bad: { columns, set: 'bad' },
    },
  });

sourceContract('oai-pmh', async (): Promise<SourceFixture> => {
  const server = await repository(ROWS);
  const open = (signal: AbortSignal) => oaiPmh.open(configOf(server.address), testContext(signal));
  return {
    ...{ open, stream: 's' },
    expected: ROWS.map(({ id, stamp, title }) =>
      title === null
        ? { key: id, op: 'delete' as const }
        : { key: id, value: { IDENTIFIER: id, DATESTAMP: stamp, TM: title, ZTC: '甲; 乙' } },
    ),
    openEmpty: async (signal) => ({ source: await open(signal), stream: 'empty' }),
    openHostile: async (signal) => ({
      ...{ source: await open(signal), stream: 'bad' },
      ...{ good: ['oai:x:1', "';--"], rejects: 2 },
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

describe('what repositories do', () => {
  const harvest = async (server: { address: string }, stream: object = {}, after: object | null = null) => {
    await using source = await oaiPmh.open(configOf(server.address, stream), testContext());
    const keys: string[] = [];
    let last: object | null = null;
    let error: unknown = null;
    const values: unknown[] = [];
    try {
      for await (const portion of source.read('s', after as never)) {
        keys.push(...portion.records.map(({ key }) => key));
        values.push(...portion.records.map(({ value }) => value));
        last = portion.next;
      }
    } catch (thrown) {
      error = thrown;
    }
    return { keys, last, error, values };
  };

  test('a forgotten token begins the list again, nothing is passed by', async () => {
    let forgotten = true;
    await using server = await repository(ROWS, ({ url }) => {
      if (!forgotten || url.searchParams.get('resumptionToken') !== '16|') return null;
      forgotten = false;
      return answer('<error code="badResumptionToken">expired</error>');
    });
    const { keys, error } = await harvest(server);
    expect(error).toBeNull();
    expect(new Set(keys).size).toBe(ROWS.length);
    expect(keys.length).toBe(ROWS.length + 16);
  });

  test('a token that is always forgotten, and one that never changes, end with an error', async () => {
    await using bad = await repository(ROWS, ({ url }) =>
      url.searchParams.has('resumptionToken') ? answer('<error code="badResumptionToken"/>') : null,
    );
    expect((await harvest(bad)).error).toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
    await using loop = await repository(ROWS, ({ url }) =>
      url.searchParams.get('verb') === 'Identify'
        ? null
        : answer(`<ListRecords>${record(ROWS[0] as Row)}<resumptionToken>same</resumptionToken></ListRecords>`),
    );
    expect((await harvest(loop)).error).toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
      message: expect.stringContaining('same resumption token'),
    });
  });

  test('the next harvest asks from shortly before the latest datestamp', async () => {
    const asked: (string | null)[] = [];
    await using server = await repository(ROWS, ({ url }) => {
      asked.push(url.searchParams.get('from'));
      return null;
    });
    const { last } = await harvest(server, { overlapSeconds: 120 });
    await harvest(server, { overlapSeconds: 120 }, last);
    const latest = ROWS.at(-1)?.stamp ?? '';
    expect(asked.at(-1)).toBe(new Date(Date.parse(latest) - 120_000).toISOString().replace('.000', ''));
  });

  test.each([
    ['a wrong format', '<error code="cannotDisseminateFormat">no</error>', 'HUB_SOURCE_OBJECT_MISSING'],
    ['something else', '<error code="internal">no</error>', 'HUB_SOURCE_READ_FAILED'],
  ])('%s', async (_, content, code) => {
    await using server = await repository(ROWS, () => answer(content));
    expect((await harvest(server)).error).toMatchObject({ code });
  });

  test('pages that are no OAI-PMH', async () => {
    await using html = await repository(ROWS, () => ({ type: 'text/html', body: '<html/>' }));
    expect((await harvest(html)).error).toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
    await using entity = await repository(ROWS, () => ({
      type,
      body: '<!DOCTYPE a [<!ENTITY b "c">]><OAI-PMH>&b;</OAI-PMH>',
    }));
    expect((await harvest(entity)).error).toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
  });

  test('full texts: read, cut between characters, gone, no text, on a host that was not agreed', async () => {
    const rows = ['a', 'b', 'c', 'd'].map((id, i) => ({
      id,
      stamp: `2026-01-0${1 + i}T00:00:00Z`,
      title: `/text/${id}`,
    }));
    await using server = await repository(rows, ({ url }) => {
      switch (url.pathname) {
        case '/text/a':
          return {
            type: 'text/html; charset=gbk',
            body: Buffer.from([0x3c, 0x70, 0x3e, 0xc7, 0xe0, 0xba, 0xa3, 0x3c, 0x2f, 0x70, 0x3e]),
          };
        case '/text/b':
          return { type: 'text/plain; charset=utf-8', body: '档'.repeat(2_000) };
        case '/text/c':
          return { status: 404, type: 'text/plain', body: '' };
        case '/text/d':
          return { type: 'application/pdf', body: '%PDF' };
        default:
          return null;
      }
    });
    const titled = rows.map((row) => ({ ...row, title: server.address + row.title }));
    await using front = await repository(titled);
    const stream = { fullText: { column: 'QW', from: 'title', maxBytes: 1_024 } };
    const config = oaiPmh.config.parse({
      connection: { url: front.address, allowHosts: [new URL(server.address).host] },
      streams: { s: { columns, ...stream } },
    });
    await using source = await oaiPmh.open(config, testContext());
    const texts: unknown[] = [];
    for await (const { records } of source.read('s', null)) texts.push(...records.map(({ value }) => value?.['QW']));
    expect(texts).toEqual(['青海', '档'.repeat(341), null, null]);
    expect((await harvest(front, stream)).error).toMatchObject({ code: 'HUB_SOURCE_REFUSED' });
  });
});
