import { type ExactJson, keepSource } from './exact.ts';

/** Not JSON, or nothing that a department would send. */
class JsonFault extends Error {}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c] as const;
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d] as const;
const MOST_DEPTH = 500;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a text may not hold as they are
const NOT_PLAIN = /[\\\u0000-\u001f]/;
const WORDS: Readonly<Record<string, [word: string, value: boolean | null]>> = {
  t: ['true', true],
  f: ['false', false],
  n: ['null', null],
};

/**
 * RFC 8259 with numbers as their text. The parser of the language is faster, but gives doubles; this one is several times
 * as fast as parsers that tell each number to a callback. A member that comes twice must have the same value twice.
 * @throws JsonFault
 */
function parseJson(text: string): ExactJson {
  return new Parser(text).whole();
}

/** null for what is no JSON, has a member twice with different values, or is nested beyond all reason. */
export function parseExact(text: string): { readonly value: ExactJson } | null {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof JsonFault) return null;
    throw error;
  }
}

/** Of a text for which `parseExact` gives null: what is wrong, and where. It is read once more. */
export function whyNoJson(text: string): string {
  try {
    parseJson(text);
    return 'nothing is wrong with it';
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
}

/** Of what stands where it may not: as much as tells it. */
const TOLD = 20;

interface Name {
  /** As written, with its quotes. */
  readonly quoted: string;
  readonly name: string;
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Lists that are open. */
  #lists = 0;
  /** By depth: names of the last object there. Records of a list have the same members in the same order. */
  readonly #names: Name[][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  whole(): ExactJson {
    const value = this.#value();
    this.#peek();
    return this.#at === this.#text.length ? value : this.#fail();
  }

  /** @param why absent: what stands here may not stand here */
  #fail(why?: string, at = this.#at): never {
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const place = `line ${line}, character ${at - before.lastIndexOf('\n')}`;
    const there = this.#text.slice(at, at + TOLD).split(/[\r\n]/)[0] ?? '';
    const what = at >= this.#text.length ? 'it ends in the middle' : `${JSON.stringify(there)} may not stand there`;
    throw new JsonFault(`${place}: ${why ?? what}`);
  }

  /** Code of the next character that is no blank, NaN at the end. */
  #peek(): number {
    const code = this.#text.charCodeAt(this.#at);
    if (code > 0x20) return code;
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
    return this.#text.charCodeAt(this.#at);
  }

  #string(): string {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    if (end < 0) return this.#fail();
    const plain = this.#text.slice(start, end);
    if (!NOT_PLAIN.test(plain)) {
      this.#at = end + 1;
      return plain;
    }
    while (this.#isEscaped(end, start)) {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) return this.#fail();
    }
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start - 1, end + 1)) as string;
    } catch {
      return this.#fail();
    }
  }

  #isEscaped(quote: number, start: number): boolean {
    let slashes = 0;
    while (quote - slashes > start && this.#text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
    return slashes % 2 === 1;
  }

  #name(names: Name[], index: number): string {
    const known = names[index];
    if (known !== undefined && this.#text.startsWith(known.quoted, this.#at)) {
      this.#at += known.quoted.length;
      return known.name;
    }
    const start = this.#at;
    const name = this.#string();
    names[index] = { quoted: this.#text.slice(start, this.#at), name };
    return name;
  }

  #object(): ExactJson {
    const made: Record<string, ExactJson> = {};
    this.#at += 1;
    if (this.#peek() === CLOSE) {
      this.#at += 1;
      return made;
    }
    let names = this.#names[this.#depth];
    if (names === undefined) {
      names = [];
      this.#names[this.#depth] = names;
    }
    for (let index = 0; ; index++) {
      if (this.#peek() !== QUOTE) this.#fail();
      const start = this.#at;
      const name = this.#name(names, index);
      if (this.#peek() !== COLON) this.#fail();
      this.#at += 1;
      const member = this.#value(true);
      if (made[name] === undefined && name !== '__proto__') made[name] = member;
      else if (!Object.hasOwn(made, name))
        Object.defineProperty(made, name, { value: member, enumerable: true, configurable: true, writable: true });
      else if (JSON.stringify(made[name]) !== JSON.stringify(member))
        this.#fail(`the member ${JSON.stringify(name.slice(0, TOLD))} comes twice, with different values`, start);
      const next = this.#peek();
      if (next !== CLOSE && next !== COMMA) this.#fail();
      this.#at += 1;
      if (next === CLOSE) return made;
    }
  }

  #list(): ExactJson {
    const made: ExactJson[] = [];
    this.#at += 1;
    if (this.#peek() === CLOSE_LIST) {
      this.#at += 1;
      return made;
    }
    this.#lists += 1;
    for (;;) {
      made.push(this.#value(this.#lists > 1));
      const next = this.#peek();
      if (next !== CLOSE_LIST && next !== COMMA) this.#fail();
      this.#at += 1;
      if (next === CLOSE_LIST) {
        this.#lists -= 1;
        return made;
      }
    }
  }

  /** @param isWithin what holds others may be asked for as a whole: it is no record of the list of records */
  #value(isWithin = false): ExactJson {
    const code = this.#peek();
    if (code === QUOTE) return this.#string();
    if (code === OPEN || code === OPEN_LIST) {
      this.#depth += 1;
      if (this.#depth > MOST_DEPTH) this.#fail(`it is nested more than ${MOST_DEPTH} deep`);
      const from = this.#at;
      const made = code === OPEN ? this.#object() : this.#list();
      this.#depth -= 1;
      if (isWithin) keepSource(made as object, this.#text, from, this.#at);
      return made;
    }
    const word = WORDS[this.#text.charAt(this.#at)];
    if (word !== undefined && this.#text.startsWith(word[0], this.#at)) {
      this.#at += word[0].length;
      return word[1];
    }
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0] ?? this.#fail();
    this.#at += digits.length;
    return digits;
  }
}
