import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import mysql from 'mysql2/promise';
import { createGoldenInsuranceMariadb } from '../../../../runner/demo/world/mariadb.ts';
import { rowsOf } from '../../../../runner/demo/world/sample-system.ts';
import { SAMPLE_SYSTEMS } from '../../../../runner/demo/world/systems.ts';
import { summaryOf } from '../../../../runner/demo/world/truth.ts';
import { describeWith } from '../../../support/lanes.ts';

const WORLD = { persons: 2_000, entities: 50, seed: 3 };

describeWith('mariadb', (address) => {
  test('the social security system is the same on MariaDB', async () => {
    const name = `world_${randomBytes(4).toString('hex')}`;
    const url = new URL(address);
    url.pathname = `/${name}`;
    const admin = await mysql.createConnection({ uri: address, dateStrings: true });
    try {
      await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      const summary = await createGoldenInsuranceMariadb(url.href, WORLD, new AbortController().signal);
      expect(summary).toEqual(summaryOf(WORLD).systems['golden-insurance']);
      const columns = SAMPLE_SYSTEMS['golden-insurance'].columns.map((column) => column.name).join(', ');
      const [rows] = await admin.query<mysql.RowDataPacket[]>({
        sql: `SELECT ${columns} FROM ${name}.cbry ORDER BY AAC001`,
        rowsAsArray: true,
      });
      expect(rows).toEqual([...rowsOf(SAMPLE_SYSTEMS['golden-insurance'], WORLD)].map(({ cells }) => cells));
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      await admin.end();
    }
  });
});
