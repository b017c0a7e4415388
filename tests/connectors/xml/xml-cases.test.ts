import { describe, expect, test } from '@jest/globals';
import { oaiPmh } from '../../../connectors/oai-pmh/connector.ts';
import { restJson } from '../../../connectors/rest-json/connector.ts';
import { soap } from '../../../connectors/soap/connector.ts';
import { xlsx } from '../../../connectors/xlsx/connector.ts';
import { xmlFiles } from '../../../connectors/xml-files/connector.ts';
import { serveHttp, xmlText } from '../../../runner/demo/departments/servers/http.ts';
import { gb18030, type ReadResult, readStream, testContext, testFolder } from '../files/folder.ts';
import { workbookOf, zipOf } from '../sheets/zip.ts';

/* One table of cases that each connector which meets XML has to pass: who reads XML is the same program, and so is right alike. */

type Values = Readonly<Record<string, string | null>>;
/** Reads a record whose columns are V (`v`), U (attribute `unit` of `v`) and B (`b` in `v`). */
type Reader = (fragment: string, declared?: string) => Promise<ReadResult>;

/** The bytes of a document in the encoding that its declaration names. */
const bytesOf = (document: string, declared = 'UTF-8'): Buffer => {
  const text = `<?xml version="1.0" encoding="${declared}"?>${document}`;
  if (/^gb/i.test(declared)) return gb18030(text);
  return declared === 'UTF-16' ? Buffer.from(`\ufeff${text}`, 'utf16le') : Buffer.from(text);
};

async function overHttp(
  connector: typeof restJson | typeof soap | typeof oaiPmh,
  body: Buffer,
  stream: object,
  connection: object = {},
): Promise<ReadResult> {
  await using server = await serveHttp(() => ({ type: 'text/xml', body }));
  const config = connector.config.parse({
    connection: { url: server.address, ...connection },
    streams: { s: stream },
  });
  await using source = await connector.open(config as never, testContext());
  return await readStream(source, 's');
}

