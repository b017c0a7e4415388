import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { serveHttp } from '../../../runner/demo/departments/servers/http.ts';
import { testContext } from '../files/folder.ts';

/* What a pass that begins at a change gives, and what check says of it. */

interface Row {
  readonly id: number;
  readonly at?: string | number | null;
}

async function withRows<T>(rows: Row[], stream: object, work: (source: Source, asked: string[]) => Promise<T>) {
  const asked: string[] = [];
  await using server = await serveHttp(({ url }) => {
    asked.push(url.searchParams.get('from') ?? '');
    return { body: JSON.stringify({ list: rows }) };
  });
  const full = { records: 'list', key: ['ID'], columns: { ID: 'id', AT: 'at' }, ...stream };
  await using source = await restJson.open(
    restJson.config.parse({ connection: { url: server.address }, streams: { s: full } }),
    testContext(undefined, new Date('2026-03-05T04:00:00Z')),
  );
  return await work(source, asked);
}

async function pass(source: Source, after: object | null) {
  const keys: string[] = [];
  let last = after;
  for await (const { records, next } of source.read('s', after as never)) {
    keys.push(...records.map(({ key }) => key));
    last = next;
  }
  return { keys, last };
}

const since = { column: 'AT', parameter: 'from' };

describe('a service that counts its changes', () => {
  test('is read on from 999 to 1000, which as a text is less', async () => {
    const rows: Row[] = [
      { id: 1, at: 998 },
      { id: 2, at: 999 },
    ];
    await withRows(rows, { since }, async (source, asked) => {
      const first = await pass(source, null);
      rows.push({ id: 3, at: 1000 }, { id: 4, at: 1001 });
      const second = await pass(source, first.last);
      expect(asked).toEqual(['', '999']);
      // What has the number of the last one may be another change.
      expect(second.keys).toEqual(['2', '3', '4']);
      rows.push({ id: 5, at: 1002 });
      expect((await pass(source, second.last)).keys).toEqual(['4', '5']);
    });
  });
  test('is no service whose late commits are caught, whatever the overlap', async () => {
    const report = await withRows([{ id: 1, at: 7 }], { since }, (source) => source.check());
    expect(report).toMatchObject({ ok: true, lateCommits: 'not-caught' });
    expect(report.streams[0]?.message).toContain(
      'AT is no time: a record that is committed late with a smaller one is lost',
    );
  });
});

describe('a service that tells days of change', () => {
  test('gives what changes later on the last day, and what is committed late the day before', async () => {
    const rows: Row[] = [
      { id: 1, at: '2026-03-01' },
      { id: 2, at: '2026-03-02' },
    ];
    await withRows(rows, { since }, async (source, asked) => {
      const first = await pass(source, null);
      rows.push({ id: 3, at: '2026-03-02' }, { id: 4, at: '2026-03-01' });
      const second = await pass(source, first.last);
      expect(asked).toEqual(['', '2026-03-01']);
      expect(second.keys).toEqual(['1', '2', '3', '4']);
    });
  });
  test('loses nothing of the last day without an overlap either', async () => {
    const rows: Row[] = [{ id: 1, at: '2026-03-02' }];
    await withRows(rows, { since: { ...since, overlapSeconds: 0 } }, async (source) => {
      const first = await pass(source, null);
      rows.push({ id: 2, at: '2026-03-02' });
      expect((await pass(source, first.last)).keys).toEqual(['1', '2']);
    });
  });
});

describe('what check promises of late commits', () => {
  test.each([
    [60, 'overlap-window', true],
    [0, 'not-caught', false],
  ])('by REST with an overlap of %i s', async (overlapSeconds, lateCommits, isPlain) => {
    const stream = { since: { ...since, overlapSeconds } };
    const report = await withRows([{ id: 1, at: '2026-03-01 10:00:00' }], stream, (source) => source.check());
    expect(report.lateCommits).toBe(lateCommits);
    expect(report.streams[0]?.message.includes('overlapSeconds is 0')).toBe(!isPlain);
  });
  test.each([
    [60, 'overlap-window'],
    [0, 'not-caught'],
  ])(
    'by OAI-PMH with an overlap of %i s, and of deletions that the repository keeps or forgets',
    async (overlapSeconds, lateCommits) => {
      const identify = '<Identify><deletedRecord>transient</deletedRecord></Identify>';
      const list =
        '<ListRecords><record><header><identifier>a</identifier><datestamp>2026-01-01</datestamp></header><metadata><dc><title>t</title></dc></metadata></record></ListRecords>';
      await using server = await serveHttp(({ url }) => ({
        type: 'text/xml',
        body: `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">${url.searchParams.get('verb') === 'Identify' ? identify : list}</OAI-PMH>`,
      }));
      const streams = { s: { columns: { TITLE: 'title', SUBJECT: 'subject' }, overlapSeconds } };
      await using source = await oaiPmh.open(
        oaiPmh.config.parse({ connection: { url: server.address }, streams }),
        testContext(),
      );
      const report = await source.check();
      expect(report).toMatchObject({ ok: true, lateCommits });
      expect(report.streams[0]?.message).toContain('empty in all of them: SUBJECT');
      expect(report.notes.join()).toContain('transient: what is deleted there stays here, where it was forgotten');
    },
  );
});

test('a total that was agreed on and is not stated fails the pass, and check says so', async () => {
  const stream = { paging: { style: 'page', total: 'total' } };
  await withRows([{ id: 1 }], stream, async (source) => {
    await expect(pass(source, null)).rejects.toMatchObject({
      ...{ code: 'HUB_SOURCE_SCHEMA_CHANGED', message: expect.stringContaining('no number at total') },
    });
    expect((await source.check()).streams[0]).toMatchObject({ ok: false });
  });
});

test('numbers inside of what is nested keep their digits', async () => {
  await using server = await serveHttp(() => ({
    body: '{"list": [ {"id": 1, "at": { "n": 0.10, "big": [ 123456789012345678 ] } } ]}',
  }));
  const streams = { s: { records: 'list', key: ['ID'], columns: { ID: 'id', AT: 'at' } } };
  await using source = await restJson.open(
    restJson.config.parse({ connection: { url: server.address }, streams }),
    testContext(),
  );
  for await (const { records } of source.read('s', null))
    expect(records[0]?.value).toEqual({ ID: '1', AT: '{"n":0.10,"big":[123456789012345678]}' });
});

test('a key that is a number on one page and a text on the next is one key, and nothing is lost', async () => {
  const pages: readonly string[] = ['[{"id":9},{"id":10}]', '[{"id":"10"},{"id":"011"}]', '[]'];
  await using server = await serveHttp(({ url }) => ({
    body: pages[Number(url.searchParams.get('page')) - 1] ?? '[]',
  }));
  const streams = { s: { key: ['ID'], columns: { ID: 'id' }, paging: { style: 'page', size: 2 } } };
  await using source = await restJson.open(
    restJson.config.parse({ connection: { url: server.address }, streams }),
    testContext(),
  );
  expect((await pass(source, null)).keys).toEqual(['9', '10', '10', '011']);
});

test('records of one page with one key are counted by check', async () => {
  const report = await withRows([{ id: 1 }, { id: 1 }, { id: 2 }], {}, (source) => source.check());
  expect(report.streams[0]).toMatchObject({
    ok: false,
    message: expect.stringMatching(/1 have the key \(ID\) of another/),
  });
});
