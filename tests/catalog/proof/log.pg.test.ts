import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { leafHash } from '../../../catalog/proof/merkle.ts';
import { openCheckpoint } from '../../../catalog/proof/note.ts';
import { TILE_WIDTH } from '../../../catalog/proof/tiles.ts';
import { verifyLog } from '../../../catalog/proof/verify.ts';
import { until } from '../../support/until.ts';
import { event, events, type LogFixture, openLogFixture } from './log-fixture.ts';

const verified = (fixture: LogFixture) => verifyLog(fixture.files, { verifier: fixture.log.verifier });
const entriesOf = async ({ pool }: LogFixture): Promise<readonly string[]> =>
  (await pool.query<{ entry: string }>('SELECT entry FROM exchange.proof_entry ORDER BY entry_index')).rows.map(
    ({ entry }) => entry,
  );

describe('appending', () => {
  let fixture: LogFixture;
  beforeAll(async () => {
    fixture = await openLogFixture();
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
  });

  test('a log begins empty, under a checkpoint', async () => {
    expect(await verified(fixture)).toMatchObject({
      size: 0,
      origin: expect.stringMatching(/^sanjiang\.audit\/[0-9a-f]{16}$/),
    });
  });

  test('two processes and many callers write one log without a gap, each entry where its caller was told', async () => {
    const other = await fixture.another();
    expect(other.verifierKey).toBe(fixture.log.verifierKey);
    const CALLERS = 40;
    const told = await Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        const log = caller % 2 === 0 ? fixture.log : other;
        const places: (readonly [number, number])[] = [];
        for (let round = 0; round < 5; round++) {
          const number = caller * 1_000 + round * 10;
          const first = await log.append(events(1 + (caller % 3), number));
          for (let at = 0; at <= caller % 3; at++) places.push([first + at, number + at]);
        }
        return places;
      }),
    );
    const entries = await entriesOf(fixture);
    const places = told.flat().sort(([a], [b]) => a - b);
    expect(places.map(([place]) => place)).toEqual(entries.map((_, at) => at));
    for (const [place, number] of places)
      expect(JSON.parse(entries[place] ?? '')).toMatchObject({ on: { resource: `population/citizen/${number}` } });
    expect(await verified(fixture)).toMatchObject({ size: entries.length });
    expect(entries.length).toBeGreaterThan(TILE_WIDTH);
  });

  test('processes that take turns find where the other one has ended, also over the edge of a tile', async () => {
    const other = await fixture.another();
    const before = (await entriesOf(fixture)).length;
    for (let round = 0; round < TILE_WIDTH + 10; round++) {
      const log = Math.floor(round / 3) % 2 === 0 ? fixture.log : other;
      expect(await log.append([event(round)])).toBe(before + round);
    }
    expect(await verified(fixture)).toMatchObject({ size: before + TILE_WIDTH + 10 });
  });

  test('what one caller may not say is refused without the others', async () => {
    const before = (await entriesOf(fixture)).length;
    const wrong = { ...event(1), on: { resource: '630102199003070011' } };
    const [bad, good] = await Promise.allSettled([
      fixture.log.append([event(1), wrong]),
      fixture.log.append([event(2)]),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'HUB_REQUEST_INVALID' } });
    expect(good).toEqual({ status: 'fulfilled', value: before });
    expect(await entriesOf(fixture)).toHaveLength(before + 1);
  });

  test('an append is waited for until it is on the disk, whatever the default of the database', async () => {
    await fixture.pool.query(`CREATE TABLE said (setting text);
      CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.said VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE TRIGGER say AFTER UPDATE ON exchange.proof_head EXECUTE FUNCTION say()`);
    const database = new URL(fixture.url).pathname.slice(1);
    await fixture.pool.query(`ALTER DATABASE ${database} SET synchronous_commit = off`);
    const careless = await fixture.another();
    // The first asks where the tree ends, the second knows.
    await careless.append([event(3)]);
    await careless.append([event(3)]);
    expect((await fixture.pool.query('SELECT setting FROM said')).rows).toEqual([{ setting: 'on' }, { setting: 'on' }]);
    await fixture.pool.query(`DROP TRIGGER say ON exchange.proof_head`);
  });

  test('a store that goes away is told to everybody who waits, and the log goes on when it is back', async () => {
    const before = (await entriesOf(fixture)).length;
    const blocker = await fixture.pool.connect();
    await blocker.query('BEGIN; LOCK TABLE exchange.proof_head IN ACCESS EXCLUSIVE MODE');
    const one = fixture.log.append([event(4)]).catch((error: unknown) => error);
    const sessions = await until(async () => {
      const { rows } = await fixture.pool.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0 ? rows : null;
    }, 'the append waits for the lock');
    await fixture.pool.query('SELECT pg_terminate_backend($1)', [sessions[0]?.pid]);
    await blocker.query('ROLLBACK');
    blocker.release();
    expect(await one).toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
    expect(await fixture.log.append([event(5)])).toBe(before);
    expect(await verified(fixture)).toMatchObject({ size: before + 1 });
  });

  test('nothing of it can be changed by a statement of the hub', async () => {
    for (const table of ['proof_entry', 'proof_tile'])
      for (const sql of [`DELETE FROM exchange.${table}`, `TRUNCATE exchange.${table}`])
        await expect(fixture.pool.query(sql)).rejects.toMatchObject({ code: '23001' });
    const change = `UPDATE exchange.proof_entry SET entry = 'x' WHERE entry_index = 0`;
    await expect(fixture.pool.query(change)).rejects.toMatchObject({ code: '23001' });
  });
});

