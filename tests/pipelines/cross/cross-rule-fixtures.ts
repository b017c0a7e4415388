import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { BASES } from '../../../pipelines/bases.ts';
import type { Books, CrossBases, CrossRule, StreamBook } from '../../../pipelines/cross/contract.ts';
import { CROSS_RULES } from '../../../pipelines/cross/rules.ts';
import type { BaseDefinition } from '../../../pipelines/pipeline.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openConflictLedger } from '../../../runner/quality/conflict-ledger.ts';
import { keepFindings, listCrossFindings } from '../../../runner/quality/cross-findings.ts';
import type { BaseName } from '../../../schemas/base.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import { testDatabase } from '../../support/postgres.ts';
import { openScene, type Row, type Scene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';

/** A base as rows by system, which is also the kind of authority. */
type BaseRows = Readonly<Record<string, readonly Row[]>>;

interface FakeBooks {
  readonly streams?: readonly (Pick<StreamBook, 'system' | 'read' | 'appended'> & Partial<StreamBook>)[];
  readonly runs?: Readonly<Record<string, number>>;
  /** By system. */
  readonly logged?: Readonly<Record<string, number>>;
}

/** All bases, each in a database of its own, and what was done to them afterwards. */
interface CrossState extends Partial<Readonly<Record<BaseName, BaseRows>>> {
  readonly books?: FakeBooks;
  /** Statements on the control database (`hub`) or on a base, after the rows were stored. */
  readonly after?: readonly (readonly [where: BaseName | 'hub', statement: string])[];
}
/** Subjects name entities by the source keys of their records. */
type CrossCase = readonly [state: CrossState, subjects: readonly string[]];
export interface CrossRuleFixtures {
  readonly good: readonly [CrossState, CrossState, CrossState];
  readonly bad: readonly [CrossCase, CrossCase, CrossCase];
}

export interface CrossWorld extends AsyncDisposable {
  readonly hub: pg.Pool;
  readonly scenes: Readonly<Record<BaseName, Scene>>;
  /** Brings everything into the state, and nothing else is left. */
  set(state: CrossState): Promise<void>;
  ask(rule: CrossRule, state: CrossState): Promise<Awaited<ReturnType<typeof keepFindings>>>;
  /** What is kept, entities by the keys of their records. */
  subjects(): Promise<readonly string[]>;
}

const topicOf = (system: string): string => `raw.${system}.rows`;

const booksOf = ({ streams = [], runs = {}, logged = {} }: FakeBooks): Books => ({
  streams: async () =>
    streams.map((one) => ({
      ...{ stream: 'rows', topic: topicOf(one.system), base: 'population', unchanged: 0, rejected: 0 },
      ...one,
    })),
  appendedByRuns: async () =>
    new Map([...streams.map((one) => [one.system, one.appended] as const), ...Object.entries(runs)]),
  async logged(topic) {
    const end = Object.entries(logged).find(([system]) => topicOf(system) === topic)?.[1];
    return end === undefined ? null : { life: '', end };
  },
});

export async function openCrossWorld(): Promise<CrossWorld> {
  const database = await testDatabase();
  const hub = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrateHub(hub);
  const opened = await Promise.all(
    BASES.map(async (base): Promise<[BaseDefinition, Scene]> => [base, await openScene(base)]),
  );
  const scenes = Object.fromEntries(opened.map(([base, scene]) => [base.name, scene])) as CrossWorld['scenes'];
  const bases = Object.fromEntries(
    opened.map(([definition, { pool }]) => [definition.name, { definition, pool }]),
  ) as unknown as CrossBases;
  const tables = new Map<string, string>();
  for (const [{ schema }, scene] of opened) {
    const rows = await scene.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migration'`,
      [schema],
    );
    tables.set(schema, rows.map(({ name }) => name).join(', '));
  }

  return {
    hub,
    scenes,
    async set(state) {
      await hub.query('TRUNCATE hub.cross_finding, hub.conflict_since');
      for (const [{ name, schema }, scene] of opened) {
        await scene.query(`TRUNCATE ${tables.get(schema)}`);
        for (const [system, rows] of Object.entries(state[name] ?? {}))
          await scene.take(await scene.source(system, system), rows, 0);
      }
      for (const [where, statement] of state.after ?? [])
        await (where === 'hub' ? hub.query(statement) : scenes[where].query(statement));
    },
    ask: (rule, { books = {} }) =>
      keepFindings(
        hub,
        rule.id,
        rule.find(bases, {
          today: TODAY,
          signal: new AbortController().signal,
          books: booksOf(books),
          conflicts: openConflictLedger(hub),
        }),
      ),
    async subjects() {
      const names = new Map<string, string>();
      for (const [{ schema, entityPrefix }, scene] of opened)
        for (const { id, key } of await scene.query<{ id: number; key: string }>(
          `SELECT entity_id::float8 AS id, min(source_key) AS key FROM ${schema}.source_record GROUP BY entity_id`,
        ))
          names.set(formatEntityId(entityPrefix, id), key);
      return (await listCrossFindings(hub, null, 1_000))
        .map(({ subject }) => subject.replaceAll(/[A-Z]\d{10}/g, (id) => names.get(id) ?? id))
        .sort();
    },
    async [Symbol.asyncDispose]() {
      for (const [, scene] of opened) await scene[Symbol.asyncDispose]();
      await hub.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Registers one test a rule, and one that no rule is without fixtures. */
export function describeCrossRules(fixtures: Readonly<Record<string, CrossRuleFixtures>>): void {
  let world: CrossWorld;
  beforeAll(async () => {
    world = await openCrossWorld();
  }, 60_000);
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  test('X01 to X08 are there, in both languages, with fixtures', () => {
    const ids = Array.from({ length: 8 }, (_, i) => `X0${i + 1}`);
    expect(CROSS_RULES.map(({ id }) => id)).toEqual(ids);
    expect(Object.keys(fixtures).sort()).toEqual(ids);
    for (const { zh, title } of CROSS_RULES) {
      expect(zh).toMatch(/\p{Script=Han}{6}/u);
      expect(title).toMatch(/^[\x20-\x7e\p{Script=Han}]{20,}$/u);
    }
  });

  for (const rule of CROSS_RULES) {
    test(`${rule.id} ${rule.title}`, async () => {
      const { good, bad } = fixtures[rule.id] as CrossRuleFixtures;
      const found = async (state: CrossState): Promise<readonly string[]> => {
        await world.set(state);
        await world.ask(rule, state);
        return world.subjects();
      };
      for (const state of good) expect([state, await found(state)]).toEqual([state, []]);
      for (const [state, subjects] of bad) expect([state, await found(state)]).toEqual([state, [...subjects].sort()]);
    }, 60_000);
  }
}
