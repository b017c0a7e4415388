import { HubError } from '../../schemas/kernel/errors.ts';
import { type ExactJson, jsonOf } from '../json/exact.ts';
import { createXmlFeed, XmlFault, type XmlHandler } from './events.ts';

/** Text of an element that has attributes too, or text between its elements. */
const TEXT = '#text';

/**
 * A document that fits into memory as a tree of texts: elements by local name, repeated ones as arrays, attributes as
 * `@name`. An element without elements inside is its text, without outer blanks; with attributes that text stands at
 * `#text` beside them, as does the whole text of mixed content. `xsi:nil` is null.
 * @throws HUB_SOURCE_READ_FAILED for what is not well-formed, declares a document type, or is nested deeper than 200.
 */
export function parseXmlTree(text: string, where: string): ExactJson {
  const builder = new TreeBuilder();
  feedWhole(text, where, builder);
  return builder.tree;
}

/** Tells the elements of a document, for who looks for a few of them. @throws HUB_SOURCE_READ_FAILED as `parseXmlTree` */
export function eachElement(text: string, where: string, open: XmlHandler['open']): void {
  feedWhole(text, where, { open, text() {}, close() {} });
}

function feedWhole(text: string, where: string, handler: XmlHandler): void {
  const feed = createXmlFeed(handler);
  try {
    feed.write(text);
    feed.end();
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    throw new HubError(
      'HUB_SOURCE_READ_FAILED',
      `the reply of ${where} is no XML that can be taken: ${error.message.slice(0, 200)}`,
      { path: where },
    );
  }
}

/** Text of a node: itself, or what an element with attributes or mixed content holds. null: nothing, nil, or a list. */
export const textOf = (node: ExactJson | undefined): string | null => {
  if (node === undefined || node === null) return null;
  if (typeof node !== 'object') return String(node);
  return Object.hasOwn(node, TEXT) ? textOf((node as Members)[TEXT]) : null;
};

/** What a column gets of a node: its text, and the JSON of what has members but no text. */
export const cellOf = (node: ExactJson | undefined): string | null =>
  typeof node === 'object' && node !== null && !Object.hasOwn(node, TEXT) ? jsonOf(node) : textOf(node);

type Members = Readonly<Record<string, ExactJson>>;

interface Open {
  /** Attributes and elements so far; null while there is none. */
  members: Record<string, ExactJson> | null;
  hasElements: boolean;
  hasText: boolean;
  isNil: boolean;
  /** Where its text begins among the pieces. */
  start: number;
}

class TreeBuilder implements XmlHandler {
  readonly tree: ExactJson = {};
  /** By depth, used again: the document itself is the first. */
  readonly #open: Open[] = [{ members: this.tree as never, hasElements: true, hasText: false, isNil: false, start: 0 }];
  #depth = 0;
  /** All text so far in its order: whether an element is mixed is known only at its end. */
  readonly #pieces: string[] = [];

  open(_: string, attributes: Readonly<Record<string, string>>, isNil: boolean): void {
    (this.#open[this.#depth] as Open).hasElements = true;
    this.#depth += 1;
    let here = this.#open[this.#depth];
    if (here === undefined) {
      here = { members: null, hasElements: false, hasText: false, isNil: false, start: 0 };
      this.#open.push(here);
    }
    here.members = null;
    here.hasElements = false;
    here.hasText = false;
    here.isNil = isNil;
    here.start = this.#pieces.length;
    for (const name in attributes) {
      if (isNil && name === 'nil') continue;
      here.members ??= {};
      here.members[`@${name}`] = attributes[name] as string;
    }
  }

  text(text: string): void {
    this.#pieces.push(text);
    const here = this.#open[this.#depth] as Open;
    here.hasText ||= /[^ \t\r\n]/.test(text);
  }

  close(name: string): void {
    const here = this.#open[this.#depth] as Open;
    this.#depth -= 1;
    put((this.#open[this.#depth] as Open).members ?? this.#begin(), name, this.#nodeOf(here));
  }

  #begin(): Record<string, ExactJson> {
    const members = {};
    (this.#open[this.#depth] as Open).members = members;
    return members;
  }

  #nodeOf({ members, hasElements, hasText, isNil, start }: Open): ExactJson {
    if (members === null) return isNil ? null : this.#textFrom(start);
    if (isNil) members[TEXT] = null;
    else if (hasText || !hasElements) members[TEXT] = this.#textFrom(start);
    return members;
  }

  #textFrom(start: number): string {
    const { length } = this.#pieces;
    if (length === start) return '';
    const first = this.#pieces[start] as string;
    return (length === start + 1 ? first : this.#pieces.slice(start).join('')).trim();
  }
}

/** Names come from the other side: one that means something to JavaScript is a name like others. */
function put(members: Record<string, ExactJson>, name: string, node: ExactJson): void {
  const known = members[name];
  if (known === undefined && name !== '__proto__') members[name] = node;
  else if (!Object.hasOwn(members, name))
    Object.defineProperty(members, name, { value: node, enumerable: true, configurable: true, writable: true });
  else if (Array.isArray(known)) known.push(node);
  else members[name] = [known as ExactJson, node];
}