describe('a log that somebody has changed', () => {
  const SIZE = 600;
  let fixture: LogFixture;
  beforeAll(async () => {
    fixture = await openLogFixture();
    await fixture.log.append(events(SIZE));
  });
  afterAll(async () => {
    await fixture[Symbol.asyncDispose]();
  });

  const changed = (entry: string): string => entry.replace('done', 'fail');
  const forge = async (at: number, andLeaf: boolean): Promise<Buffer> => {
    const entry = changed((await entriesOf(fixture))[at] ?? '');
    const leaf = leafHash(Buffer.from(entry));
    await fixture.tamper(
      'UPDATE exchange.proof_entry SET entry = $2, leaf = CASE WHEN $3 THEN $4 ELSE leaf END WHERE entry_index = $1',
      [...[at, entry, andLeaf, leaf]],
    );
    return leaf;
  };
  /** Does something to the log, looks at what verification says, and puts everything back. */
  async function after(work: () => Promise<void>): Promise<unknown> {
    await fixture.pool.query(`DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept;
      CREATE TABLE kept.e AS TABLE exchange.proof_entry; CREATE TABLE kept.t AS TABLE exchange.proof_tile;
      CREATE TABLE kept.h AS TABLE exchange.proof_head`);
    await work();
    try {
      return await verified(fixture);
    } catch (error) {
      const { code, message, details } = error as { code: string; message: string; details: object };
      return { code, message, details };
    } finally {
      for (const [table, copy] of [
        ['entry', 'e'],
        ['tile', 't'],
        ['head', 'h'],
      ])
        await fixture
          .tamper(`WITH gone AS (DELETE FROM exchange.proof_${table}) SELECT 1`)
          .then(() => fixture.pool.query(`INSERT INTO exchange.proof_${table} TABLE kept.${copy}`));
    }
  }

  test.each([0, 255, 256, 511, 512, SIZE - 1])('one entry, number %i, is named', async (at) => {
    expect(await after(() => forge(at, false).then(() => {}))).toMatchObject({
      ...{ code: 'HUB_PROOF_INVALID', details: { entry: at } },
      message: expect.stringContaining(`Entry ${at} is the first that is wrong`),
    });
  });

  test('of two the first is named', async () => {
    const found = await after(async () => {
      await forge(400, false);
      await forge(300, false);
    });
    expect(found).toMatchObject({ details: { entry: 300 } });
  });

  test('an entry with its tile: the tile above shows which 256', async () => {
    const found = await after(async () => {
      const leaf = await forge(300, true);
      await fixture.tamper(
        'UPDATE exchange.proof_tile SET hashes = overlay(hashes PLACING $1 FROM $2) WHERE level = 0 AND tile_index = 1',
        [leaf, 44 * 32 + 1],
      );
    });
    expect(found).toMatchObject({ details: { entry: 256, tile: '1/000.p/2' } });
  });

  test('an entry whose leaf was changed with it, where no tile is full yet: the root does not follow', async () => {
    const found = await after(() => forge(SIZE - 1, true).then(() => {}));
    expect(found).toMatchObject({ code: 'HUB_PROOF_INVALID', details: { entry: null } });
  });

  test('a tile alone: every entry is right', async () => {
    const found = await after(() =>
      fixture.tamper(`UPDATE exchange.proof_tile SET hashes = set_byte(hashes, 9, 255 - get_byte(hashes, 9))
                      WHERE tile_index = 1`),
    );
    expect(found).toMatchObject({ details: { entry: null, tile: '0/001' } });
  });

  test('an entry that is gone', async () => {
    const found = await after(() => fixture.tamper('DELETE FROM exchange.proof_entry WHERE entry_index = 520'));
    expect(found).toMatchObject({ code: 'HUB_PROOF_INVALID', details: { entry: 512 } });
  });

  test('a checkpoint over fewer entries, and one that another key has signed', async () => {
    const size = await after(() =>
      fixture.tamper(`UPDATE exchange.proof_head SET checkpoint = replace(checkpoint, E'\\n600\\n', E'\\n599\\n')`),
    );
    expect(size).toMatchObject({ message: expect.stringContaining('changed after it was signed') });
    await using other = await openLogFixture();
    const theirs = await other.files.checkpoint();
    const found = await after(() => fixture.tamper('UPDATE exchange.proof_head SET checkpoint = $1', [theirs]));
    expect(found).toMatchObject({ message: expect.stringContaining('It is not signed by') });
  });

  test('put back, it is the log again', async () => {
    expect(await after(async () => {})).toMatchObject({ size: SIZE, since: null });
  });
});

