import type { AvroSchema } from '../avro.ts';
import { HubError } from '../kernel/errors.ts';
import { parseSchema } from './schema-graph.ts';
import type { Decimal, FieldNode, RecordNode, SchemaNode } from './schema-node.ts';

export interface Incompatibility {
  /** Where in the reader's schema: `/address/street`. */
  readonly path: string;
  readonly reason: string;
}

/**
 * BACKWARD: may data of `writer` be read with `reader`? Schema resolution of the Avro 1.11 specification, with names
 * compared unqualified or through the reader's aliases, and decimals by precision and scale. Empty = compatible.
 */
export function incompatibilities(reader: AvroSchema, writer: AvroSchema): readonly Incompatibility[] {
  return new Comparison().compare(parseSchema(reader), parseSchema(writer), '');
}

/** HUB_SCHEMA_INCOMPATIBLE with `details.problems` unless `reader` reads what `writer` wrote. */
export function requireCompatible(subject: string, reader: AvroSchema, writer: AvroSchema): void {
  const problems = incompatibilities(reader, writer);
  const first = problems[0];
  if (first === undefined) return;
  throw new HubError('HUB_SCHEMA_INCOMPATIBLE', `${subject}: ${first.path || '/'}: ${first.reason}`, {
    subject,
    path: first.path || '/',
    reason: first.reason,
    problems,
  });
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

const one = (path: string, reason: string): Incompatibility[] => [{ path, reason }];
const label = (node: SchemaNode): string => ('name' in node ? `${node.kind} ${node.name}` : node.kind);
const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

class Comparison {
  // Pairs met before: answered, or being compared further up, where recursion adds nothing new.
  readonly #met = new Map<SchemaNode, Map<SchemaNode, readonly Incompatibility[]>>();

  compare(reader: SchemaNode, writer: SchemaNode, path: string): readonly Incompatibility[] {
    const pairs = this.#met.get(reader) ?? new Map<SchemaNode, readonly Incompatibility[]>();
    this.#met.set(reader, pairs);
    const known = pairs.get(writer);
    if (known !== undefined) return known;
    pairs.set(writer, []);
    const found = this.#compare(reader, writer, path);
    pairs.set(writer, found);
    return found;
  }

  #compare(reader: SchemaNode, writer: SchemaNode, path: string): readonly Incompatibility[] {
    if (writer.kind === 'union') return writer.branches.flatMap((branch) => this.compare(reader, branch, path));
    if (reader.kind === 'union') return this.#intoUnion(reader.branches, writer, path);
    if (reader.kind === 'array' && writer.kind === 'array')
      return this.compare(reader.items, writer.items, `${path}/items`);
    if (reader.kind === 'map' && writer.kind === 'map')
      return this.compare(reader.values, writer.values, `${path}/values`);
    if ('name' in reader && 'name' in writer && reader.kind === writer.kind) {
      const sameName = unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name);
      if (!sameName) return one(path, `${label(reader)} cannot read ${label(writer)}: another name and no alias`);
    }
    if (reader.kind === 'record' && writer.kind === 'record') return this.#records(reader, writer, path);
    if (reader.kind === 'enum' && writer.kind === 'enum') {
      const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
      if (missing.length === 0 || reader.default !== null) return [];
      return one(path, `symbols ${missing.join(', ')} were removed and the enum has no default`);
    }
    if (reader.kind === 'fixed' && writer.kind === 'fixed') {
      if (reader.size !== writer.size) return one(path, `the size was ${writer.size} and is ${reader.size}`);
      return decimals(reader.decimal, writer.decimal, path);
    }
    if (reader.kind === 'bytes' && writer.kind === 'bytes') return decimals(reader.decimal, writer.decimal, path);
    if (reader.kind === writer.kind || PROMOTIONS[writer.kind]?.includes(reader.kind)) return [];
    return one(path, `${label(reader)} cannot read ${label(writer)}`);
  }

  #intoUnion(branches: readonly SchemaNode[], writer: SchemaNode, path: string): readonly Incompatibility[] {
    let closest: readonly Incompatibility[] | null = null;
    for (const branch of branches) {
      const found = this.compare(branch, writer, path);
      if (found.length === 0) return [];
      if (branch.kind === writer.kind) closest ??= found;
    }
    return closest ?? one(path, `no branch of [${branches.map(label).join(', ')}] reads ${label(writer)}`);
  }

  #records(reader: RecordNode, writer: RecordNode, path: string): readonly Incompatibility[] {
    return reader.fields.flatMap((field): readonly Incompatibility[] => {
      const at = `${path}/${field.name}`;
      const written = writtenAs(field, writer);
      if (written !== undefined) return this.compare(field.type, written.type, at);
      return field.hasDefault ? [] : one(at, 'a field was added without a default');
    });
  }
}

const writtenAs = (field: FieldNode, writer: RecordNode): FieldNode | undefined =>
  writer.fields.find((other) => other.name === field.name) ??
  writer.fields.find((other) => field.aliases.includes(other.name));

function decimals(reader: Decimal | null, writer: Decimal | null, path: string): readonly Incompatibility[] {
  if (reader === null || writer === null) return [];
  if (reader.precision === writer.precision && reader.scale === writer.scale) return [];
  const text = ({ precision, scale }: Decimal): string => `decimal(${precision}, ${scale})`;
  return one(path, `${text(reader)} cannot read ${text(writer)}`);
}
