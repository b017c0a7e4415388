export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: SchemaNode;
  readonly hasDefault: boolean;
  readonly default: unknown;
}

export interface RecordNode {
  readonly kind: 'record';
  readonly name: string;
  readonly aliases: readonly string[];
  /** Filled after the node exists: a record may contain itself. */
  fields: readonly FieldNode[];
}

/** A schema with all names resolved; recursive records are cycles. Names and aliases are full names. */
export type SchemaNode =
  | { readonly kind: Exclude<Primitive, 'bytes'> }
  | { readonly kind: 'bytes'; readonly decimal: Decimal | null }
  | {
      readonly kind: 'fixed';
      readonly name: string;
      readonly aliases: readonly string[];
      readonly size: number;
      readonly decimal: Decimal | null;
    }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly aliases: readonly string[];
      readonly symbols: readonly string[];
      readonly default: string | null;
    }
  | { readonly kind: 'array'; readonly items: SchemaNode }
  | { readonly kind: 'map'; readonly values: SchemaNode }
  | { readonly kind: 'union'; readonly branches: readonly SchemaNode[] }
  | RecordNode;
