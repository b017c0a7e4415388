import { expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { codeOf, keysOf, openTable, readFrom } from './open.ts';

export interface KeyGround {
  readonly connection: object;
  run(sql: string): Promise<unknown>;
}

/** Complete or a failure: keys that repeat, that are missing, and whose type changes while they are read. */
export function keyTests(ground: () => KeyGround): void {
  const withTable = async <T>(
    table: string,
    work: (source: Source) => Promise<T>,
    { pageRows = 3, ...more }: { readonly pageRows?: number; readonly cursor?: string } = {},
  ): Promise<T> => {
    const streams = { s: { table, key: ['id'], ...more } };
    await using source = await openTable({ ...ground().connection, pageRows }, streams);
    return await work(source);
  };
  const rows = (from: number, to: number, of: (n: number) => string): string =>
    Array.from({ length: to - from + 1 }, (_, i) => of(from + i)).join(', ');

  test('a key twice within a page is said by check, and every row arrives', async () => {
    await ground().run('CREATE TABLE twice (id int, v int)');
    await ground().run('INSERT INTO twice VALUES (1, 1), (2, 1), (2, 2), (3, 1), (4, 1)');
    await withTable(
      'twice',
      async (source) => {
        const line = (await source.check()).streams[0];
        expect(line).toMatchObject({ ok: false, isRead: true });
        expect(line?.message).toContain('the key id does not identify a row: 2 rows have the same');
        expect(keysOf(await readFrom(source, 's'))).toEqual(['1', '2', '2', '3', '4']);
      },
      { pageRows: 100 },
    );
  });

  test('a key twice at the edge of a page ends the read with a failure', async () => {
    await ground().run('CREATE TABLE edge (id int, v int)');
    await ground().run('INSERT INTO edge VALUES (1, 1), (2, 1), (3, 1), (3, 2), (4, 1)');
    await withTable('edge', async (source) => {
      expect(await codeOf(readFrom(source, 's'))).toBe('HUB_CONFIG_INVALID');
    });
  });

  test('a row without a key is said by check, and rejected', async () => {
    await ground().run('CREATE TABLE without_key (id int, v int)');
    await ground().run('INSERT INTO without_key VALUES (1, 1), (NULL, 2)');
    await withTable('without_key', async (source) => {
      expect((await source.check()).streams[0]).toMatchObject({
        ...{ ok: false, isRead: true, message: expect.stringContaining('there are rows without a key') },
      });
      const { records, portions } = await readFrom(source, 's');
      expect([records.length, portions.flatMap(({ rejects }) => rejects).length]).toEqual([1, 1]);
    });
  });

  test('a key that becomes text between two pages ends the read with a failure, and it is read again from its start', async () => {
    await ground().run('CREATE TABLE retyped (id int PRIMARY KEY, v int)');
    await ground().run(`INSERT INTO retyped VALUES ${rows(1, 12, (n) => `(${n}, 1)`)}`);
    const saved = await withTable('retyped', async (source) => {
      const read = source.read('s', null)[Symbol.asyncIterator]();
      const first = await read.next();
      await ground().run(
        'client' in ground().connection && (ground().connection as { client: string }).client === 'pg'
          ? 'ALTER TABLE retyped ALTER COLUMN id TYPE varchar(20)'
          : 'ALTER TABLE retyped MODIFY id varchar(20)',
      );
      const rest = async (): Promise<void> => {
        while ((await read.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({
        code: expect.stringMatching(/^HUB_SOURCE_(SCHEMA_CHANGED|READ_FAILED)$/),
      });
      return first.value?.next ?? null;
    });
    await withTable('retyped', async (source) => {
      expect(new Set(keysOf(await readFrom(source, 's', saved))).size).toBe(12);
    });
  });
}
