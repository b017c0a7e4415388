import { expect } from '@jest/globals';
import type { ColumnType, RawRecord, RawValue, StreamSpec } from '../../schemas/stream.ts';

export const COLUMN_TYPES: readonly ColumnType[] = [
  'text',
  'integer',
  'bigint',
  'decimal',
  'float',
  'boolean',
  'date',
  'time',
  'timestamp',
  'bytes',
];

export const streamOf = (columns: Readonly<Record<string, ColumnType>>, key: readonly string[] = []): StreamSpec => ({
  name: 't-czrk',
  columns: Object.entries(columns).map(([name, type]) => ({ name, type, sourceType: `${type}()`, nullable: true })),
  key,
  rowEstimate: null,
});

export const recordOf = (value: Readonly<Record<string, RawValue>> | null): RawRecord => ({
  stream: 't-czrk',
  key: '1',
  op: value === null ? 'delete' : 'upsert',
  value,
  observedAt: 1_700_000_000_000,
  origin: 'public.t_czrk',
});

/** For `toThrow`: an error with these properties, details among them. */
export const errorLike = (code: string, details: object = {}): Error =>
  expect.objectContaining({ code, details: expect.objectContaining(details) }) as unknown as Error;
