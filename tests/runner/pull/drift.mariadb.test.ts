import { freshDatabase } from '../../connectors/sql-table/mariadb.ts';
import { describeWith } from '../../support/lanes.ts';
import { driftContract } from './drift-contract.ts';

describeWith('mariadb', (address) => {
  driftContract('MariaDB', async () => {
    const database = await freshDatabase(address);
    return {
      connection: { client: 'mysql2', url: database.url },
      run: (sql) => database.admin.query(sql),
      retype: (table, column, type) => database.admin.query(`ALTER TABLE ${table} MODIFY ${column} ${type}`),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });
});
