import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { xmlFiles } from '../../../connectors/xml-files/connector.ts';
import type { BrokenFiles } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { gb18030, readStream, testContext, testFolder } from '../files/folder.ts';

const stream = {
  files: '*.xml',
  record: '/list/doc',
  key: ['ID'],
  fields: { ID: '@id', BT: 'head/title', ZTC: 'head/key', JG: 'head/@by', ZW: 'body' },
};

const cutAfter = (what: string) => (bytes: Buffer) => bytes.subarray(0, bytes.indexOf(what) + what.length);
const put = (what: string, instead: Uint8Array | string) => (bytes: Buffer) => {
  const at = bytes.indexOf(what);
  return Buffer.concat([
    bytes.subarray(0, at),
    typeof instead === 'string' ? Buffer.from(instead) : instead,
    bytes.subarray(at + what.length),
  ]);
};
const brokenFiles: BrokenFiles = {
  ending: '.xml',
  write: (folder, name, keys) =>
    writeFile(
      join(folder, `${name}.xml`),
      `<list>${keys.map((key) => `<doc id="${key}"><head><title>题</title></head></doc>\n`).join('')}</list>`,
    ),
  async open(folder, signal) {
    const config = xmlFiles.config.parse({
      connection: { folder, batchRows: 1, chunkBytes: 64 },
      streams: { s: stream },
    });
    return { source: await xmlFiles.open(config, testContext(signal)), stream: 's' };
  },
  faults: {
    'no XML': () => Buffer.from('%PDF-1.4'),
    'cut after its first record': cutAfter('</doc>'),
    'a tag that is not closed, in the middle': put(
      '</title></head></doc>\n<doc id="2-c">',
      '</head></doc>\n<doc id="2-c">',
    ),
    'bytes of another encoding': put('题', Buffer.from([0xcc, 0xe2])),
    'an encoding that is not the agreed one': put('<list>', '<?xml version="1.0" encoding="GBK"?><list>'),
    'a document type': put('<list>', '<!DOCTYPE list [<!ENTITY a "b">]><list>'),
  },
};

for (const encoding of ['utf-8', 'gb18030'] as const)
  sourceContract(
    `xml-files, ${encoding}`,
    async () => {
      const folder = await testFolder();
      await folder.write('none/x', '');
      const expected: { key: string; value: Record<string, string | null> }[] = [];
      for (const file of [1, 2]) {
        let text = `<?xml version="1.0" encoding="${encoding === 'utf-8' ? 'UTF-8' : 'GBK'}"?><list xmlns:h="urn:h">`;
        for (let i = 0; i < 25; i++) {
          const value = {
            ID: `${file}-${i}`,
            BT: `标题<${i}>&𠮷`,
            ZTC: '甲; 乙',
            JG: i % 2 === 0 ? '办公厅' : null,
            ZW: i % 3 === 0 ? null : `正文 ${i}`,
          };
          expected.push({ key: value.ID, value });
          text += `<doc id="${value.ID}"><h:head${value.JG === null ? '' : ` by="${value.JG}"`}><title><![CDATA[标题<${i}>]]>&amp;&#x20BB7;</title><key>甲</key><key> 乙 </key></h:head><body>${value.ZW ?? ''}</body></doc>\n`;
        }
        await folder.write(`${file}.xml`, encoding === 'utf-8' ? `${text}</list>` : gb18030(`${text}</list>`));
      }
      const odd =
        '<doc id="3" __proto__="x"><__proto__><title>p</title></__proto__><head><title>t</title></head></doc>';
      const bad = `<list><doc id="1"><head><title>&lt;!DOCTYPE</title></head></doc><doc/>${odd}<doc id="4">`;
      await folder.write('bad/1.xml', bad);
      const open = (path: string, signal: AbortSignal) =>
        xmlFiles.open(
          xmlFiles.config.parse({
            connection: { folder: path, batchRows: 6, chunkBytes: 101 },
            streams: { s: { ...stream, encoding } },
          }),
          testContext(signal),
        );
      return {
        ...{ stream: 's', expected },
        open: (signal) => open(folder.path, signal),
        openHostile: async (signal) => ({
          ...{ source: await open(`${folder.path}/bad`, signal), stream: 's' },
          ...{ good: ['1', '3'], rejects: 2 },
        }),
        openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, signal), stream: 's' }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    { brokenFiles },
  );

describe('faults', () => {
  const read = async (text: string | Uint8Array, more: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.xml', text);
    const config = xmlFiles.config.parse({
      connection: { folder: folder.path },
      streams: { s: { ...stream, ...more } },
    });
    await using source = await xmlFiles.open(config, testContext());
    return await readStream(source, 's');
  };
  const doc = (id: string): string => `<doc id="${id}"><head><title>t</title></head></doc>`;

  test.each([
    [
      'a billion laughs',
      '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><list><doc id="1"><head><title>&b;</title></head></doc></list>',
      [],
    ],
    ['an external entity', '<!DOCTYPE l SYSTEM "file:///etc/passwd"><list/>', []],
    ['an unknown entity', `<list>${doc('1')}<doc id="2"><head><title>&nbsp;</title></head></doc></list>`, ['1']],
    ['the end is missing', `<list>${doc('1')}${doc('2')}<doc id="3">`, ['1', '2']],
    ['tags that cross', `<list>${doc('1')}<doc id="2"><a><b></a></b></doc></list>`, ['1']],
    ['nesting without end', `<list>${doc('1')}${'<a>'.repeat(300)}`, ['1']],
    ['bytes of another encoding', Buffer.concat([Buffer.from(`<list>${doc('1')}`), Buffer.from([0xc7, 0xe0])]), []],
  ])('%s: what came before is taken, the file is reported', async (_, text, keys) => {
    const { records, rejects, error } = await read(text);
    expect(records.map(({ key }) => key)).toEqual(keys);
    expect(error).toBeNull();
    expect(rejects).toMatchObject([
      { code: 'HUB_FILE_UNREADABLE', message: expect.stringContaining('HUB_FILE_TRUNCATED') },
    ]);
  });

  test('another encoding than declared, and no XML at all', async () => {
    expect((await read('<?xml version="1.0" encoding="GBK"?><list/>', { encoding: 'utf-8' })).error).toMatchObject({
      ...{ code: 'HUB_FILE_CONTRADICTION', message: expect.stringMatching(/declaration says GBK.*file says utf-8/) },
    });
    expect((await read('ID,NAME\n1,2\n')).error).toMatchObject({ code: 'HUB_FILE_FORMAT' });
  });

  test('a record without a key, one that is too long, names that mean something to JavaScript', async () => {
    const long = `<doc id="2"><head><title>${'长'.repeat(400)}</title></head></doc>`;
    const odd = '<doc id="3" __proto__="x"><__proto__><title>p</title></__proto__><head><title>t</title></head></doc>';
    const { records, rejects } = await read(`<list><doc/>${long}${odd}</list>`, { maxRecordBytes: 300 });
    expect(records.map(({ key, value }) => [key, value?.['BT']])).toEqual([['3', 't']]);
    expect(rejects.map(({ origin }) => origin)).toEqual(['a.xml#1', 'a.xml#2']);
  });

  test('only the element at its path is a record', async () => {
    const { records } = await read(
      `<list><other>${doc('x')}</other>${doc('1')}<doc id="2">${doc('inner')}</doc></list>`,
    );
    expect(records.map(({ key }) => key)).toEqual(['1', '2']);
  });
});
