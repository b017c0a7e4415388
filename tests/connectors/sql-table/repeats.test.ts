import { describe, expect, test } from '@jest/globals';
import type { SqlColumn } from '../../../connectors/sql/database.ts';
import { timeOf } from '../../../connectors/sql/records.ts';
import { repeatsOf } from '../../../connectors/sql/repeats.ts';
import type { ColumnType, RawValue } from '../../../schemas/stream.ts';

const repeats = (type: ColumnType, since: string | null) =>
  repeatsOf({ cursor: { name: 'C', type } as SqlColumn }, since, { isLast: false, keysOnce: false });
const placeOf = (type: ColumnType, cell: RawValue) =>
  repeats(type, null).placeOf({
    stream: 's',
    key: 'k',
    op: 'upsert',
    value: { C: cell },
    observedAt: timeOf(cell === null ? null : String(cell)) ?? 0,
    origin: 'o',
  });

describe('where the next pass begins, as each server writes it: a row from there on is not before it', () => {
  test.each<[string, ColumnType, string, RawValue, RawValue]>([
    [
      'PostgreSQL timestamptz',
      'timestamp',
      '2026-03-01 10:00:00+08',
      '2026-03-01 10:00:00.000001+08',
      '2026-03-01 09:59:59.9+08',
    ],
    ['PostgreSQL timestamp', 'timestamp', '2026-03-01 10:00:00.5', '2026-03-01 10:00:00.5', '2026-03-01 10:00:00.4'],
    ['PostgreSQL date', 'date', '2026-03-01', '2026-03-01', '2026-02-28'],
    ['PostgreSQL bigint', 'bigint', '9007199254740993', '9007199254740993', '9007199254740990'],
    ['PostgreSQL numeric', 'decimal', '10.50', '10.5', '10.49'],
    ['PostgreSQL integer', 'integer', '7', 7, 6],
    [
      'MariaDB datetime(6)',
      'timestamp',
      '2026-03-01 10:00:00.000000',
      '2026-03-01 10:00:00.000001',
      '2026-03-01 09:59:59.999999',
    ],
    [
      'SQL Server datetime2',
      'timestamp',
      '2026-03-01 10:00:00.0000000',
      '2026-03-01 10:00:00.0000000',
      '2026-03-01 09:59:59.9900000',
    ],
    [
      'SQL Server datetimeoffset',
      'timestamp',
      '2026-03-01 10:00:00.0000000',
      '2026-03-01 10:00:00.0000000 +08:00',
      '2026-03-01 09:59:59.9900000 +08:00',
    ],
    [
      'SQL Server rowversion',
      'bytes',
      '00000000000007D1',
      Uint8Array.of(0, 0, 0, 0, 0, 0, 7, 0xd1),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 7, 0xd0),
    ],
    ['Oracle DATE', 'timestamp', '2026-03-01 10:00:00', '2026-03-01 10:00:00', '2026-03-01 09:59:59'],
    [
      'Oracle TIMESTAMP',
      'timestamp',
      '2026-03-01 10:00:00.000000000',
      '2026-03-01 10:00:00.000000001',
      '2026-03-01 09:59:59.998999999',
    ],
    ['a text that counts', 'text', '20260301', '20260301', '20250228'],
  ])('%s', (_, type, since, inside, before) => {
    const { from } = repeats(type, since);
    expect(from).not.toBeNull();
    expect(placeOf(type, inside)).toBeGreaterThanOrEqual(from as number);
    expect(placeOf(type, before)).toBeLessThan(from as number);
  });

  test('a row without a cursor, or with one that is no time, comes in every pass', () => {
    expect(placeOf('timestamp', null)).toBeNull();
    expect(placeOf('timestamp', 'infinity')).toBeNull();
    expect(placeOf('date', '0000-00-00')).toBeNull();
  });
});
