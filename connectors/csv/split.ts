import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import type { TextCodec } from '../files/encoding.ts';
import type { LineEnd } from './line-end.ts';

const QUOTE = 0x22;
const BYTE_ORDER_MARK = 0xfeff;

/** One record cut out of the bytes, not yet taken apart. `text` is without line end, null when there is a fault. */
export interface CutRecord {
  readonly text: string | null;
  readonly fault: Fault | null;
  /** Byte range within the window. */
  readonly start: number;
  readonly end: number;
  /** End of the first line: where reading starts again when the quotes of the record prove to be wrong. */
  readonly firstLineEnd: number;
}

export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Cuts a window of bytes that begins at a record start into records. A line end is never part of a longer character, so
 * lines are found on bytes and a badly encoded record stays alone. The quotes of a
 * record must be even; when they stay odd to the limit or the end of the file, its first line is the faulty record and
 * reading starts again at its second line.
 */
export class RecordCutter {
  readonly #window: Buffer;
  readonly #atEnd: boolean;
  readonly #maxBytes: number;
  readonly #ends: number[] = [];
  readonly #lines: readonly (string | null)[];
  readonly #anyQuote: boolean;
  readonly #anyNul: boolean;
  readonly #encoding: string;
  readonly #newline: string;
  #line = 0;

  constructor(window: Buffer, atEnd: boolean, codec: TextCodec, lineEnd: LineEnd, maxBytes: number) {
    for (let end = lineEnd.after(window, 0); end >= 0; end = lineEnd.after(window, end)) this.#ends.push(end);
    const complete = atEnd ? window.length : (this.#ends.at(-1) ?? 0);
    this.#window = window.subarray(0, complete);
    this.#newline = lineEnd.character;
    this.#atEnd = atEnd;
    this.#maxBytes = maxBytes;
    this.#encoding = codec.encoding;
    this.#anyQuote = this.#window.includes(QUOTE);
    this.#anyNul = this.#window.includes(0);
    const whole = codec.decode(this.#window);
    const ended = this.#ends.length;
    if ((this.#ends.at(-1) ?? 0) < complete) this.#ends.push(complete);
    this.#lines =
      whole === null
        ? this.#ends.map((end, line) =>
            codec.decode(this.#window.subarray(this.#startOf(line), line < ended ? end - lineEnd.length : end)),
          )
        : whole.split(lineEnd.character);
  }

  /** Whether any record of the window can hold a quote, and a NUL. */
  get hasQuotes(): boolean {
    return this.#anyQuote;
  }
  get hasNul(): boolean {
    return this.#anyNul;
  }

  /** Where the next record starts. */
  get position(): number {
    return this.#startOf(this.#line);
  }

  /** Takes up reading again after the first line of `record`. */
  rewindToSecondLine(record: CutRecord): void {
    while (this.#startOf(this.#line) > record.firstLineEnd) this.#line -= 1;
  }

  /** null when more bytes are needed, or at the end. */
  next(): CutRecord | null {
    while (this.#line < this.#ends.length) {
      const first = this.#line;
      const last = this.#lastLineOf(first);
      if (last === null) return null;
      const start = this.#startOf(first);
      const firstLineEnd = this.#ends[first] ?? 0;
      if (typeof last !== 'number') {
        this.#line = first + 1;
        return { text: null, fault: last, start, end: firstLineEnd, firstLineEnd };
      }
      this.#line = last + 1;
      const end = this.#ends[last] ?? 0;
      const text = this.#textOf(first, last);
      if (text === '') continue;
      const fault = text === null ? this.#encodingFault() : end - start > this.#maxBytes ? this.#tooLong() : null;
      return { text: fault === null ? text : null, fault, start, end, firstLineEnd };
    }
    return null;
  }

  #lastLineOf(first: number): number | Fault | null {
    if (!this.#anyQuote) return first;
    let odd = false;
    const start = this.#startOf(first);
    for (let line = first; line < this.#ends.length; line += 1) {
      if (this.#quotesAreOdd(line)) odd = !odd;
      if (!odd) return line;
      if ((this.#ends[line] ?? 0) - start > this.#maxBytes) return this.#unclosed(`within ${this.#maxBytes} bytes`);
    }
    return this.#atEnd ? this.#unclosed('up to the end of the file') : null;
  }

  #quotesAreOdd(line: number): boolean {
    const end = this.#ends[line] ?? 0;
    let odd = false;
    const text = this.#lines[line];
    if (text === null || text === undefined) {
      for (let at = this.#startOf(line); at < end; at += 1) if (this.#window[at] === QUOTE) odd = !odd;
    } else {
      for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
    }
    return odd;
  }

  #textOf(first: number, last: number): string | null {
    let text = this.#lines[first] ?? null;
    for (let line = first + 1; line <= last && text !== null; line += 1) {
      const part = this.#lines[line] ?? null;
      text = part === null ? null : text + this.#newline + part;
    }
    // Of a file put together from several, each begins with a mark of its own.
    if (text !== null && text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
    return text?.endsWith('\r') === true ? text.slice(0, -1) : text;
  }

  #startOf(line: number): number {
    return line === 0 ? 0 : (this.#ends[line - 1] ?? 0);
  }

  #encodingFault(): Fault {
    return {
      code: 'HUB_FILE_ENCODING',
      message: `bytes that are not valid ${this.#encoding}, or a character that was lost before`,
    };
  }

  #tooLong(): Fault {
    return { code: 'HUB_FILE_RECORD', message: `the record is longer than ${this.#maxBytes} bytes` };
  }

  #unclosed(extent: string): Fault {
    return { code: 'HUB_FILE_RECORD', message: `a quote is opened and not closed ${extent}` };
  }
}
