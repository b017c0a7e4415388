import { SaxesParser } from 'saxes';

/** What a reader of XML is told. Names are without their prefix, declarations of namespaces are no attributes. */
export interface XmlHandler {
  /** @param isNil `xsi:nil`: the element has no value, which is not the empty text. */
  open(name: string, attributes: Readonly<Record<string, string>>, isNil: boolean): void;
  /** May come in pieces: around a comment, an instruction, a CDATA section. */
  text(text: string): void;
  close(name: string): void;
}

export interface XmlFeed {
  /** @throws XmlFault for what is not well-formed, declares a document type, or passes the limits. */
  write(text: string): void;
  end(): void;
}

/** Not well-formed, or not to be taken. */
export class XmlFault extends Error {}

const MOST_DEPTH = 200;
const MOST_NAME = 1_000;
/** Characters of one text, tag or comment: the parser holds it whole. */
const MOST_AT_ONCE = 32 * 1024 * 1024;
const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

/** Prefixes are cut off, not resolved: department files use any, or none. */
const local = (name: string): string => name.slice(name.indexOf(':') + 1);

type Attributes = Readonly<Record<string, string>>;

/** What nearly every element has: no attribute with a prefix and no declaration. */
const isPlain = (attributes: Attributes): boolean => {
  for (const name in attributes) if (name === 'xmlns' || name.includes(':')) return false;
  return true;
};

/** Streaming XML 1.0: flat memory, no document types and so no entities but the five of XML and character references. */
export function createXmlFeed(handler: XmlHandler): XmlFeed {
  // Two more listeners, for comments and instructions, make it half as fast: they count as part of what they stand in.
  const parser = new SaxesParser({ xmlns: false });
  const namespaces = new Map([['xsi', INSTANCE]]);
  let depth = 0;
  let begun = false;
  let unanswered = 0;

  const refuse = (why: string): never => {
    throw new XmlFault(`${why} (line ${parser.line})`);
  };
  const nilOf = (attributes: Attributes): boolean => {
    for (const name in attributes)
      if (name.startsWith('xmlns:')) namespaces.set(local(name), attributes[name] as string);
    for (const name in attributes)
      if (name.endsWith(':nil') && namespaces.get(name.slice(0, -4)) === INSTANCE)
        return /^\s*(true|1)\s*$/.test(attributes[name] as string);
    return false;
  };
  const own = (attributes: Attributes): Attributes => {
    const kept: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const name in attributes)
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) kept[local(name)] = attributes[name] as string;
    return kept;
  };
  const answered = (): void => {
    unanswered = 0;
  };

  parser.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '')));
  parser.on('doctype', () => refuse('it declares a document type'));
  parser.on('opentag', ({ name, attributes }) => {
    answered();
    depth += 1;
    if (depth > MOST_DEPTH) refuse(`elements are nested deeper than ${MOST_DEPTH}`);
    if (name.length > MOST_NAME) refuse('the name of an element is too long');
    const given = attributes as Attributes;
    if (isPlain(given)) handler.open(local(name), given, false);
    else handler.open(local(name), own(given), nilOf(given));
  });
  const text = (piece: string): void => {
    answered();
    handler.text(piece);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', ({ name }) => {
    answered();
    depth -= 1;
    handler.close(local(name));
  });
  return {
    write(given) {
      // Blank lines before the declaration are what many a script of a server leaves there.
      const piece = begun ? given : given.replace(/^[\ufeff\s]+/, '');
      if (piece === '') return;
      begun = true;
      unanswered += piece.length;
      parser.write(piece);
      if (unanswered > MOST_AT_ONCE) refuse(`a text or a tag has more than ${MOST_AT_ONCE} characters`);
    },
    end: () => void parser.close(),
  };
}
