import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';

/** An empty database, dropped on dispose, and a connection that may write into it. */
export async function freshDatabase(
  address: string,
): Promise<{ url: string; admin: mysql.Connection } & AsyncDisposable> {
  const name = `source_${randomBytes(4).toString('hex')}`;
  const url = new URL(address);
  url.pathname = `/${name}`;
  const admin = await mysql.createConnection({ uri: address, multipleStatements: true });
  await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE ${name}`);
  return {
    url: url.href,
    admin,
    async [Symbol.asyncDispose]() {
      await admin.query(`DROP DATABASE ${name}`);
      await admin.end();
    },
  };
}
