import type { SchemaNode } from './schema-node.ts';

const isInteger = (value: unknown, bits: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);

/** Why a JSON default does not fit its type; null = it fits. The default of a union is of its first branch. */
export function checkDefault(value: unknown, type: SchemaNode): string | null {
  const wanted = (fits: boolean): string | null =>
    fits ? null : `${JSON.stringify(value)} is not of type ${type.kind}`;
  switch (type.kind) {
    case 'null':
      return wanted(value === null);
    case 'boolean':
      return wanted(typeof value === 'boolean');
    case 'int':
      return wanted(isInteger(value, 32));
    case 'long':
      return wanted(isInteger(value, 64));
    case 'float':
    case 'double':
      return wanted(typeof value === 'number');
    case 'string':
      return wanted(typeof value === 'string');
    case 'bytes':
      return wanted(typeof value === 'string' && isLatin1(value));
    case 'fixed':
      return wanted(typeof value === 'string' && isLatin1(value) && value.length === type.size);
    case 'enum':
      return wanted(typeof value === 'string' && type.symbols.includes(value));
    case 'union':
      return type.branches[0] === undefined ? wanted(false) : checkDefault(value, type.branches[0]);
    case 'array':
      return Array.isArray(value) ? first(value.map((item) => checkDefault(item, type.items))) : wanted(false);
    case 'map':
      return isObject(value)
        ? first(Object.values(value).map((item) => checkDefault(item, type.values)))
        : wanted(false);
    case 'record': {
      if (!isObject(value)) return wanted(false);
      return first(
        type.fields.map((field) => {
          if (Object.hasOwn(value, field.name)) return checkDefault(value[field.name], field.type);
          return field.hasDefault ? null : `field ${field.name} is missing`;
        }),
      );
    }
  }
}

// Bytes defaults are written as text whose code points 0 to 255 are the bytes.
const isLatin1 = (text: string): boolean => [...text].every((c) => c.charCodeAt(0) < 256 && c.length === 1);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const first = (problems: readonly (string | null)[]): string | null =>
  problems.find((problem) => problem !== null) ?? null;
