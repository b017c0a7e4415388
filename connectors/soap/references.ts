import { HubError } from '../../schemas/kernel/errors.ts';
import type { ExactJson } from '../json/exact.ts';

type Members = Readonly<Record<string, ExactJson>>;

const DEEPEST = 100;

/**
 * The result with what it refers to in its place: SOAP 1.1 section 5.4 lets a value stand beside the response as an element
 * with an `id`, and `href="#id"` where it is meant.
 * @throws HUB_SOURCE_READ_FAILED for a reference to what is not there, or to what holds itself
 */
export function resolveReferences(result: ExactJson, body: ExactJson, operation: string): ExactJson {
  const known = new Map<string, ExactJson>();
  for (const nodes of Object.values(body as Members))
    for (const node of Array.isArray(nodes) ? (nodes as readonly ExactJson[]) : [nodes]) {
      const id = isMembers(node) ? node['@id'] : undefined;
      if (typeof id === 'string') known.set(id, node as ExactJson);
    }
  return known.size === 0 && !refers(result) ? result : resolved(result, known, operation, 0);
}

const isMembers = (node: ExactJson | undefined): node is Members =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

/** Only elements without content of their own refer. */
const targetOf = (node: ExactJson): string | null => {
  const href = isMembers(node) ? node['@href'] : undefined;
  return typeof href === 'string' && href.startsWith('#') ? href.slice(1) : null;
};

function refers(node: ExactJson): boolean {
  if (Array.isArray(node)) return (node as readonly ExactJson[]).some(refers);
  return isMembers(node) && (targetOf(node) !== null || Object.values(node).some(refers));
}

function resolved(node: ExactJson, known: ReadonlyMap<string, ExactJson>, operation: string, depth: number): ExactJson {
  if (depth > DEEPEST)
    throw new HubError('HUB_SOURCE_READ_FAILED', `the response of ${operation} refers to itself`, { operation });
  if (Array.isArray(node)) return (node as readonly ExactJson[]).map((one) => resolved(one, known, operation, depth));
  if (!isMembers(node)) return node;
  const target = targetOf(node);
  if (target === null)
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [name, resolved(value, known, operation, depth + 1)]),
    );
  const found = known.get(target);
  if (found === undefined)
    throw new HubError(
      'HUB_SOURCE_READ_FAILED',
      `the response of ${operation} refers to #${target}, which it does not hold`,
      {
        operation,
        reference: target,
      },
    );
  const content = isMembers(found)
    ? Object.fromEntries(Object.entries(found).filter(([name]) => !SOAP_ATTRIBUTES.has(name)))
    : found;
  const names = isMembers(content) ? Object.keys(content) : [];
  const value =
    isMembers(content) && names.length === 1 && names[0] === '#text' ? (content['#text'] as ExactJson) : content;
  return resolved(value, known, operation, depth + 1);
}

/** Of an element that is referred to: they say nothing of its value. */
const SOAP_ATTRIBUTES = new Set(['@id', '@root', '@encodingStyle', '@type']);
