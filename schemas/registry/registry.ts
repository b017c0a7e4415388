import type { AvroSchema } from '../avro.ts';

export interface RegisteredSchema {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schema: AvroSchema;
}

export type Compatibility = 'backward' | 'none';

/**
 * Schemas by number. The same schema has the same id in every subject (key order and white space do not count); a
 * subject's versions count from 1. Ids and their schemas never change, so they may be cached for ever.
 */
export interface SchemaRegistry {
  /**
   * Idempotent and safe from several processes at once. HUB_SCHEMA_INVALID for what is not Avro,
   * HUB_SCHEMA_INCOMPATIBLE (`details.problems`: path and reason) when it cannot read what the latest version wrote,
   * unless somebody has agreed that it need not (`none`).
   */
  register(
    subject: string,
    schema: AvroSchema,
    compatibility?: Compatibility,
  ): Promise<{ readonly id: number; readonly version: number }>;
  /** HUB_SCHEMA_UNKNOWN when no schema has the id. */
  byId(id: number): Promise<AvroSchema>;
  /** null when the subject has no version. */
  latest(subject: string): Promise<RegisteredSchema | null>;
}