const columns = { V: 'v', U: 'v.@unit', B: 'v.b' };
const row = (fragment: string): string => `<list><row><id>1</id>${fragment}</row></list>`;
const rows = { records: 'list.row', key: ['ID'], columns: { ID: 'id', ...columns } };
const enveloped = (body: string): string =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body id="b">${body}</e:Body></e:Envelope>`;
const soapRead = (body: string, declared: string | undefined, stream: object = {}): Promise<ReadResult> =>
  overHttp(soap, bytesOf(enveloped(body), declared), { operation: 'q', ...rows, ...stream }, { namespace: 'urn:x' });
const inText = { result: 'return', embedded: 'xml' };

const TREES: Readonly<Record<string, Reader>> = {
  'rest-json': (fragment, declared) =>
    overHttp(restJson, bytesOf(row(fragment), declared), { format: 'xml', path: '/x', ...rows }),
  soap: (fragment, declared) => soapRead(`<r>${row(fragment)}</r>`, declared),
  'soap, XML in a text': (fragment, declared) =>
    soapRead(`<r><return>${xmlText(`<?xml version="1.0"?>${row(fragment)}`)}</return></r>`, declared, inText),
  'soap, XML in a CDATA section': (fragment, declared) =>
    soapRead(
      `<r><return><![CDATA[${row(fragment).replaceAll(']]>', ']]]]><![CDATA[>')}]]></return></r>`,
      declared,
      inText,
    ),
  'oai-pmh': (fragment, declared) => {
    const header = '<header><identifier>1</identifier><datestamp>2026-01-01</datestamp></header>';
    const metadata = `<metadata><o:dc xmlns:o="urn:o">${fragment}</o:dc></metadata>`;
    const list = `<OAI-PMH><ListRecords><record>${header}${metadata}</record></ListRecords></OAI-PMH>`;
    return overHttp(oaiPmh, bytesOf(list, declared), { columns });
  },
};

async function readXmlFile(fragment: string, declared = 'UTF-8'): Promise<ReadResult> {
  await using folder = await testFolder();
  await folder.write('a.xml', bytesOf(row(fragment), declared));
  const config = xmlFiles.config.parse({
    connection: { folder: folder.path, chunkBytes: 16 },
    streams: {
      s: {
        ...{ files: '*.xml', record: '/list/row', key: ['ID'], encoding: /^gb/i.test(declared) ? 'gb18030' : 'utf-8' },
        fields: { ID: 'id', V: 'v', U: 'v/@unit', B: 'v/b' },
      },
    },
  });
  await using source = await xmlFiles.open(config, testContext());
  return await readStream(source, 's');
}

const READERS: Readonly<Record<string, Reader>> = { ...TREES, 'xml-files': readXmlFile };

/** Name, what stands in the record, value of its columns. The empty text and null are one here: each README says which. */
const CASES: readonly (readonly [name: string, fragment: string, values: Partial<Values>])[] = [
  ['decimal and hexadecimal character references', '<v>&#20013;&#x56FD;</v>', { V: '中国' }],
  ['a reference beyond the first plane', '<v>&#x20BB7;&#134071;</v>', { V: '𠮷𠮷' }],
  ['the five entities', '<v>&lt;&gt;&amp;&quot;&apos;</v>', { V: '<>&"\'' }],
  ['an entity that was written as text is decoded once', '<v>&amp;lt;&amp;#20013;</v>', { V: '&lt;&#20013;' }],
  ['references in an attribute', '<v unit="&#20013;&amp;amp;">1</v>', { V: '1', U: '中&amp;' }],
  ['CDATA', '<v><![CDATA[<a>&amp;]]></v>', { V: '<a>&amp;' }],
  ['CDATA between texts', '<v>x<![CDATA[<]]>y</v>', { V: 'x<y' }],
  ['a document type as text', '<v><![CDATA[<!DOCTYPE html>]]></v>', { V: '<!DOCTYPE html>' }],
  ['comments and instructions in the middle of a text', '<v>中<!-- <v>no</v> --><?php x?>国</v>', { V: '中国' }],
  ['an attribute beside a text', '<v unit="kg">5</v>', { V: '5', U: 'kg' }],
  ['an attribute of an empty element', '<v unit="kg"/>', { V: null, U: 'kg' }],
  ['a declaration of a namespace is no attribute', '<v xmlns="urn:a" xmlns:b="urn:b">5</v>', { V: '5' }],
  ['nil', '<v xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>', { V: null }],
  [
    'nil by another prefix, with an attribute',
    '<v xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="1" unit="kg"/>',
    { V: null, U: 'kg' },
  ],
  ['nil without a declaration', '<v xsi:nil="true"></v>', { V: null }],
  ['not nil', '<v xsi:nil="false">5</v>', { V: '5' }],
  ['nil of another namespace', '<v xmlns:o="urn:o" o:nil="true">5</v>', { V: '5' }],
  ['mixed content', '<v>p<b>q</b>r</v>', { V: 'pqr', B: 'q' }],
  [
    'mixed content, deep and with blanks',
    '<v unit="m"> p <b>q<i> s</i></b> <i>t</i>\n</v>',
    { V: 'p q s t', U: 'm', B: 'q s' },
  ],
  ['prefixes', '<x:v xmlns:x="urn:x"><x:b>1</x:b>.</x:v>', { V: '1.', B: '1' }],
  ['prefixes that nobody declared', '<x:v x:unit="kg">1</x:v>', { V: '1', U: 'kg' }],
  ['outer blanks', '<v>\r\n\t 1  2 \n</v>', { V: '1  2' }],
  ['nothing but blanks', '<v> \n </v>', { V: null }],
  ['an empty element', '<v></v>', { V: null }],
  ['no element', '', { V: null }],
  ['digits', '<v>0010.50</v>', { V: '0010.50' }],
  [
    'names that mean something to JavaScript',
    '<__proto__>x</__proto__><constructor/><v unit="1" __proto__="y">1</v>',
    { V: '1', U: '1' },
  ],
  ['line ends', '<v>a\r\nb\rc</v>', { V: 'a\nb\nc' }],
];

describe.each(Object.entries(READERS))('%s', (reader, read) => {
  test.each(CASES)('%s', async (_, fragment, values) => {
    const { records, rejects, error } = await read(fragment);
    expect([error, rejects]).toEqual([null, []]);
    expect(records).toHaveLength(1);
    for (const [column, value] of Object.entries(values)) {
      const cell = records[0]?.value?.[column];
      expect([column, cell === '' ? null : cell]).toEqual([column, value]);
    }
  });

  test.each(['UTF-8', 'utf8', 'GB18030', 'GBK', 'gb2312'])(
    'an encoding that the declaration names: %s',
    async (declared) => {
      const four = /^gb/i.test(declared) ? '㐀' : '𠮷';
      const { records, error } = await read(`<v>青海${four}</v>`, declared);
      expect(error).toBeNull();
      expect(records[0]?.value?.['V']).toBe(`青海${four}`);
    },
  );

  test('elements that come again are a list', async () => {
    const { records } = await read('<v>甲</v><v unit="x">乙</v>');
    const joined = ['oai-pmh', 'xml-files'].includes(reader);
    expect(records[0]?.value?.['V']).toBe(joined ? '甲; 乙' : '["甲",{"@unit":"x","#text":"乙"}]');
  });

  test.each([
    ['an element that is not closed', '<v>1'],
    ['elements that cross', '<v><b></v></b>'],
    ['an ampersand that begins nothing', '<v>a & b</v>'],
    ['an entity that is none of the five', '<v>&nbsp;</v>'],
    ['a reference to no character', '<v>&#0;</v>'],
    ['a control character', '<v>\u0001</v>'],
    ['an attribute twice', '<v unit="1" unit="2"/>'],
    ['elements in elements without end', `${'<v>'.repeat(300)}${'</v>'.repeat(300)}`],
  ])('refused, and nothing taken: %s', async (_, fragment) => {
    const { records, error, rejects } = await read(fragment);
    expect(records).toEqual([]);
    expect([error?.code, ...rejects.map(({ code }) => code)]).not.toEqual([undefined]);
  });
});

const DOCTYPES: readonly (readonly [name: string, doctype: string])[] = [
  ['a document type', '<!DOCTYPE x>'],
  ['an entity of the outside', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'],
  ['a document type of the outside', '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'],
  ['a billion laughs', `<!DOCTYPE x [<!ENTITY a "ha">${'<!ENTITY b "&a;&a;">'.repeat(20)}]>`],
];
test.each(DOCTYPES)('%s is refused by whoever reads trees, also inside a text', async (_, doctype) => {
  const at = doctype + row('<v>1</v>');
  const results = [
    await overHttp(restJson, Buffer.from(at), { format: 'xml', ...rows }),
    await overHttp(soap, Buffer.from(doctype + enveloped('<r/>')), { operation: 'q', ...rows }, { namespace: 'urn:x' }),
    await soapRead(`<r><return>${xmlText(at)}</return></r>`, undefined, inText),
    await overHttp(oaiPmh, Buffer.from(`${doctype}<OAI-PMH/>`), { columns }),
  ];
  for (const { records, error } of results)
    expect([records, error]).toMatchObject([
      [],
      { code: 'HUB_SOURCE_READ_FAILED', message: expect.stringContaining('document type') },
    ]);
});

test('a reply in UTF-16, and one with blank lines and a byte order mark before its declaration', async () => {
  for (const body of [
    bytesOf(row('<v>青海</v>'), 'UTF-16'),
    Buffer.from(`\ufeff\n\n<?xml version="1.0"?>\n${row('<v>青海</v>')}\n`),
    Buffer.from(`\n ${bytesOf(row('<v>青海</v>')).toString()}`),
  ]) {
    const { records, error } = await overHttp(restJson, body, { format: 'xml', ...rows });
    expect([error, records[0]?.value?.['V']]).toEqual([null, '青海']);
  }
});

test('a result that is nil has no records, a total and a cursor may have attributes', async () => {
  expect(await soapRead('<r><return xsi:nil="true"/></r>', undefined, inText)).toMatchObject({
    records: [],
    error: null,
  });
  expect(await soapRead('<r><list xsi:nil="true"/></r>', undefined)).toMatchObject({ records: [], error: null });
  const pages = [
    `<r><next t="s">2</next><row><id>1</id></row></r>`,
    `<r><next xsi:nil="true"/><row><id>2</id></row></r>`,
  ];
  await using server = await serveHttp(({ url }) => ({
    type: 'text/xml',
    body: pages[url.searchParams.get('cursor') === '2' ? 1 : 0] as string,
  }));
  const config = restJson.config.parse({
    connection: { url: server.address },
    streams: {
      s: { ...rows, format: 'xml', records: 'r.row', paging: { style: 'cursor', next: 'r.next' } },
    },
  });
  await using source = await restJson.open(config, testContext());
  expect((await readStream(source, 's')).records.map(({ key }) => key)).toEqual(['1', '2']);
});

describe('parts of an .xlsx', () => {
  const readCell = async (cell: string): Promise<ReadResult> => {
    await using folder = await testFolder();
    const sheet = `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>k</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is>${cell}</is></c></row></sheetData></worksheet>`;
    await folder.write('a.xlsx', zipOf(workbookOf(sheet)));
    const config = xlsx.config.parse({
      connection: { folder: folder.path },
      streams: { s: { files: '*.xlsx', head: { rows: [1] }, key: ['k'] } },
    });
    await using source = await xlsx.open(config, testContext());
    return await readStream(source, 's');
  };
  const texts = CASES.flatMap(([name, fragment, { V }]) =>
    /^<v>[^<]*(<(!\[CDATA|!--|\?)[^<]*)*<\/v>$/.test(fragment) && typeof V === 'string'
      ? [[name, fragment.replace('<v>', '<t>').replace('</v>', '</t>'), V] as const]
      : [],
  );
  test.each(texts)('%s', async (_, cell, text) => {
    expect(texts.length).toBeGreaterThan(6);
    const { records, error } = await readCell(cell);
    expect([error, records[0]?.value?.['k']]).toEqual([null, text]);
  });
});
