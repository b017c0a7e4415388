import { SaxesParser } from 'saxes';

/** What a streaming reader of XML is told. Names are without their prefix. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
}

export interface XmlFeed {
  /** @throws XmlFault for what is not well-formed, declares a document type, or is nested too deep. */
  write(text: string): void;
  end(): void;
}

/** Not well-formed, or not to be taken. */
export class XmlFault extends Error {}

const MOST_DEPTH = 200;
const MOST_NAME = 1_000;
const local = (name: string): string => {
  const at = name.indexOf(':');
  return at < 0 ? name : name.slice(at + 1);
};

/** Attributes as they are when no name has a prefix, which is nearly always. */
function withoutPrefixes(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const key in attributes) {
    if (!key.includes(':')) continue;
    const own: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [name, value] of Object.entries(attributes)) own[local(name)] = value;
    return own;
  }
  return attributes;
}

/** Streaming XML: flat memory, no document types and so no entities but the five of XML. */
export function createXmlFeed(handler: XmlHandler): XmlFeed {
  // Prefixes are cut off, not resolved: department files use any, or none.
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  const refuse = (why: string): never => {
    throw new XmlFault(`${why} (line ${parser.line})`);
  };
  parser.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '')));
  parser.on('doctype', () => refuse('it declares a document type'));
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > MOST_DEPTH) refuse(`elements are nested deeper than ${MOST_DEPTH}`);
    if (name.length > MOST_NAME) refuse('the name of an element is too long');
    handler.open(local(name), withoutPrefixes(attributes as Readonly<Record<string, string>>));
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    handler.close(local(name));
  });
  return {
    write: (text) => void parser.write(text),
    end: () => void parser.close(),
  };
}
