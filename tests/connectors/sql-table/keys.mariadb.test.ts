import { afterAll, beforeAll } from '@jest/globals';
import { describeWith } from '../../support/lanes.ts';
import { keyTests } from './keys.ts';
import { freshDatabase } from './mariadb.ts';

describeWith('mariadb', (address) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase(address);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });
  keyTests(() => ({
    connection: { client: 'mysql2', url: database.url },
    run: (sql) => database.admin.query(sql),
  }));
});
