import { embeddedLogTables } from '../support/embedded-log.ts';
import { type Backup, logLifeJourney } from './log-life.ts';

const backup: Backup = async ({ pool }) => {
  const tables = ['log_partition', 'log_group_offset', 'log_batch'];
  for (const table of tables) await pool.query(`CREATE TABLE backup_${table} AS SELECT * FROM hub.${table}`);
  return {
    async restore() {
      for (const table of tables)
        await pool.query(`DELETE FROM hub.${table}; INSERT INTO hub.${table} SELECT * FROM backup_${table}`);
    },
  };
};

logLifeJourney(
  'on the embedded log',
  {},
  ({ pool }) => ({ ...embeddedLogTables(pool), async [Symbol.asyncDispose]() {} }),
  backup,
);
