import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Checkpoint, Source } from '../../../connectors/connector.ts';
import { changesConfig } from '../../../connectors/mssql-changes/config.ts';
import { changesSource } from '../../../connectors/mssql-changes/connector.ts';
import { selectChanges } from '../../../connectors/mssql-changes/read.ts';
import { mssqlColumn } from '../../../connectors/sql/mssql.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { TrackedTable } from './tracked.ts';

const config = changesConfig.parse({
  connection: { host: 'nowhere', database: 'd', pageRows: 3 },
  streams: { s: { schema: 'dbo', table: 't', key: ['id'] } },
});
const NOW = new Date('2026-11-24T04:00:00Z');
const open = (table: TrackedTable, signal = new AbortController().signal): Source =>
  changesSource(table.open(), config, { signal, log: silentLogger, now: () => NOW });

async function readFrom(table: TrackedTable, after: Checkpoint | null) {
  await using source = open(table);
  const portions = [];
  for await (const portion of source.read('s', after)) portions.push(portion);
  return { records: portions.flatMap(({ records }) => records), portions, next: portions.at(-1)?.next ?? after };
}
const filled = (count: number): TrackedTable => {
  const table = new TrackedTable();
  for (let i = 0; i < count; i++) table.put(`k${String(i).padStart(3, '0')}`, `青海${i}`);
  return table;
};

sourceContract('mssql-changes', async () => {
  const table = filled(11);
  const hostile = new TrackedTable();
  const good = ["o'; DROP TABLE t; --", '__proto__', '%_[a]', 'NULL'];
  for (const key of good) hostile.put(key, key);
  return {
    openHostile: async (signal) => ({ source: open(hostile, signal), stream: 's', good }),
    open: async (signal) => open(table, signal),
    stream: 's',
    expected: [...table.rows].map(([key, name]) => ({ key, value: { id: key, name } })),
    openEmpty: async (signal) => ({ source: open(new TrackedTable(), signal), stream: 's' }),
    async [Symbol.asyncDispose]() {},
  };
});

describe('changes', () => {
  test('after the snapshot only what changed comes, deletes too, each row once and as it is now', async () => {
    const table = filled(5);
    const first = await readFrom(table, null);
    table.put('k001', '甲');
    table.put('k001', '乙');
    table.put('new', null);
    table.remove('k003');
    const second = await readFrom(table, first.next);
    expect(second.records.map(({ key, op, value }) => [key, op, value?.['name']])).toEqual([
      ['k001', 'upsert', '乙'],
      ['new', 'upsert', null],
      ['k003', 'delete', undefined],
    ]);
    expect((await readFrom(table, second.next)).records).toEqual([]);
  });

  test('whatever changes while it is read, the last state of each row arrives (property)', async () => {
    const change = fc.record({ id: fc.integer({ min: 0, max: 9 }), name: fc.option(fc.string({ maxLength: 3 })) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 40 }),
        fc.array(fc.nat({ max: 5 }), { maxLength: 8 }),
        async (changes, stops) => {
          const table = filled(6);
          const queue = [...changes];
          const step = (): void => {
            const next = queue.shift();
            if (next === undefined) return;
            if (next.name === null) table.remove(`k${next.id}`);
            else table.put(`k${next.id}`, next.name);
          };
          table.meanwhile = step;
          const seen = new Map<string, string | null>();
          let position: Checkpoint | null = null;
          const pass = async (most: number): Promise<void> => {
            await using source = open(table);
            let portions = 0;
            for await (const { records, next } of source.read('s', position)) {
              for (const { key, op, value } of records) {
                if (op === 'delete') seen.delete(key);
                else seen.set(key, value?.['name'] as string | null);
              }
              position = next;
              step();
              if (++portions > most) return;
            }
          };
          for (const stop of stops) await pass(stop);
          while (queue.length > 0) step();
          table.meanwhile = () => {};
          await pass(1_000);
          await pass(1_000);
          await pass(1_000);
          expect([...seen].sort()).toEqual([...table.rows].sort());
        },
      ),
      { numRuns: 150 },
    );
  });

  test('changes that the server has forgotten stop the read before anything is given', async () => {
    const table = filled(5);
    const { next } = await readFrom(table, null);
    table.put('k001', '甲');
    table.oldest = table.version;
    await expect(readFrom(table, next)).rejects.toMatchObject({ code: 'HUB_SOURCE_LOG_LOST', recovery: 'stop' });
  });

  test('changes forgotten in the middle of a page stop it as well', async () => {
    const table = filled(5);
    const { next } = await readFrom(table, null);
    for (let i = 0; i < 5; i++) table.put(`k00${i}`, 'x');
    table.meanwhile = () => {
      table.oldest = table.version;
    };
    await expect(readFrom(table, next)).rejects.toMatchObject({ code: 'HUB_SOURCE_LOG_LOST' });
  });

  test('a table that is not tracked is told with the statement that the owner runs', async () => {
    const table = filled(2);
    table.oldest = null;
    await using source = open(table);
    const { ok, streams } = await source.check();
    expect(ok).toBe(false);
    expect(streams[0]?.message).toContain('ALTER TABLE dbo.t ENABLE CHANGE_TRACKING');
    await expect(readFrom(table, null)).rejects.toMatchObject({ code: 'HUB_SOURCE_NO_RIGHTS' });
  });
});

test('the statement: keys from the change table, the rest from the row, behind version and key', async () => {
  const size = { length: '9', precision: null, scale: null, collation: null };
  const key = mssqlColumn('机构代码', 'char', size, false, '');
  const amount = mssqlColumn('金额', 'decimal', { ...size, precision: '18', scale: '2' }, true, '');
  const stream = {
    ...{ stream: 's', schema: 'dbo', table: 'ZZJGDM', columns: [amount, key], key: [key], cursor: null },
    ...{ keyIsUnique: true, overlapSeconds: 0, pageRows: 3 },
  };
  await using db = new TrackedTable().open();
  const page = { since: '5', until: '9', limit: 3 };
  const written = (after: string[] | null) =>
    selectChanges(db, stream, { ...page, after })
      .toSQL()
      .toNative();
  expect(written(null).sql.replaceAll(/\s+/g, ' ')).toBe(
    "SELECT TOP (@p0) CAST(c.SYS_CHANGE_VERSION AS varchar(20)), CASE WHEN c.SYS_CHANGE_OPERATION = 'D' OR t.[机构代码] IS NULL " +
      "THEN 'D' ELSE 'U' END, c.[机构代码], CONVERT(varchar(41), t.[金额]) FROM CHANGETABLE(CHANGES [dbo].[ZZJGDM], CAST(@p1 AS bigint)) AS c " +
      'LEFT JOIN [dbo].[ZZJGDM] AS t ON t.[机构代码] = c.[机构代码] WHERE c.SYS_CHANGE_VERSION <= CAST(@p2 AS bigint) ' +
      'ORDER BY c.SYS_CHANGE_VERSION, c.[机构代码]',
  );
  const behind = written(['7', '027746769']);
  expect(behind.sql).toContain(
    '(c.SYS_CHANGE_VERSION > CAST(@p3 AS bigint)) OR (c.SYS_CHANGE_VERSION = CAST(@p4 AS bigint) AND c.[机构代码] > CAST(@p5 AS char(9)))',
  );
  expect(behind.bindings).toEqual([3, '5', '9', '7', '7', '027746769']);
});
