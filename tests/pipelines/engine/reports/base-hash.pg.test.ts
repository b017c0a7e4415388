import { expect, test } from '@jest/globals';
import pg from 'pg';
import { baseHash } from '../../../../pipelines/engine/reports/base-hash.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { watchPlans } from '../../../support/plans.ts';
import { testDatabase } from '../../../support/postgres.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

const ZHANG = { citizenNumber: '630102199003071236', name: '张伟', birthDate: '1990-03-07' };
const LI = { citizenNumber: '630103198501024321', name: '李娜', birthDate: '1985-01-02' };

const hashOf = ({ pool }: Scene): Promise<string> => baseHash(pool, population);

async function sceneOf(rows: readonly (readonly [system: string, row: Row])[]): Promise<Scene> {
  const scene = await openScene(population);
  for (const system of ['shield', 'insurance']) await scene.source(system);
  for (const [system, row] of rows) await scene.take(await scene.source(system), [row]);
  return scene;
}

const ROWS: readonly (readonly [string, Row])[] = [
  ['shield', { key: '1', ...ZHANG, phone: '1' }],
  ['insurance', { key: 'a', ...ZHANG, phone: '2' }],
  ['insurance', { key: 'b', ...LI, name: "李\n'娜'\t=" }],
];

test('bases that say the same have one hash, on whatever server and in whatever order their rows came', async () => {
  await using scene = await sceneOf(ROWS);
  await using other = await sceneOf([...ROWS].reverse());
  expect([await hashOf(scene), await hashOf(other)]).toEqual([
    'b6f90c5f21c6d402a71dc6cfc973f8ba',
    'b6f90c5f21c6d402a71dc6cfc973f8ba',
  ]);
});

test('who is together, what survived, from which row and what is in conflict each change the hash', async () => {
  await using scene = await sceneOf(ROWS);
  const seen = [await hashOf(scene)];
  const after = async (system: string, row: Row): Promise<void> => {
    await scene.take(await scene.source(system), [{ ...row, at: 1_700_000_000_000 + seen.length }]);
    seen.push(await hashOf(scene));
  };
  await after('insurance', { key: 'b', ...LI });
  await after('insurance', { key: 'a', ...ZHANG, phone: '1' });
  await after('insurance', { key: 'a', ...ZHANG, citizenNumber: LI.citizenNumber, phone: '1' });
  await after('insurance', { key: 'b', deleted: true });
  expect(new Set(seen).size).toBe(5);
  await scene.query(
    'UPDATE population.golden SET winners = $1 WHERE entity_id = (SELECT min(entity_id) FROM population.golden)',
    ['{"name":[999,"only"]}'],
  );
  seen.push(await hashOf(scene));
  await scene.query('DELETE FROM population.golden');
  seen.push(await hashOf(scene));
  expect(new Set(seen).size).toBe(7);
});

test('with statistics from before a load each table is read once, and no row is compared with every other', async () => {
  await using database = await testDatabase();
  await using scene = await openScene(population, { ...database, async [Symbol.asyncDispose]() {} });
  const shield = await scene.source('shield');
  await scene.query(`ALTER TABLE population.source_record SET (autovacuum_enabled = off);
    ALTER TABLE population.golden SET (autovacuum_enabled = off)`);
  await scene.take(shield, [{ key: '0', ...ZHANG }]);
  await scene.query('ANALYZE');
  const rows = Array.from({ length: 3_000 }, (_, i): Row => ({ key: `k${i}`, name: '王芳', phone: String(i) }));
  await scene.take(shield, rows);
  const watched = new pg.Pool({ connectionString: database.url, max: 1 });
  try {
    const plans = watchPlans(watched);
    await baseHash(watched, population);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.nodes.filter((node) => node.startsWith('Nested Loop'))).toEqual([]);
    // Records, golden records, two attributes and two winners of each.
    expect(plans[0]?.rowsRead).toBeLessThan(8 * 3_001);
  } finally {
    await watched.end();
  }
});
