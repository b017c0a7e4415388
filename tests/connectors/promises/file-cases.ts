import { utils, write } from '@e965/xlsx';
import type { PromiseName } from '../../../connectors/promises.ts';
import { dbfFile } from '../dbf/dbf-file.ts';
import { testFolder } from '../files/folder.ts';
import type { Broken } from './case.ts';

/** Keys and names; a name may be bytes of no encoding, a key may be empty. */
type Row = readonly [key: string, name: string | Buffer];

interface Kind {
  readonly file: string;
  readonly stream: object;
  bytes(rows: readonly Row[]): Buffer;
  /** Of a whole file what a transfer leaves that was cut off. */
  readonly cut?: (bytes: Buffer) => Buffer;
  /** The stream with a column that is not there. */
  readonly without?: object;
  /** The kind has no text in bytes. */
  readonly isUnicode?: true;
  /** What check says of a file that was cut; what the run ends with. */
  readonly cutSays?: RegExp;
}

const BAD = Buffer.from([0xff, 0xff]);
const text = (value: string | Buffer): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);
const padded = (value: string | Buffer, length: number): Buffer =>
  Buffer.concat([text(value), Buffer.alloc(length, ' ')]).subarray(0, length);
const table = (rows: readonly Row[], bookType: 'xlsx' | 'biff8'): Buffer => {
  const book = utils.book_new();
  const cells = rows.map(([key, name]) => [key === '' ? null : key, String(name)]);
  utils.book_append_sheet(book, utils.aoa_to_sheet([['ID', 'NAME'], ...cells]), 'Sheet1');
  return write(book, { type: 'buffer', bookType, compression: true }) as Buffer;
};
const sheet = (ending: 'xlsx' | 'xls', bookType: 'xlsx' | 'biff8', length: number): Kind => ({
  file: `a.${ending}`,
  stream: { head: { rows: [1] }, key: ['ID'] },
  without: { head: { rows: [1] }, key: ['NOPE'] },
  bytes: (rows) => table(rows, bookType),
  cut: (bytes) => bytes.subarray(0, length),
  isUnicode: true,
});

const KINDS: Readonly<Record<string, Kind>> = {
  csv: {
    file: 'a.csv',
    stream: { encoding: 'utf-8', key: ['ID'] },
    without: { encoding: 'utf-8', key: ['NOPE'] },
    bytes: (rows) =>
      Buffer.concat([
        Buffer.from('ID,NAME\n'),
        ...rows.map(([key, name]) => Buffer.concat([text(`${key},`), text(name), text('\n')])),
      ]),
  },
  dbf: {
    file: 'a.dbf',
    stream: { key: ['ID'] },
    without: { key: ['NOPE'] },
    bytes: (rows) =>
      dbfFile({
        fields: ['ID', 'NAME'].map((name) => ({ name, type: 'C', length: 10 })),
        rows: rows.map(([key, name]) => ({ cells: [key, name] })),
      }),
    cut: (bytes) => bytes.subarray(0, -15),
  },
  'fixed-width': {
    file: 'a.txt',
    stream: {
      ...{ encoding: 'utf-8', recordBytes: 16, lineEnd: 'none', key: ['ID'] },
      layout: [
        { name: 'ID', at: 1, length: 6 },
        { name: 'NAME', at: 7, length: 10 },
      ],
      trailer: { prefix: 'TRL', count: { at: 4, length: 8 } },
    },
    bytes: (rows) =>
      Buffer.concat([
        ...rows.map(([key, name]) => Buffer.concat([padded(key, 6), padded(name, 10)])),
        padded(`TRL${String(rows.length).padStart(8, '0')}`, 16),
      ]),
    cut: (bytes) => bytes.subarray(0, -16),
  },
  'geo-files': {
    file: 'a.geojson',
    stream: { format: 'geojson', crs: 'EPSG:4490', key: ['ID'], properties: ['ID', 'NAME'] },
    without: { format: 'geojson', crs: 'EPSG:4490', key: ['ID'], properties: ['ID', 'NOPE'] },
    bytes: (rows) => {
      const features = rows.map(([key, name]) =>
        Buffer.concat([
          text(`{"type":"Feature","properties":{"ID":${JSON.stringify(key)},"NAME":"`),
          text(name),
          text('"},"geometry":{"type":"Point","coordinates":[101,36]}}'),
        ]),
      );
      const joined = features.flatMap((one, at) => (at === 0 ? [one] : [text(','), one]));
      return Buffer.concat([text('{"type":"FeatureCollection","features":['), ...joined, text(']}')]);
    },
    cut: (bytes) => bytes.subarray(0, -30),
  },
  xls: sheet('xls', 'biff8', 600),
  xlsx: sheet('xlsx', 'xlsx', 900),
  'xml-files': {
    file: 'a.xml',
    stream: { record: '/list/doc', key: ['ID'], fields: { ID: '@id', NAME: 'name' } },
    bytes: (rows) =>
      Buffer.concat([
        text('<list>'),
        ...rows.map(([key, name]) =>
          Buffer.concat([text(`<doc id="${key}"><name>`), text(name), text('</name></doc>\n')]),
        ),
        text('</list>'),
      ]),
    cut: (bytes) => bytes.subarray(0, -30),
  },
};

