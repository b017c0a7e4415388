import { expect, test } from '@jest/globals';
import { openSlot } from '../../../connectors/postgres-cdc/slot.ts';
import { sqlFailure } from '../../../connectors/sql/failure.ts';
import type { PgDatabase } from '../../../connectors/sql/pg.ts';

/** A server that answers every statement with this error. */
function refusing(code: string, message: string): PgDatabase {
  const partial = {
    knex: { raw: () => ({}) },
    rows: async () => {
      throw Object.assign(new Error(message), { code });
    },
    failure: (error: unknown, what: string) => sqlFailure(error, what, {}, true),
  };
  return partial as unknown as PgDatabase;
}

test('a slot that another session reads is moved by the next checkpoint, whatever the language of the server', async () => {
  await expect(openSlot(refusing('55006', '复制槽 "hub" 已被激活'), 'hub', 'hub').advance(1n)).resolves.toBeUndefined();
});

test('a failure is not taken for a slot in use because its text says that something is active', async () => {
  const failing = openSlot(refusing('25P02', 'no transaction is active for PID 1'), 'hub', 'hub').advance(1n);
  await expect(failing).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
});
