import type { AvroSchema } from '../avro.ts';
import { HubError } from '../kernel/errors.ts';
import { checkDefault } from './defaults.ts';
import type { Decimal, FieldNode, Primitive, RecordNode, SchemaNode } from './schema-node.ts';

const PRIMITIVES: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
// Nesting of the schema text itself; deeper ones could exhaust the stack of whoever walks them.
const MAX_NESTING = 200;

interface Scope {
  readonly names: Map<string, SchemaNode>;
  readonly namespace: string;
  readonly path: string;
  readonly nesting: number;
}
type Json = Readonly<Record<string, unknown>>;

const invalid = (path: string, what: string, details: object = {}): HubError =>
  new HubError('HUB_SCHEMA_INVALID', `${path}: ${what}`, { path, ...details });
const within = (scope: Scope, step: string, namespace = scope.namespace): Scope => ({
  ...scope,
  namespace,
  path: `${scope.path}/${step}`,
  nesting: scope.nesting + 1,
});

/** Resolves names and checks everything the Avro specification demands. HUB_SCHEMA_INVALID with `details.path`. */
export function parseSchema(schema: AvroSchema): SchemaNode {
  return parse(schema, { names: new Map(), namespace: '', path: '', nesting: 0 });
}

function parse(schema: unknown, scope: Scope): SchemaNode {
  if (scope.nesting > MAX_NESTING) throw invalid(scope.path, `nested deeper than ${MAX_NESTING}`);
  if (typeof schema === 'string') return byName(schema, scope);
  if (Array.isArray(schema)) return parseUnion(schema, scope);
  if (typeof schema !== 'object' || schema === null) throw invalid(scope.path, 'not a schema');
  const json = schema as Json;
  switch (json['type']) {
    case 'record':
    case 'error':
      return parseRecord(json, scope);
    case 'enum':
      return parseEnum(json, scope);
    case 'fixed':
      return parseFixed(json, scope);
    case 'array':
      return { kind: 'array', items: parse(json['items'], within(scope, 'items')) };
    case 'map':
      return { kind: 'map', values: parse(json['values'], within(scope, 'values')) };
    case 'bytes':
      return { kind: 'bytes', decimal: decimalOf(json, Number.POSITIVE_INFINITY) };
    default:
      return parse(json['type'], within(scope, 'type'));
  }
}

function byName(name: string, scope: Scope): SchemaNode {
  if (name === 'bytes') return { kind: 'bytes', decimal: null };
  if (PRIMITIVES.has(name)) return { kind: name as Exclude<Primitive, 'bytes'> };
  const node = scope.names.get(qualify(name, scope.namespace)) ?? scope.names.get(name);
  if (node === undefined)
    throw invalid(scope.path, `unknown type ${name}`, { allowed: [...PRIMITIVES, ...scope.names.keys()] });
  return node;
}

function parseUnion(schema: readonly unknown[], scope: Scope): SchemaNode {
  const branches = schema.map((branch, i) => parse(branch, within(scope, String(i))));
  const seen = new Set<string>();
  for (const branch of branches) {
    const label = 'name' in branch ? branch.name : branch.kind;
    if (branch.kind === 'union') throw invalid(scope.path, 'a union directly in a union');
    if (seen.has(label)) throw invalid(scope.path, `two branches of type ${label}`);
    seen.add(label);
  }
  if (branches.length === 0) throw invalid(scope.path, 'a union without branches');
  return { kind: 'union', branches };
}

function parseRecord(json: Json, scope: Scope): SchemaNode {
  const named = nameOf(json, scope);
  const node: RecordNode = { kind: 'record', name: named.name, aliases: named.aliases, fields: [] };
  define(node, scope);
  const fields = json['fields'];
  if (!Array.isArray(fields)) throw invalid(scope.path, `record ${named.name} has no list of fields`);
  const seen = new Set<string>();
  node.fields = fields.map((entry: unknown): FieldNode => {
    const field = (typeof entry === 'object' && entry !== null ? entry : {}) as Json;
    const name = field['name'];
    if (typeof name !== 'string' || !NAME.test(name))
      throw invalid(scope.path, `illegal field name ${JSON.stringify(name)}`);
    if (name === '__proto__') throw invalid(scope.path, 'a field named __proto__ would be lost in JavaScript objects');
    if (seen.has(name)) throw invalid(scope.path, `two fields named ${name}`);
    seen.add(name);
    const inner = within(scope, name, named.namespace);
    const type = parse(field['type'], inner);
    const hasDefault = Object.hasOwn(field, 'default');
    return { name, aliases: strings(field['aliases']), type, hasDefault, default: field['default'] };
  });
  // After all fields: a default may be of the record's own type.
  for (const field of node.fields) {
    if (!field.hasDefault) continue;
    const problem = checkDefault(field.default, field.type);
    if (problem !== null) throw invalid(`${scope.path}/${field.name}`, `default does not fit: ${problem}`);
  }
  return node;
}

