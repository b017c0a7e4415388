import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import { openMember } from '../../../runner/log/embedded-member.ts';
import { createSessions } from '../../../runner/log/embedded-session.ts';
import { HEADS, READ, type Topic } from '../../../runner/log/embedded-sql.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrateHub(pool);
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

function held() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

/** Holds statements back: READ before it is asked, HEADS after it is answered. */
function gates() {
  const opened = held();
  const headsMayGo = held();
  let reads = 0;
  let headsHeld = 0;
  let holdsHeads = false;
  const wrap = <Target extends { query: unknown }>(target: Target): Target => {
    const query = (target.query as (...args: unknown[]) => Promise<unknown>).bind(target);
    const asked = async (text: unknown, ...rest: unknown[]): Promise<unknown> => {
      if (text === READ) {
        reads += 1;
        await opened.promise;
      }
      const answer = await query(text, ...rest);
      if (text === HEADS && holdsHeads) {
        headsHeld += 1;
        await headsMayGo.promise;
      }
      return answer;
    };
    return new Proxy(target, {
      get(of, name) {
        if (name === 'query') return asked;
        const value: unknown = Reflect.get(of, name);
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
  };
  return {
    ...{ wrap, reads: () => reads, headsHeld: () => headsHeld },
    holdHeads: () => {
      holdsHeads = true;
    },
    letRead: () => opened.resolve(),
    letHeads: () => headsMayGo.resolve(),
  };
}

test('a member that has read on while its heads were looked at does not take the late answer for a shorter log', async () => {
  await using log = await openEmbeddedLog({ pool });
  await log.ensureTopics([{ name: 'late', partitions: 1 }]);
  const message = (value: string) => ({ key: null, value: Buffer.from(value) });
  await log.append('late', [message('0')]);
  const { rows } = await pool.query<{ id: number }>("SELECT topic_id AS id FROM hub.log_topic WHERE topic = 'late'");
  const topic: Topic = { id: rows[0]?.id ?? 0, name: 'late', partitions: 1, life: 'x', hasGaps: false };

  const gate = gates();
  const sessions = createSessions(() => gate.wrap(new pg.Client({ connectionString: database.url })), 20);
  const member = await openMember({
    ...{ sessions, pool: gate.wrap(pool), topics: [topic], group: 'g', maxBatch: 100, log: silentLogger },
  });
  await until(() => gate.reads() === 1, 'the member is about to read from a head of 1');
  gate.holdHeads();
  await until(() => gate.headsHeld() === 1, 'heads of 1 were seen and not told yet');
  await log.append('late', [message('1'), message('2')]);
  gate.letRead();
  const first = await member.next();
  expect(first?.messages.map(({ value }) => String(value))).toEqual(['0', '1', '2']);
  gate.letHeads();
  await log.append('late', [message('3')]);
  expect((await member.next())?.messages.map(({ value }) => String(value))).toEqual(['3']);
  await member.close();
});
