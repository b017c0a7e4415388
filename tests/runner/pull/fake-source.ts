import type { Checkpoint, RejectedRow, Source } from '../../../connectors/connector.ts';
import type { ColumnSpec, RawRecord, RawValue } from '../../../schemas/stream.ts';
import { type SystemFile, systemFile } from '../../../schemas/system.ts';

export const column = (name: string, type: ColumnSpec['type'] = 'text'): ColumnSpec => ({
  name,
  type,
  sourceType: type,
  nullable: true,
});

/** A source in memory. Everything may be changed between reads. */
export interface FakeStream {
  columns: ColumnSpec[];
  rows: Record<string, RawValue>[];
  /** Row numbers that come as rejects. */
  bad?: readonly number[];
  portion?: number;
  /** Called before each portion with the number of its first row: throws or waits. */
  before?: (row: number) => Promise<void> | void;
  /** Every read begins at the first row. */
  repeats?: boolean;
  keys?: () => AsyncIterable<readonly string[]>;
}

export function fakeSource(streams: Record<string, FakeStream>): Source {
  const record = (stream: string, row: Record<string, RawValue>, at: number): RawRecord => ({
    stream,
    key: String(row['ID']),
    op: 'upsert',
    value: row,
    observedAt: 1_433_088_000_000 + at,
    origin: `${stream}#${at}`,
  });
  return {
    check: async () => ({ ok: true, streams: [], notes: [], lateCommits: 'full-read' }),
    discover: async () =>
      Object.entries(streams).map(([name, { columns, rows }]) => ({
        name,
        columns,
        key: ['ID'],
        rowEstimate: rows.length,
      })),
    async *read(name: string, after: Checkpoint | null) {
      const stream = streams[name] as FakeStream;
      const size = stream.portion ?? 10;
      const from = Number(after?.['at'] ?? 0);
      const begin = stream.repeats === true && after?.['isLast'] === true ? 0 : from;
      for (let at = begin; at < stream.rows.length; at += size) {
        await stream.before?.(at);
        const rows = stream.rows.slice(at, at + size).map((row, index) => ({ row, at: at + index }));
        const isBad = (row: { at: number }): boolean => stream.bad?.includes(row.at) === true;
        const rejects = rows.filter(isBad).map(
          (row): RejectedRow => ({
            stream: name,
            code: 'HUB_FILE_RECORD',
            message: 'unreadable\0',
            origin: `${name}#${row.at}`,
            raw: Buffer.from(`raw ${row.at}`),
          }),
        );
        const records = rows.filter((row) => !isBad(row)).map((row) => record(name, row.row, row.at));
        const next = { at: Math.min(at + size, stream.rows.length) };
        const isLast = next.at === stream.rows.length;
        if (stream.repeats === true)
          yield {
            records,
            rejects,
            next: { ...next, isLast },
            repeats: { from: null, placeOf: () => null, isLast, keysOnce: false },
          };
        else yield { records, rejects, next };
      }
    },
    async *keys(name: string) {
      const stream = streams[name] as FakeStream;
      if (stream.keys !== undefined) yield* stream.keys();
      else yield stream.rows.map((row) => String(row['ID']));
    },
    async [Symbol.asyncDispose]() {},
  };
}

export const rowsOf = (count: number, from = 0): Record<string, RawValue>[] =>
  Array.from({ length: count }, (_, index) => ({ ID: `k${from + index}`, NAME: `青海第${from + index}中学` }));

export const systemOf = (system: string, streams: Record<string, object>, change: object = {}): SystemFile =>
  systemFile.parse({
    system,
    title: { zh: '甲', en: 'A' },
    owner: { name: '厅', uscc: '116300000150040478' },
    authority: 'quality-supervision',
    connector: 'csv',
    connection: { folder: '/nowhere' },
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, entry]) => [
        name,
        { title: name, source: { files: '*', key: ['ID'], encoding: 'utf-8' }, ...entry },
      ]),
    ),
    ...change,
  });
