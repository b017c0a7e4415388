import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSource } from '../../../runner/control/systems.ts';
import { openChangeLog } from '../../../runner/pull/changes.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import { systemOf } from './fake-source.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';

export interface DriftDatabase extends AsyncDisposable {
  readonly connection: object;
  /** For the `source` of a stream, where tables need it. */
  readonly schema?: string;
  run(sql: string): Promise<unknown>;
  /** Gives a column another type. */
  retype(table: string, column: string, type: string): Promise<unknown>;
}

const ITEMS = { id: '编号', name: '名称', note: '备注', amount: '金额' };

/** What the hub does when a department alters its table, each kind of change on the real server. */
export function driftContract(kind: string, open: () => Promise<DriftDatabase>): void {
  describe(`drift on ${kind}`, () => {
    let world: PullWorld;
    let database: DriftDatabase;
    beforeAll(async () => {
      [world, database] = await Promise.all([openPullWorld(), open()]);
    });
    afterAll(async () => {
      await world?.[Symbol.asyncDispose]();
      await database?.[Symbol.asyncDispose]();
    });

    /** A system with the altered table and one beside it; read once, altered, one row more in each, read again. */
    async function altered(table: string, alter: () => Promise<unknown>) {
      const columns = 'id int PRIMARY KEY, name varchar(20), note varchar(50), amount numeric(12,2), spare int';
      for (const one of [table, `${table}_beside`]) {
        await database.run(`CREATE TABLE ${one} (${columns})`);
        await database.run(`INSERT INTO ${one} VALUES (1, '青海甲公司', 'x', 1.50, 7)`);
      }
      const source = (name: string): object => ({
        ...(database.schema === undefined ? {} : { schema: database.schema }),
        ...{ table: name, key: ['id'] },
      });
      const resource = {
        ...{
          code: '307001/1',
          title: 't',
          abstract: 'a',
          sharing: 'unconditional',
          updateCycle: 'daily',
          items: ITEMS,
        },
      };
      const entry = { base: 'legal-entity', mapping: { name: { from: 'name', as: 'entity-name' } }, resource };
      const spec = systemOf(
        table.replaceAll('_', '-'),
        { altered: { ...entry, source: source(table) }, beside: { ...entry, source: source(`${table}_beside`) } },
        { connector: 'sql-table', connection: database.connection },
      );
      const pull = async (): Promise<string | null> => {
        const context = { signal: new AbortController().signal, log: silentLogger, now: () => new Date() };
        await using opened = await openSource(spec, {}, context);
        return await world.pullApplied(spec, opened).then(
          () => null,
          (error: { code: string }) => error.code,
        );
      };
      /** Without a cursor the table is read whole each time: the last of each key. */
      const rowsOf = async (stream: string): Promise<Record<string, RawRecord['value']>> => {
        const records = await world.records(`raw.${spec.system}.${stream}`);
        records.sort((a, b) => a.observedAt - b.observedAt);
        return Object.fromEntries(records.map(({ key, value }) => [key, value]));
      };
      await world.systems.apply(spec);
      expect(await pull()).toBeNull();
      await alter();
      await database.run(`INSERT INTO ${table} (id) VALUES (2)`);
      await database.run(`INSERT INTO ${table}_beside (id, name) VALUES (2, '青海乙公司')`);
      const failure = await pull();
      const open = (await openChangeLog(world.pool).open()).filter(({ system }) => system === spec.system);
      const stream = (await world.systems.get(spec.system)).streams.find((one) => one.stream === 'altered');
      // The table beside it is never held up.
      expect(Object.keys(await rowsOf('beside'))).toHaveLength(2);
      return {
        failure,
        state: stream?.state,
        changes: open.map(({ kind: what, column, decision }) => `${column} ${what} ${decision}`),
        rows: () => rowsOf('altered'),
        again: async () => {
          await world.systems.apply(spec);
          return await pull();
        },
      };
    }
    const goesOn = { failure: null, state: 'ready' };
    const waits = { failure: 'HUB_SOURCE_SCHEMA_CHANGED', state: 'halted' };

    test('a column added: goes on with a notice, and the column travels', async () => {
      const found = await altered('added', () => database.run('ALTER TABLE added ADD extra varchar(9)'));
      expect(found).toMatchObject({ ...goesOn, changes: ['extra added notice'] });
      expect((await found.rows())['2']).toHaveProperty('extra', null);
      expect(await found.again()).toBeNull();
      expect(await openChangeLog(world.pool).open()).not.toContainEqual(expect.objectContaining({ column: 'extra' }));
    });

    test('a needed column dropped: this stream waits', async () => {
      const found = await altered('dropped', () => database.run('ALTER TABLE dropped DROP COLUMN note'));
      expect(found).toMatchObject({ ...waits, changes: ['note dropped pause'] });
      expect(Object.keys(await found.rows())).toEqual(['1']);
    });

    test('an unneeded column dropped: goes on with a notice, and is filled with nothing', async () => {
      const found = await altered('dropped_spare', () => database.run('ALTER TABLE dropped_spare DROP COLUMN spare'));
      expect(found).toMatchObject({ ...goesOn, changes: ['spare dropped notice'] });
      expect((await found.rows())['2']).not.toHaveProperty('spare');
    });

    test('a mapped column renamed: waits, and names the new one', async () => {
      const found = await altered('renamed', () => database.run('ALTER TABLE renamed RENAME COLUMN name TO title'));
      expect(found).toMatchObject({ ...waits, changes: ['name renamed pause'] });
      const [change] = (await openChangeLog(world.pool).open()).filter(({ system }) => system === 'renamed');
      expect(change).toMatchObject({ before: 'name', after: 'title', reason: 'the mapping reads it' });
    });

    test('an unneeded column renamed: goes on with a notice', async () => {
      const found = await altered('renamed_spare', () =>
        database.run('ALTER TABLE renamed_spare RENAME COLUMN spare TO other'),
      );
      expect(found).toMatchObject({ ...goesOn, changes: ['spare renamed notice'] });
    });

    test('a text made shorter: goes on with a notice', async () => {
      const found = await altered('narrowed', () => database.retype('narrowed', 'note', 'varchar(30)'));
      expect(found).toMatchObject({ ...goesOn, changes: ['note narrowed notice'] });
    });

    test('a text made longer: goes on', async () => {
      const found = await altered('widened', () => database.retype('widened', 'note', 'varchar(90)'));
      expect(found).toMatchObject({ ...goesOn, changes: [] });
      expect(Object.keys(await found.rows())).toEqual(['1', '2']);
    });

    test('a number that outgrew its type: goes on with a notice, and travels as text', async () => {
      const found = await altered('outgrown', () => database.retype('outgrown', 'spare', 'bigint'));
      expect(found).toMatchObject({ ...goesOn, changes: ['spare widened notice'] });
      await database.run('INSERT INTO outgrown (id, spare) VALUES (3, 9007199254740993)');
      expect(await found.again()).toBeNull();
      const spares = Object.values(await found.rows()).map((row) => row?.['spare']);
      expect(spares).toEqual(['7', null, '9007199254740993']);
    });

    test('a needed column of another type: waits, until a person has applied the file again', async () => {
      const found = await altered('retyped', () => database.retype('retyped', 'amount', 'varchar(20)'));
      expect(found).toMatchObject({ ...waits, changes: ['amount retyped pause'] });
      expect(await found.again()).toBeNull();
      expect(Object.values(await found.rows()).map((row) => row?.['amount'])).toEqual(['1.50', null]);
      expect((await world.systems.get('retyped')).streams[0]?.state).toBe('ready');
      expect(await openChangeLog(world.pool).open()).not.toContainEqual(expect.objectContaining({ system: 'retyped' }));
    });
  });
}
