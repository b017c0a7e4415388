import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { ExactJson } from '../json/exact.ts';

const MOST_DEPTH = 100;
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  // 18 digits and leading zeros stay.
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MOST_DEPTH,
});

/**
 * A small document as a tree: elements by local name, attributes as `@name`, repeated elements as arrays, all values text.
 * Document types are refused, so there are no entities but the five of XML and character references.
 * @throws HUB_SOURCE_READ_FAILED
 */
export function parseXmlTree(text: string, where: string): ExactJson {
  const bad = (why: string): HubError =>
    new HubError('HUB_SOURCE_READ_FAILED', `the reply of ${where} is no XML that can be taken: ${why}`, {
      path: where,
    });
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw bad('it declares a document type');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw bad(`${valid.err.msg} (line ${valid.err.line})`);
  let tree: unknown;
  try {
    tree = parser.parse(text);
  } catch (error) {
    throw bad((error as Error).message);
  }
  return tree as ExactJson;
}

/** Text of a node: itself, or what an element with attributes holds. */
export const textOf = (node: ExactJson | undefined): string | null => {
  if (node === undefined || node === null) return null;
  if (typeof node === 'object')
    return Array.isArray(node) ? null : textOf((node as Readonly<Record<string, ExactJson>>)['#text']);
  return String(node);
};
