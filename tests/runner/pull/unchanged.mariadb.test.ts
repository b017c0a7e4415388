import { afterAll, beforeAll, test } from '@jest/globals';
import { freshDatabase } from '../../connectors/sql-table/mariadb.ts';
import { openTable } from '../../connectors/sql-table/open.ts';
import { describeWith } from '../../support/lanes.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';
import { tellTheStory } from './unchanged-story.ts';

describeWith('mariadb', (address) => {
  let world: PullWorld;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    world = await openPullWorld();
    database = await freshDatabase(address);
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  test.each([
    ['datetime', { cursor: 'at', overlapSeconds: 300 }],
    ['datetime(6)', { cursor: 'at', overlapSeconds: 300 }],
    ['timestamp NULL', { cursor: 'at', overlapSeconds: 300 }],
    ['datetime(3)', {}],
  ])('a quiet table on MariaDB, its times of type %s', async (type, stream) => {
    const name = `quiet_${type.replace(/\W/g, '')}${'cursor' in stream ? '' : '_whole'}`;
    await database.admin.query(`CREATE TABLE ${name} (id varchar(20) PRIMARY KEY, v varchar(60), at ${type})`);
    await tellTheStory(world, {
      system: name.replaceAll('_', '-').toLowerCase(),
      open: () =>
        openTable(
          { client: 'mysql2', url: database.url, pageRows: 3 },
          { one: { table: name, key: ['id'], ...stream } },
        ),
      put: async (id, v, seconds) => {
        const at =
          seconds === null
            ? null
            : new Date(Date.UTC(2026, 2, 1) + seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');
        await database.admin.query(`REPLACE INTO ${name} VALUES (?, ?, ?)`, [id, v, at]);
      },
      remove: async (id) => void (await database.admin.query(`DELETE FROM ${name} WHERE id = ?`, [id])),
    });
  });
});
