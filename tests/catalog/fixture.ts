import pg from 'pg';
import { createCatalog } from '../../catalog/api/server.ts';
import { migrateBase, migrateHub } from '../../runner/control/migrate.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { testDatabase } from '../support/postgres.ts';
import { commerceSpec, personBase, policeSpec } from './entries.ts';

export const NUMBER = '630102199003070011';
export const OTHER_NUMBER = '630102198501010019';

export type Server = Awaited<ReturnType<typeof createCatalog>>;

export interface Fixture extends AsyncDisposable {
  readonly server: Server;
  /** Another catalog over the same database, which has nothing in its memory yet. */
  open(): Promise<Server>;
  readonly pool: pg.Pool;
  /** Everything that was logged, as text. */
  readonly logged: () => string;
}

/** A catalog over a migrated database with three persons, one of them merged away and one without living records. */
export async function openFixture(): Promise<Fixture> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrateHub(pool);
  await migrateBase(pool, { name: 'population', schema: 'population' });
  await fillHub(pool);
  await fillBase(pool);
  const lines: string[] = [];
  const open = (): Promise<Server> =>
    createCatalog({
      access: null,
      hub: pool,
      bases: [personBase(pool)],
      crossRules: [
        {
          id: 'X05',
          severity: 'E',
          attribute: null,
          title: 'every region code resolves',
          zh: '区划代码应可对应',
          basis: 'GB/T 2260',
        },
        { id: 'X06', severity: 'E', attribute: null, title: 'no numbers in texts', zh: '文本不得含号码', basis: 'law' },
        { id: 'X07', severity: 'W', attribute: null, title: 'conflicts end', zh: '冲突应消除', basis: 'timeliness' },
      ],
      log: recordingLogger(lines),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'hub_up 1\n' }),
      ready: async () => [{ name: 'database', ok: true, message: 'answers' }],
    });
  const server = await open();
  return {
    server,
    open,
    pool,
    logged: () => lines.join('\n'),
    async [Symbol.asyncDispose]() {
      await server.close();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

function recordingLogger(lines: string[]): Logger {
  const write = (fields: object, message?: string): void => {
    lines.push(JSON.stringify({ ...fields, message }));
  };
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

async function fillHub(pool: pg.Pool): Promise<void> {
  await pool.query('INSERT INTO hub.system (system, spec) VALUES ($1, $2), ($3, $4)', [
    policeSpec.system,
    policeSpec,
    commerceSpec.system,
    commerceSpec,
  ]);
  const columns = [
    { name: 'GMSFHM', type: 'text', sourceType: 'char(18)', nullable: false },
    { name: 'XM', type: 'text', sourceType: 'varchar(50)', nullable: true },
  ];
  await pool.query(
    `INSERT INTO hub.stream (system, stream, columns, row_estimate, rows_read, last_read_at)
     VALUES ('golden-shield', 'residents', $1, 3, 3, now()), ('golden-shield', 'vehicles', NULL, NULL, 0, NULL),
            ('industry-commerce', 'enterprises', NULL, NULL, 1, now() - interval '9 days')`,
    [JSON.stringify(columns)],
  );
  await pool.query(
    `INSERT INTO hub.run (system, state, requested_by, ended_at) VALUES ('golden-shield', 'failed', 'test', now()),
       ('golden-shield', 'succeeded', 'test', now())`,
  );
}

async function fillBase(pool: pg.Pool): Promise<void> {
  await pool.query(`INSERT INTO population.source (system, stream, authority, topic) VALUES
    ('golden-shield', 'residents', 'public-security', 'raw.golden-shield.residents'),
    ('industry-commerce', 'enterprises', 'market-regulation', 'raw.industry-commerce.enterprises')`);
  await pool.query(
    'INSERT INTO population.entity (entity_id, merged_into) VALUES (1, NULL), (2, 3), (3, 1), (4, NULL)',
  );
  const issue = [
    {
      rule: 'P03',
      severity: 'E',
      attribute: 'birthDate',
      message: 'birth date 1991-03-07 differs from the citizen number',
    },
  ];
  const person = { citizenNumber: NUMBER, name: '卓玛才让', sex: '2', birthDate: '1990-03-07' };
  const records: readonly (readonly [number, number, string, number, object, object | null, boolean])[] = [
    [1, 1, `key-${NUMBER}`, 1, person, null, false],
    [2, 2, '7', 1, { ...person, name: '卓玛', birthDate: '1991-03-07', phone: '13912344552' }, issue, false],
    [3, 1, 'old', 1, { ...person, name: '才让' }, null, true],
    [4, 1, 'gone', 4, { name: '马某' }, null, true],
  ];
  for (const [id, source, key, entity, attributes, issues, deleted] of records) {
    await pool.query(
      `INSERT INTO population.source_record (record_id, source_id, source_key, entity_id, link_rule, attributes, issues, link_keys,
         hash, deleted, observed_at, log_partition, log_offset, origin)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '\\x00', $9, '2024-05-01T01:02:03Z', 2, $10, $11)`,
      [
        id,
        source,
        key,
        entity,
        id === 2 ? 'citizen' : 'first',
        JSON.stringify(attributes),
        issues === null ? null : JSON.stringify(issues),
        [`citizen:${NUMBER}`],
        deleted,
        40 + id,
        `ga.czrk#${key}`,
      ],
    );
  }
  const winners = {
    citizenNumber: [1, 'agreed'],
    name: [1, 'authority'],
    sex: [1, 'agreed'],
    birthDate: [1, 'only'],
    phone: [2, 'only'],
  };
  await pool.query(
    `INSERT INTO population.golden (entity_id, attributes, winners, conflicts, sources) VALUES (1, $1, $2, '{name}', 2)`,
    [JSON.stringify({ ...person, phone: '13912344552' }), JSON.stringify(winners)],
  );
  await pool.query(`INSERT INTO population.link_key VALUES ($1, 1), ($2, 1), ($2, 4)`, [
    `citizen:${NUMBER}`,
    `residence-card:${OTHER_NUMBER}`,
  ]);
  await pool.query(`INSERT INTO population.batch (topic, log_partition, first_offset, next_offset, messages, read, inserted, updated, unchanged, stale, rejected, living)
    VALUES ('raw.golden-shield.residents', 0, 0, 5, 5, 5, 3, 1, 0, 0, 1, 3)`);
}