const GOOD: readonly Row[] = [
  ['1', 'a'],
  ['2', 'b'],
  ['3', 'c'],
];

interface Way {
  readonly what: string;
  readonly says: RegExp;
  readonly run: string;
  readonly rows?: readonly Row[];
  readonly isCut?: true;
  readonly isWithout?: true;
  readonly isNowhere?: true;
}

const UNREADABLE = 'succeeded HUB_FILE_UNREADABLE';

function caseOf(connector: string, kind: Kind, promise: PromiseName, way: Way): Broken {
  return {
    ...{ connector, promise, what: way.what, says: way.says, run: way.run },
    async arrange() {
      const folder = await testFolder();
      const bytes = kind.bytes(way.rows ?? GOOD);
      await folder.write(kind.file, way.isCut === true ? (kind.cut?.(bytes) ?? bytes) : bytes);
      // The others of the stream are read all the same.
      if (way.isCut === true) await folder.write(`z-${kind.file}`, kind.bytes([['9', 'z']]));
      const place = way.isNowhere === true ? `${folder.path}/nowhere` : folder.path;
      return {
        connection: { folder: place, stableSeconds: 0 },
        stream: { files: `*.${kind.file.split('.')[1]}`, ...(way.isWithout === true ? kind.without : kind.stream) },
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
  };
}

export const FILE_CASES: readonly Broken[] = Object.entries(KINDS).flatMap(([connector, kind]) => {
  const of = (promise: PromiseName, way: Way): Broken => caseOf(connector, kind, promise, way);
  const rejected = 'succeeded HUB_SOURCE_ROWS_REJECTED';
  // Of a document of XML nothing is read behind bytes that are none of its encoding.
  const badBytes = connector === 'xml-files' ? UNREADABLE : rejected;
  return [
    of('reachable', {
      ...{ what: 'a folder that is not there', isNowhere: true },
      ...{
        says: /nowhere.*(not there|does not exist|ENOENT)|there is no folder/i,
        run: 'failed HUB_SOURCE_OBJECT_MISSING',
      },
    }),
    ...(kind.isUnicode === true
      ? []
      : [
          of('encoding', {
            ...{ what: 'bytes of another encoding', rows: [...GOOD, ['4', BAD] as const] },
            ...{ says: /encod|utf-8|gb18030|1 of them would be rejected/i, run: badBytes },
          }),
        ]),
    ...(kind.without === undefined
      ? []
      : [
          of('columns', {
            what: 'a column that is not there',
            isWithout: true,
            says: /NOPE/,
            run: 'failed HUB_FILE_HEADER',
          }),
        ]),
    of('keys', {
      ...{ what: 'two rows with one key', rows: [...GOOD, ['2', 'd'] as const] },
      ...{ says: /1 rows have a key that another row of their file has/, run: 'succeeded HUB_SOURCE_KEY_REPEATED' },
    }),
    ...(kind.cut === undefined
      ? []
      : [
          of('complete', {
            what: 'a file that was cut off',
            isCut: true,
            says: /HUB_FILE_|would be rejected/,
            run: UNREADABLE,
          }),
        ]),
    of('kept', {
      ...{ what: 'a row without a key', rows: [...GOOD, ['', 'd'] as const] },
      ...{ says: /1 of them would be rejected/, run: rejected },
    }),
  ];
});
