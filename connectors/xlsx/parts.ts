import { HubError, isAbort } from '../../schemas/kernel/errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { type Merge, parseReference } from '../sheets/cells.ts';
import { type NumberFormat, numberFormat } from '../sheets/number-format.ts';
import { createXmlFeed, type XmlHandler } from '../xml/events.ts';
import { type Archive, broken } from './archive.ts';
import { LIMITS } from './config.ts';

/** Feeds a part to a handler, chunk by chunk; after each one the caller may take what has come. */
export async function* feedPart(
  archive: Archive,
  file: OpenFile,
  path: string,
  handler: XmlHandler,
  signal: AbortSignal,
): AsyncIterable<void> {
  const stream = await archive.stream(path);
  const feed = createXmlFeed(handler);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of stream) {
      signal.throwIfAborted();
      feed.write(decoder.decode(chunk, { stream: true }));
      yield;
    }
    feed.write(decoder.decode());
    feed.end();
    yield;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HubError || isAbort(error)) throw error;
    // Not well-formed, or not in UTF-8.
    throw broken(file, error as Error, path);
  }
}

async function readPart(
  archive: Archive,
  file: OpenFile,
  path: string,
  handler: XmlHandler,
  signal: AbortSignal,
): Promise<void> {
  for await (const _ of feedPart(archive, file, path, handler, signal));
}

const nothing = (): void => {};

export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly path: string }[];
  readonly is1904: boolean;
}

export async function readWorkbook(archive: Archive, file: OpenFile, signal: AbortSignal): Promise<Workbook> {
  if (!archive.has('xl/workbook.xml'))
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is no .xlsx workbook: it has no xl/workbook.xml`, {
      file: file.name,
      allowed: '.xlsx; not .xlsb, .ods or a renamed .csv',
    });
  const targets = new Map<string, string>();
  await readPart(
    archive,
    file,
    'xl/_rels/workbook.xml.rels',
    {
      open: (name, attributes) => {
        if (name === 'Relationship') targets.set(attributes['Id'] ?? '', attributes['Target'] ?? '');
      },
      ...{ text: nothing, close: nothing },
    },
    signal,
  );
  const sheets: { name: string; path: string }[] = [];
  let is1904 = false;
  await readPart(
    archive,
    file,
    'xl/workbook.xml',
    {
      open(name, attributes) {
        if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
        if (name !== 'sheet') return;
        const target = targets.get(attributes['id'] ?? '') ?? '';
        sheets.push({
          name: attributes['name'] ?? '',
          path: target.startsWith('/') ? target.slice(1) : `xl/${target}`,
        });
      },
      ...{ text: nothing, close: nothing },
    },
    signal,
  );
  return { sheets, is1904 };
}

/** Texts of cells, in order. Phonetic readings are left out. */
export async function readSharedStrings(
  archive: Archive,
  file: OpenFile,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const strings: string[] = [];
  if (!archive.has('xl/sharedStrings.xml')) return strings;
  let text = '';
  let bytes = 0;
  let phonetic = 0;
  let inText = false;
  await readPart(
    archive,
    file,
    'xl/sharedStrings.xml',
    {
      open(name) {
        if (name === 'si') text = '';
        else if (name === 'rPh') phonetic += 1;
        else if (name === 't') inText = phonetic === 0;
      },
      text(part) {
        if (inText) text += part;
      },
      close(name) {
        if (name === 't') inText = false;
        else if (name === 'rPh') phonetic -= 1;
        else if (name === 'si') {
          bytes += text.length * 2;
          strings.push(unescaped(text));
          if (strings.length > LIMITS.sharedStrings || bytes > LIMITS.sharedStringBytes)
            throw new HubError(
              'HUB_FILE_TOO_LARGE',
              `${file.name} has too many texts: ${strings.length}, ${bytes} bytes`,
              { file: file.name, allowed: `${LIMITS.sharedStrings} texts, ${LIMITS.sharedStringBytes} bytes` },
            );
        }
      },
    },
    signal,
  );
  return strings;
}

/** `_x000D_` stands for a character that XML does not carry. */
export const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;

/** By style number: what a number so styled is shown as. */
export async function readFormats(
  archive: Archive,
  file: OpenFile,
  signal: AbortSignal,
): Promise<readonly NumberFormat[]> {
  const styles: NumberFormat[] = [];
  if (!archive.has('xl/styles.xml')) return styles;
  const formats = new Map<number, string>();
  let inCells = false;
  await readPart(
    archive,
    file,
    'xl/styles.xml',
    {
      open(name, attributes) {
        if (name === 'numFmt') formats.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
        else if (name === 'cellXfs') inCells = true;
        else if (name === 'xf' && inCells) {
          const id = Number(attributes['numFmtId'] ?? 0);
          styles.push(numberFormat(id, formats.get(id)));
        }
      },
      text: nothing,
      close(name) {
        if (name === 'cellXfs') inCells = false;
      },
    },
    signal,
  );
  return styles;
}

const MERGE = /<(?:\w+:)?mergeCell\s+ref=["']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})["']/g;
const MOST_MERGES = 20_000;

/** Merged ranges of the first rows. They stand behind all rows, so the part is passed through once for them alone. */
export async function readMerges(
  stream: AsyncIterable<Buffer>,
  lastRow: number,
  signal: AbortSignal,
): Promise<readonly Merge[]> {
  const merges: Merge[] = [];
  let rest = '';
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const text = rest + chunk.toString('latin1');
    if (text.includes('mergeCell'))
      for (const [, from = '', to = ''] of text.matchAll(MERGE)) {
        const start = parseReference(from);
        const end = parseReference(to);
        if (start === null || end === null || start.row > lastRow || merges.length >= MOST_MERGES) continue;
        merges.push({ top: start.row, left: start.column, bottom: end.row, right: end.column });
      }
    // A range must not be cut in two, nor counted twice.
    rest = text.slice(Math.max(text.lastIndexOf('>') + 1, text.length - 200));
  }
  return merges;
}