describe('an older checkpoint', () => {
  test.each([0, 1, 255, 256, 300, 512, 700])('of %i entries is continued', async (older) => {
    await using fixture = await openLogFixture();
    const { verifier } = fixture.log;
    await fixture.log.append(events(older));
    const since = openCheckpoint(await fixture.files.checkpoint(), verifier);
    await fixture.log.append(events(700 - older, older));
    expect(await verifyLog(fixture.files, { verifier, since })).toMatchObject({ size: 700, since: older });
  });

  test('shows that the log was written anew or cut off since, though all of it is signed', async () => {
    await using fixture = await openLogFixture();
    const { verifier } = fixture.log;
    await fixture.log.append(events(300));
    const since = openCheckpoint(await fixture.files.checkpoint(), verifier);
    // Whoever has the key and the database begins again, and leaves one entry out.
    await fixture.tamper('DELETE FROM exchange.proof_entry');
    await fixture.tamper('DELETE FROM exchange.proof_tile');
    await fixture.tamper(`UPDATE exchange.proof_head SET size = 0, peaks = ''`);
    await fixture.log.append(events(299, 1));
    expect(await verifyLog(fixture.files, { verifier })).toMatchObject({ size: 299 });
    await expect(verifyLog(fixture.files, { verifier, since })).rejects.toMatchObject({
      ...{ code: 'HUB_PROOF_INVALID', details: { entry: 299 } },
      message: expect.stringContaining('cut off'),
    });
    await fixture.log.append(events(50));
    await expect(verifyLog(fixture.files, { verifier, since })).rejects.toMatchObject({
      ...{ code: 'HUB_PROOF_INVALID', details: { since: 300 } },
      message: expect.stringContaining('The first 300 entries are not those'),
    });
  });
});

test('a log of 70,000 entries has tiles of three levels, and is verified', async () => {
  await using fixture = await openLogFixture();
  for (let from = 0; from < 70_000; from += 3_500) await fixture.log.append(events(3_500, from));
  const { rows } = await fixture.pool.query(
    'SELECT level, count(*)::int AS tiles FROM exchange.proof_tile GROUP BY level ORDER BY level',
  );
  expect(rows).toEqual([
    { level: 0, tiles: 273 },
    { level: 1, tiles: 1 },
  ]);
  expect(await verified(fixture)).toMatchObject({ size: 70_000 });
}, 240_000);
