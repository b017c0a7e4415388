import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { population } from '../../../../pipelines/population/definition.ts';
import { propertySeed } from '../../../contracts/source.contract.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

const SYSTEMS = ['insurance', 'shield', 'tax'];
const NUMBERS = ['630102199003071236', '630103198501024321', '632801197704052219'];
// Three who could be one another, two who could not.
const NAMES = ['张伟', '張偉', '张 伟', '欧阳建国', '李娜'];

const change = fc.record({
  system: fc.constantFrom(...SYSTEMS),
  key: fc.constantFrom('1', '2', '3', '4'),
  number: fc.option(fc.constantFrom(...NUMBERS), { freq: 6 }),
  name: fc.constantFrom(...NAMES),
  deleted: fc.nat({ max: 3 }).map((value) => value === 0),
});

/** Everything but ids and times: which rows are together, what they say together, where their keys lead. */
async function state(): Promise<unknown> {
  const members = `(SELECT string_agg(s.system || '/' || r.source_key, ' ' ORDER BY s.system, r.source_key)
    FROM population.source_record r JOIN population.source s USING (source_id) WHERE r.entity_id = e.entity_id AND NOT r.deleted)`;
  return scene.query(
    `SELECT ${members} AS members, g.attributes, g.conflicts, g.sources,
       (SELECT array_agg(l.link_key ORDER BY l.link_key) FROM population.link_key l WHERE l.entity_id = e.entity_id) AS keys
     FROM population.entity e LEFT JOIN population.golden g USING (entity_id)
     WHERE ${members} IS NOT NULL OR g.entity_id IS NOT NULL
       OR EXISTS (SELECT 1 FROM population.link_key l WHERE l.entity_id = e.entity_id)
     ORDER BY 1`,
  );
}

async function reset(): Promise<void> {
  await scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total`);
}

test('inserting, correcting, deleting in any order gives the base that the final rows alone would give', async () => {
  const seed = propertySeed('engine order');
  for (const system of SYSTEMS) await scene.source(system);
  // What stewards say stays with its rows, wherever they go; one of them is about a row that is often not there.
  await scene.query(`INSERT INTO population.override (source_row, attribute, value, set_by, reason, until) VALUES
    ('shield/rows 1', 'name', '"马英"', 'a', 'b', '2999-12-31'), ('tax/rows 2', 'name', '"李娜"', 'a', 'b', '2999-12-31'),
    ('insurance/rows 3', 'phone', '"13912344552"', 'a', 'b', '2999-12-31')`);
  let offset = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 24 }), fc.integer({ min: 1, max: 6 }), async (changes, size) => {
      const finals = new Map<string, Row & { system: string }>();
      const at = (index: number): number => 1_700_000_000_000 + index;
      const rows = changes.map(({ system, key, number, name, deleted }, i) => {
        const row = { key, at: at(i), deleted, name, ...(number === null ? {} : { citizenNumber: number }) };
        // The same content again is no news: the row keeps the time at which it was first seen so.
        const { at: _, ...content } = row;
        const { at: __, system: ___, ...known } = finals.get(`${system} ${key}`) ?? { at: 0, system, key };
        if (JSON.stringify(known) !== JSON.stringify(content)) finals.set(`${system} ${key}`, { ...row, system });
        return { system, row };
      });
      await reset();
      for (const system of SYSTEMS) {
        const source = await scene.source(system);
        const own = rows.filter((entry) => entry.system === system).map((entry) => entry.row);
        for (let i = 0; i < own.length; i += size) {
          await scene.take(source, own.slice(i, i + size), offset);
          offset += size;
        }
      }
      const incremental = await state();

      await reset();
      for (const { system, ...row } of [...finals.values()].reverse()) {
        if (row.deleted !== true) await scene.take(await scene.source(system), [row], offset++);
      }
      expect(incremental).toEqual(await state());
    }),
    { seed, numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100) },
  );
}, 600_000);
