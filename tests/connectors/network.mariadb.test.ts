import { sqlTable } from '../../connectors/sql-table/connector.ts';
import { networkContract } from '../contracts/network.contract.ts';
import { describeWith } from '../support/lanes.ts';
import { testContext } from './files/folder.ts';
import { freshDatabase } from './sql-table/mariadb.ts';

describeWith('mariadb', (address) => {
  networkContract('sql-table on MariaDB', async () => {
    const { url, admin, ...rest } = await freshDatabase(address);
    await admin.query('CREATE TABLE t (id int PRIMARY KEY, name text)');
    await admin.query("INSERT INTO t SELECT seq, REPEAT('x', 20) FROM seq_1_to_500");
    const streams = { s: { table: 't', key: ['id'] } };
    return {
      ...{ ...rest, service: Number(new URL(url).port), stream: 's', after: [1, 90, 150, 900], limitMs: 9_000 },
      open: (port) => {
        const there = new URL(url);
        there.hostname = '127.0.0.1';
        there.port = String(port);
        const connection = {
          ...{ client: 'mysql2', url: there.href, connectTimeoutMs: 500, statementTimeoutMs: 1_000 },
        };
        return sqlTable.open(sqlTable.config.parse({ connection, streams }), testContext());
      },
      [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
    };
  });
});