function parseEnum(json: Json, scope: Scope): SchemaNode {
  const { name, aliases } = nameOf(json, scope);
  const list = json['symbols'];
  const symbols = strings(list);
  if (!Array.isArray(list) || symbols.length !== list.length)
    throw invalid(scope.path, `enum ${name} has no list of symbols`);
  for (const symbol of symbols)
    if (!NAME.test(symbol)) throw invalid(scope.path, `illegal symbol ${JSON.stringify(symbol)}`);
  if (new Set(symbols).size !== symbols.length) throw invalid(scope.path, `enum ${name} repeats a symbol`);
  const fallback = json['default'];
  if (fallback !== undefined && !symbols.includes(fallback as string))
    throw invalid(scope.path, `default of enum ${name} is not one of its symbols`, { allowed: symbols });
  return define(
    { kind: 'enum', name, aliases, symbols, default: typeof fallback === 'string' ? fallback : null },
    scope,
  );
}

function parseFixed(json: Json, scope: Scope): SchemaNode {
  const { name, aliases } = nameOf(json, scope);
  const size = json['size'];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(scope.path, `fixed ${name} has no size`);
  const digits = Math.floor(Math.log10(2) * (8 * size - 1));
  return define({ kind: 'fixed', name, aliases, size, decimal: decimalOf(json, digits) }, scope);
}

/** null for what is no valid decimal: the specification then says to read the underlying type. */
function decimalOf(json: Json, maxPrecision: number): Decimal | null {
  const { logicalType, precision, scale = 0 } = json;
  if (logicalType !== 'decimal' || typeof precision !== 'number' || typeof scale !== 'number') return null;
  const fits = Number.isInteger(precision) && precision > 0 && precision <= maxPrecision;
  return fits && Number.isInteger(scale) && scale >= 0 && scale <= precision ? { precision, scale } : null;
}

function nameOf(json: Json, scope: Scope): { name: string; namespace: string; aliases: string[] } {
  const { name, namespace } = json;
  if (typeof name !== 'string') throw invalid(scope.path, 'a named type without a name');
  const own = typeof namespace === 'string' ? namespace : scope.namespace;
  const full = qualify(name, own);
  if (!full.split('.').every((part) => NAME.test(part))) throw invalid(scope.path, `illegal name ${full}`);
  if (PRIMITIVES.has(full)) throw invalid(scope.path, `${full} is the name of a primitive type`);
  const inner = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '';
  return { name: full, namespace: inner, aliases: strings(json['aliases']).map((alias) => qualify(alias, inner)) };
}

function define<T extends SchemaNode & { readonly name: string }>(node: T, scope: Scope): T {
  if (scope.names.has(node.name)) throw invalid(scope.path, `${node.name} is defined twice`);
  scope.names.set(node.name, node);
  return node;
}

const qualify = (name: string, namespace: string): string =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
const strings = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [];

/** A lower bound of the bytes a value takes; recursion counts as 0. */
export function minimumWidth(node: SchemaNode, known: Map<SchemaNode, number> = new Map()): number {
  switch (node.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return node.size;
    case 'record': {
      const found = known.get(node);
      if (found !== undefined) return found;
      known.set(node, 0);
      const width = node.fields.reduce((sum, field) => Math.min(sum + minimumWidth(field.type, known), 1 << 30), 0);
      known.set(node, width);
      return width;
    }
    default:
      // numbers, lengths, block counts and union indices: one byte at least
      return 1;
  }
}
