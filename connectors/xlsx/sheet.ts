import { HubError } from '../../schemas/kernel/errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { type Cell, type Merge, type SheetRow, UNCALCULATED } from '../sheets/cells.ts';
import type { SheetStream } from '../sheets/config.ts';
import type { OpenSheetOf } from '../sheets/format.ts';
import { asShown, type NumberFormat } from '../sheets/number-format.ts';
import type { XmlHandler } from '../xml/events.ts';
import { type Archive, openArchive } from './archive.ts';
import { LIMITS } from './config.ts';
import { feedPart, readFormats, readMerges, readSharedStrings, readWorkbook, unescaped } from './parts.ts';

const HEAD_ROWS = 200;

/** What has to be read before the first row. */
interface Parts {
  readonly path: string;
  readonly is1904: boolean;
  readonly merges: readonly Merge[];
  readonly strings: readonly string[];
  readonly formats: readonly NumberFormat[];
}

/**
 * Opens sheets of workbooks. A file is opened for its head and again for its rows: what lies beside the rows is kept from
 * the one to the other.
 */
export function xlsxOpener(): OpenSheetOf {
  let known: { readonly print: string; readonly parts: Parts } | null = null;
  return async (file, stream, signal) => {
    const print = JSON.stringify([file.path, file.size, file.mtimeMs, file.head, stream.sheet]);
    const archive = await openArchive(file);
    try {
      const parts = known?.print === print ? known.parts : await readParts(archive, file, stream, signal);
      known = { print, parts };
      const collector = new RowCollector({ file: file.name, ...parts, maxColumns: stream.maxColumns });
      async function* rows(): AsyncIterable<readonly SheetRow[]> {
        for await (const _ of feedPart(archive, file, parts.path, collector, signal)) yield collector.take();
      }
      return { merges: parts.merges, rows: rows(), [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose]() };
    } catch (error) {
      await archive[Symbol.asyncDispose]();
      throw error;
    }
  };
}

/** @throws HUB_FILE_TABLE for an unknown sheet, with those there are */
async function readParts(archive: Archive, file: OpenFile, stream: SheetStream, signal: AbortSignal): Promise<Parts> {
  const { sheets, is1904 } = await readWorkbook(archive, file, signal);
  const { sheet: wanted } = stream;
  const sheet = typeof wanted === 'number' ? sheets[wanted - 1] : sheets.find(({ name }) => name === wanted);
  if (sheet === undefined || !archive.has(sheet.path))
    throw new HubError('HUB_FILE_TABLE', `${file.name} has no sheet ${wanted}`, {
      file: file.name,
      allowed: sheets.map(({ name }) => name),
    });
  return {
    ...{ path: sheet.path, is1904 },
    merges: await readMerges(await archive.stream(sheet.path), HEAD_ROWS, signal),
    strings: await readSharedStrings(archive, file, signal),
    formats: await readFormats(archive, file, signal),
  };
}

interface SheetFacts {
  readonly file: string;
  readonly strings: readonly string[];
  readonly formats: readonly NumberFormat[];
  readonly is1904: boolean;
  readonly maxColumns: number;
}

/** The column of `BC12`, from 0; -1 when it is no reference. A cell each comes through here. */
function columnOf(reference: string): number {
  let column = 0;
  let at = 0;
  for (; at < reference.length; at++) {
    const letter = reference.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return at === 0 || at > 3 || at === reference.length ? -1 : column - 1;
}

/** Makes rows of the events of a sheet. */
class RowCollector implements XmlHandler {
  readonly #facts: SheetFacts;
  #rows: SheetRow[] = [];
  #cells = new Map<number, Cell>();
  #row = 0;
  #column = -1;
  #type = 'n';
  #style = 0;
  #text = '';
  #inValue = false;
  #isFormula = false;
  #hasValue = false;
  #inRow = false;
  #phonetic = 0;

  constructor(facts: SheetFacts) {
    this.#facts = facts;
  }

  take(): readonly SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    switch (name) {
      case 'row':
        // Numbers and references may be left out; then places count on.
        this.#row = attributes['r'] === undefined ? this.#row + 1 : Number(attributes['r']);
        this.#column = -1;
        this.#cells = new Map();
        this.#inRow = true;
        break;
      case 'c':
        this.#openCell(attributes);
        break;
      case 'rPh':
        this.#phonetic += 1;
        break;
      case 'f':
        this.#isFormula = true;
        break;
      case 'v':
      case 't':
        this.#hasValue = true;
        this.#inValue = this.#inRow && this.#phonetic === 0;
        break;
      default:
    }
  }

  text(text: string): void {
    if (!this.#inValue) return;
    this.#text += text;
    if (this.#text.length > LIMITS.cellCharacters * 8)
      this.#tooLarge(`the cell in row ${this.#row} has more than ${LIMITS.cellCharacters} characters`);
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#inValue = false;
    else if (name === 'rPh') this.#phonetic -= 1;
    else if (name === 'c') {
      const cell = this.#cell();
      if (cell !== null) this.#cells.set(this.#column, cell);
    } else if (name === 'row') {
      this.#inRow = false;
      if (this.#cells.size > 0) this.#rows.push({ number: this.#row, cells: this.#cells });
    }
  }

  #openCell(attributes: Readonly<Record<string, string>>): void {
    const column = attributes['r'] === undefined ? -1 : columnOf(attributes['r']);
    this.#column = column >= 0 ? column : this.#column + 1;
    if (this.#column >= this.#facts.maxColumns)
      this.#tooLarge(`row ${this.#row} has a cell in column ${this.#column + 1}`);
    this.#type = attributes['t'] ?? 'n';
    this.#style = Number(attributes['s'] ?? 0);
    this.#text = '';
    this.#isFormula = false;
    this.#hasValue = false;
  }

  #tooLarge(what: string): never {
    throw new HubError('HUB_FILE_TOO_LARGE', `${this.#facts.file}: ${what}`, {
      file: this.#facts.file,
      allowed: `${this.#facts.maxColumns} columns (maxColumns), ${LIMITS.cellCharacters} characters a cell`,
    });
  }

  #cell(): Cell | null {
    const text = this.#text;
    if (this.#isFormula && !this.#hasValue) return { kind: 'error', text: UNCALCULATED };
    switch (this.#type) {
      case 's': {
        const found = this.#facts.strings[Number(text)];
        if (found === undefined)
          throw new HubError(
            'HUB_FILE_TRUNCATED',
            `${this.#facts.file}: row ${this.#row} names text ${text} of ${this.#facts.strings.length}`,
            { file: this.#facts.file },
          );
        return found === '' ? null : { kind: 'text', text: found };
      }
      case 'str':
      case 'inlineStr':
        return text === '' ? null : { kind: 'text', text: unescaped(text) };
      case 'b':
        return text === '' ? null : { kind: 'boolean', text: text === '1' ? 'true' : 'false' };
      case 'e':
        return { kind: 'error', text };
      case 'd':
        return { kind: 'date', text: text.replace(/T00:00:00(\.0+)?Z?$/, '').replace('T', ' ') };
      default: {
        if (text === '') return null;
        const format = this.#facts.formats[this.#style];
        return format === undefined ? { kind: 'number', text } : asShown(text, format, this.#facts.is1904);
      }
    }
  }
}
