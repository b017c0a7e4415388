const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d] as const;
const MEMBER = '"features"';

/**
 * Cuts the features out of a collection, byte by byte: quotes and brackets are never part of a longer character in UTF-8.
 * What the texts say is not looked at; a bad feature is somebody else's matter.
 */
export class FeatureCutter {
  readonly #maxBytes: number;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** The last text at depth 1, to know the member whose array begins. */
  #name = '';
  #inFeatures = false;
  #isOver = false;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The array of features has come and has ended, and so has the collection. */
  get isComplete(): boolean {
    return this.#isOver && this.#depth === 0;
  }

  get state(): string {
    return this.#isOver
      ? 'it ends too early'
      : this.#inFeatures
        ? 'its features have no end'
        : 'it has no array "features"';
  }

  /** Whole features, to be used before the next is asked for; null for one that is too large. */
  *push(bytes: Buffer): Generator<Buffer | null> {
    let from = this.#isFeature() ? 0 : -1;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (this.#inText) {
        if (this.#depth === 1) this.#name += String.fromCharCode(byte);
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inText = false;
      } else if (byte === QUOTE) {
        this.#inText = true;
        if (this.#depth === 1) this.#name = '"';
      } else if (byte === OPEN || byte === OPEN_LIST) {
        if (this.#depth === 1 && byte === OPEN_LIST && this.#name === MEMBER) this.#inFeatures = true;
        this.#depth += 1;
        if (this.#isFeature() && this.#depth === 3 && byte === OPEN) from = i;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        this.#depth -= 1;
        if (this.#inFeatures && this.#depth === 2 && from >= 0) {
          const end = bytes.subarray(from, i + 1);
          // Whole in this window, as most are: not copied, good until the next step.
          if (this.#size === 0 && end.length <= this.#maxBytes) yield end;
          else {
            this.#keep(end);
            yield this.#take();
          }
          from = -1;
        } else if (this.#inFeatures && this.#depth === 1) {
          this.#inFeatures = false;
          this.#isOver = true;
        }
      }
    }
    if (from >= 0) this.#keep(bytes.subarray(from));
  }

  #isFeature(): boolean {
    return this.#inFeatures && this.#depth >= 3;
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    // What is too large is passed by without being held.
    if (this.#size <= this.#maxBytes) this.#parts.push(Buffer.from(part));
  }

  #take(): Buffer | null {
    const feature = this.#size <= this.#maxBytes ? Buffer.concat(this.#parts) : null;
    this.#parts = [];
    this.#size = 0;
    return feature;
  }
}
