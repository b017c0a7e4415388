import { HubError } from '../../schemas/kernel/errors.ts';
import { byteOrderMark, type Encoding, encodingOf, settledEncoding } from '../files/encoding.ts';
import type { FileRows, FileShape, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { countedRows, type ReadRow } from '../files/rows.ts';
import { textEnd } from '../files/text-end.ts';
import { western } from '../western.ts';
import { createXmlFeed, XmlFault, type XmlHandler } from '../xml/events.ts';
import type { XmlStream } from './config.ts';

const HEAD_BYTES = 4_096;

export interface XmlShape extends FileShape {
  readonly encoding: Encoding;
  /** Where the document ends. */
  readonly end: number;
}

/** Reads the declaration. @throws HUB_FILE_TOO_LARGE, HUB_FILE_FORMAT, HUB_FILE_CONTRADICTION */
export async function inspectXml(file: OpenFile, stream: XmlStream): Promise<XmlShape> {
  if (file.size > stream.maxFileBytes)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: stream.maxFileBytes,
    });
  const buffer = Buffer.alloc(Math.min(HEAD_BYTES, file.size));
  const head = buffer.subarray(0, await file.read(buffer, 0));
  const bom = byteOrderMark(head);
  const isWide = bom?.encoding?.startsWith('utf-16') === true;
  // The declaration is ASCII in whatever encoding it speaks of; two bytes a character need a mark (XML 1.0, 4.3.3).
  const text = head
    .subarray(bom?.length ?? 0)
    .toString('latin1')
    .replaceAll('\0', isWide ? '' : '\0');
  if (!/^\s*</.test(text))
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is no XML: it does not begin with <`, { file: file.name });
  const says = /^\s*<\?xml[^>]*encoding=["']([\w-]+)["']/i.exec(text)?.[1];
  // "utf-16" leaves the order of bytes to the mark.
  const declared =
    says === undefined || (isWide && /^utf-?16$/i.test(says)) ? null : { says, encoding: encodingOf(says) };
  const marks = [bom, declared === null ? null : { by: 'its declaration', ...declared }];
  const encoding = settledEncoding(file.name, stream.encoding, marks, 'utf-8');
  return {
    columns: Object.entries(stream.fields).map(([name, path]) => ({
      ...{ name, type: 'text' as const, sourceType: path },
      nullable: !stream.key.includes(name),
    })),
    start: { records: 0, offset: bom?.length ?? 0 },
    ...{ encoding, end: await textEnd(file, isWide ? 2 : 1), rowEstimate: null, notes: [] },
  };
}

export function readXml(file: OpenFile, request: RowsRequest<XmlStream, XmlShape>): AsyncIterable<FileRows> {
  return countedRows(file, request, rowsOf(file, request));
}

async function* rowsOf(
  file: OpenFile,
  { stream, shape, connection, signal }: RowsRequest<XmlStream, XmlShape>,
): AsyncIterable<readonly ReadRow[]> {
  const collector = new RecordCollector(stream);
  const feed = createXmlFeed(collector);
  const decoder = new TextDecoder(shape.encoding, { fatal: true, ignoreBOM: true });
  let offset = shape.start.offset;
  try {
    while (offset < shape.end) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(connection.chunkBytes, shape.end - offset));
      const bytes = buffer.subarray(0, await file.read(buffer, offset));
      if (bytes.length === 0) break;
      offset += bytes.length;
      feed.write(decoded(decoder, bytes, offset < shape.end));
      yield collector.take();
    }
    feed.end();
    yield collector.take();
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    // What came before the fault is good; what comes after cannot be told.
    yield collector.take();
    throw new HubError('HUB_FILE_TRUNCATED', `${file.name} is no well-formed XML: ${error.message}`, {
      file: file.name,
    });
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, stream: boolean): string {
  try {
    return western(decoder.encoding, decoder.decode(bytes, { stream }));
  } catch {
    throw new XmlFault(`its bytes are not valid ${decoder.encoding}`);
  }
}

/** Keeps the texts of the record it is in, and of them those of the fields. The text of an element is all text inside it. */
class RecordCollector implements XmlHandler {
  readonly #stream: XmlStream;
  readonly #record: readonly string[];
  readonly #columnsAt: ReadonlyMap<string, readonly string[]>;
  readonly #columns: readonly string[];
  /** Of the open elements: names down to the record, then paths inside it. */
  readonly #path: string[] = [];
  #values: Map<string, string[]> | null = null;
  /** All text of the record, and for each open element where its own begins, or null when it is nil. */
  #pieces: string[] = [];
  #starts: (number | null)[] = [];
  #length = 0;
  #rows: ReadRow[] = [];

  constructor(stream: XmlStream) {
    this.#stream = stream;
    this.#record = stream.record.replace(/^\//, '').split('/');
    const columns = new Map<string, string[]>();
    for (const [column, path] of Object.entries(stream.fields))
      columns.set(path, [...(columns.get(path) ?? []), column]);
    this.#columnsAt = columns;
    this.#columns = Object.keys(stream.fields);
  }

  take(): readonly ReadRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: Readonly<Record<string, string>>, isNil: boolean): void {
    if (this.#values === null) {
      this.#path.push(name);
      if (!this.#isRecord()) return;
      this.#values = new Map();
      this.#length = 0;
      this.#pieces = [];
      this.#starts = [isNil ? null : 0];
    } else {
      this.#path.push(this.#path.length === this.#record.length ? name : `${this.#path.at(-1)}/${name}`);
      this.#starts.push(isNil ? null : this.#pieces.length);
    }
    for (const attribute in attributes) {
      const inside = this.#inside();
      this.#keep(inside === '.' ? `@${attribute}` : `${inside}/@${attribute}`, attributes[attribute] as string);
    }
  }

  text(text: string): void {
    if (this.#values === null) return;
    this.#length += text.length;
    if (this.#length <= this.#stream.maxRecordBytes) this.#pieces.push(text);
  }

  close(): void {
    if (this.#values !== null) {
      const start = this.#starts.pop() ?? null;
      const path = this.#inside();
      if (start !== null && this.#columnsAt.has(path)) this.#keep(path, this.#textFrom(start));
      if (this.#path.length === this.#record.length) this.#finish(this.#values);
    }
    this.#path.pop();
  }

  #textFrom(start: number): string {
    const first = this.#pieces[start] ?? '';
    return (this.#pieces.length <= start + 1 ? first : this.#pieces.slice(start).join('')).trim();
  }

  #isRecord(): boolean {
    return this.#path.length === this.#record.length && this.#path.every((name, i) => name === this.#record[i]);
  }

  #inside(): string {
    return this.#path.length === this.#record.length ? '.' : (this.#path.at(-1) as string);
  }

  #keep(path: string, text: string): void {
    if (text === '' || this.#values === null) return;
    const columns = this.#columnsAt.get(path);
    if (columns === undefined) return;
    for (const column of columns) {
      const known = this.#values.get(column);
      if (known === undefined) this.#values.set(column, [text]);
      else known.push(text);
    }
  }

  #finish(values: Map<string, string[]>): void {
    this.#values = null;
    const { separator, maxRecordBytes } = this.#stream;
    const value: Record<string, string | null> = {};
    for (const column of this.#columns) {
      const texts = values.get(column);
      value[column] = texts === undefined ? null : texts.length === 1 ? (texts[0] as string) : texts.join(separator);
    }
    if (this.#length <= maxRecordBytes) this.#rows.push({ value });
    else {
      const fault = `the record has ${this.#length} characters of text, more than ${maxRecordBytes}`;
      this.#rows.push({ fault, raw: Buffer.from(JSON.stringify(value)) });
    }
  }
}
