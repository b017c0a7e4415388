import { type ZodType, z } from 'zod';
import { bareSchemas } from './problems.ts';

/** One setting of a group that somebody may write into a file. */
export interface SchemaRow {
  /** `connection.folder`, `streams.<name>.files`. */
  readonly name: string;
  readonly type: string;
  /** As JSON; null where there is none. */
  readonly default: string | null;
  readonly required: boolean;
  readonly text: string;
}

interface Json {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Json;
}

/** Every setting below a schema. @param path of the schema itself; empty for a whole file. */
export function schemaRows(schema: ZodType, path = ''): readonly SchemaRow[] {
  const bare = bareSchemas(schema);
  const inner = together(bare.map((one) => innerOf(one, path)));
  const isGroup = bare.every((one) => one instanceof z.ZodObject);
  const isSaid = path !== '' && !(isGroup && schema.description === undefined && inner.length > 0);
  return isSaid ? [rowOf(schema, bare, path), ...inner] : inner;
}

/** The settings of several forms: each once, and required only where every form requires it. */
function together(forms: readonly (readonly SchemaRow[])[]): readonly SchemaRow[] {
  const rows = new Map<string, SchemaRow>();
  for (const row of forms.flat()) {
    const known = rows.get(row.name);
    if (known === undefined) {
      const isEverywhere = forms.every((form) => form.some(({ name, required }) => name === row.name && required));
      rows.set(row.name, { ...row, required: isEverywhere });
    } else if (!known.type.split(' | ').includes(row.type))
      rows.set(row.name, { ...known, type: `${known.type} | ${row.type}` });
  }
  return [...rows.values()];
}

function innerOf(bare: ZodType, path: string): readonly SchemaRow[] {
  if (bare instanceof z.ZodObject)
    return Object.entries(bare.shape).flatMap(([key, one]) =>
      schemaRows(one as ZodType, path === '' ? key : `${path}.${key}`),
    );
  // Names of streams are the writer's; those of columns and the like say nothing more.
  const { valueType, element } = bare.def as unknown as { readonly valueType?: ZodType; readonly element?: ZodType };
  const many = valueType ?? element;
  if (many === undefined || !bareSchemas(many).some((one) => one instanceof z.ZodObject)) return [];
  return schemaRows(many, `${path}${valueType === undefined ? '[]' : '.<name>'}`).filter(
    ({ name }) => !name.endsWith('>') && !name.endsWith(']'),
  );
}

function rowOf(schema: ZodType, bare: readonly ZodType[], name: string): SchemaRow {
  const absent = schema.safeParse(undefined);
  const fallback = absent.success ? absent.data : undefined;
  const told = [schema, ...bare].find(({ description }) => description !== undefined);
  return {
    ...{ name, type: [...new Set(bare.map(typeOf))].join(' | '), required: !absent.success },
    ...{ default: fallback === undefined ? null : JSON.stringify(fallback), text: told?.description ?? '' },
  };
}

/** In few words: what may be written. */
export function typeOf(schema: ZodType): string {
  return wordsOf(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Json);
}

function wordsOf({ type, enum: choices, const: only, minimum, exclusiveMinimum, maximum, items }: Json): string {
  if (choices !== undefined) return choices.join(' | ');
  if (only !== undefined) return String(only);
  if (type === 'array') return items?.type === undefined ? 'list' : `list of ${wordsOf(items)}`;
  if (type === 'object') return 'group';
  if (type !== 'integer' && type !== 'number') return type === 'string' ? 'text' : (type ?? 'any');
  const least = exclusiveMinimum === undefined ? minimum : `more than ${exclusiveMinimum}`;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least === undefined || (typeof least === 'number' && least <= Number.MIN_SAFE_INTEGER))
    return most === undefined ? type : `${type}, at most ${most}`;
  return most === undefined ? `${type}, ${least} and more` : `${type}, ${least} to ${most}`;
}
