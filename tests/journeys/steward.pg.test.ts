import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { COUNTY_LIST as SYSTEM } from '../support/county-list.ts';
import { testDatabase } from '../support/postgres.ts';
import { hub } from './program.ts';

/* A steward takes in a new system with the command line alone: a CSV of persons, with mistakes in it. */

const ROWS = [
  '编号,身份证号,姓名,登记日期',
  '1,11010519491231002X,不详,2020-01-01',
  '2,63010219900307123X,才让,2020-01-02',
  '3,630102199003071236,张伟,2020-02-30',
  '4,6.30102E+17,李娜,2020-01-04',
  '5,632801197704052216,卓玛,2020-01-05',
];

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let env: Record<string, string>;
const run = (...args: string[]) => hub(args, env, folder);

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-steward-'));
  writeFileSync(join(folder, 'list.csv'), `\ufeff${ROWS.join('\r\n')}\r\n`);
  writeFileSync(join(folder, 'county-list.yaml'), SYSTEM);
  env = { DATABASE_URL: database.url, LIST_FOLDER: folder, HUB_LOG_LEVEL: 'error' };
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

test('from a file to a base, and every mistake on the way is told', async () => {
  // Nothing is there yet: the program says so.
  expect(await run('status')).toMatchObject({ code: 3, stderr: expect.stringContaining('hub migrate') });
  expect(await run('migrate')).toMatchObject({ code: 0 });

  const none = await run('run', '--all');
  expect(none).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no system is applied yet: `hub apply -f FILE`'),
  });

  // A wrong conversion is told with what is allowed, before anything is applied.
  writeFileSync(join(folder, 'wrong.yaml'), SYSTEM.replace('as: citizen-number', 'as: citizen-numbr'));
  const wrong = await run('apply', '-f', 'wrong.yaml');
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(/HUB_MAPPING_INVALID.*citizen-numbr.*did you mean "citizen-number"/s);

  const check = await run('check', 'county-list.yaml');
  // The rows are bad on purpose: what rules refuse or find in them is told, and is something to mend.
  expect(check).toMatchObject({ code: 3, stdout: expect.stringMatching(/! persons: \d of 5 records break P\d\d at/) });
  expect(check.stdout).toContain(
    '! persons: 1 of 5 records would be rejected by the rules of the base: P09 of citizenNumber (1)',
  );
  const preview = await run('preview', 'county-list.yaml', '-n', '3');
  expect(preview.stdout).toMatch(/才\*.*P\d\d/s);
  for (const hidden of ['才让', '63010219900307123X', '11010519491231002X'])
    expect(preview.stdout).not.toContain(hidden);
  const clear = await run('preview', 'county-list.yaml', '-n', '3', '--clear');
  expect(clear.stdout).toContain('才让');
  expect(clear.stderr).toMatch(/hub preview county-list persons.*shown as they are/);

  expect(await run('apply', '-f', 'county-list.yaml')).toMatchObject({ code: 0, stdout: 'county-list: created\n' });
  const first = await run('run', 'county-list', '--json');
  // One row is refused by a rule: the run does not plainly say that it succeeded.
  expect([first.code, first.stderr]).toEqual([
    3,
    expect.stringMatching(/^HUB_RECORDS_REJECTED: county-list: .*persons: 1 records/),
  ]);
  expect(first.stderr).toMatch(/! county-list\/persons: \d of 4 records break P\d\d at/);
  expect(JSON.parse(first.stdout)).toMatchObject([
    {
      system: 'county-list',
      streams: [{ stream: 'persons', read: 5, appended: 5, rejected: 0 }],
      error: 'HUB_RECORDS_REJECTED',
    },
  ]);

  const status = JSON.parse((await run('status', '--json')).stdout);
  expect(status).toMatchObject({ balanced: true, bases: { population: { read: 5, inserted: 4, rejected: 1 } } });

  const list = JSON.parse((await run('quarantine', 'list', '--json')).stdout);
  expect(list).toMatchObject([{ where: 'population', code: 'HUB_RECORD_INVALID', key: expect.stringMatching(/^~/) }]);
  const replay = await run('quarantine', 'replay', '--json');
  expect(JSON.parse(replay.stdout)).toEqual({
    population: { replayed: 0, rejected: 1 },
    'legal-entity': { replayed: 0, rejected: 0 },
    macroeconomic: { replayed: 0, rejected: 0 },
    spatial: { replayed: 0, rejected: 0 },
  });
}, 120_000);

test('a second delivery of the same rows changes nothing, a corrected row replaces the old one', async () => {
  copyFileSync(join(folder, 'list.csv'), join(folder, 'list-2.csv'));
  await run('run', 'county-list');
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
    bases: { population: { inserted: 4, unchanged: 4, balanced: true } },
  });
  writeFileSync(join(folder, 'list-3.csv'), [ROWS[0], '2,630102199003071236,才让,2021-01-01'].join('\n'));
  // Said again by each run until somebody has settled it.
  expect(await run('run', 'county-list')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('persons: 2 records'),
  });
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
    systems: [{ streams: [{ rejected: 0, quarantined: 2 }] }],
    bases: { population: { updated: 1, balanced: true } },
  });
}, 180_000);

test('a rejected row is mended through the log, once, and stays mended when the base is rebuilt', async () => {
  const [{ id }] = JSON.parse((await run('quarantine', 'list', '--base', 'population', '--json')).stdout);
  const shown = await run('quarantine', 'show', 'population', String(id));
  expect(shown.stdout).toMatch(/P09.*姓名 +text +李\*/s);
  for (const hidden of ['6.30102E+17', '李娜']) expect(shown.stdout).not.toContain(hidden);
  const clear = await run('quarantine', 'show', 'population', String(id), '--clear');
  expect(clear.stdout).toMatch(/P09.*身份证号 +text +6\.30102E\+17.*李娜/s);
  expect(clear.stderr).toMatch(/hub quarantine show population \d+.*shown as they are/);
  const who = ['--by', '王工', '--reason', '核对纸质档案'];
  const mend = (...args: string[]) => run('quarantine', 'mend', 'population', String(id), ...args, ...who);
  expect(await mend()).toMatchObject({ code: 2, stderr: expect.stringContaining('--set COLUMN=VALUE') });
  expect(await mend('--set', '身份号=1')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/HUB_QUARANTINE_REFUSED.*did you mean "身份证号"/s),
  });
  expect(await mend('--set', '身份证号=6.3E+17')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/would be rejected again.*P09/s),
  });
  expect(await mend('--set', '身份证号=632123197008150208')).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
    balanced: true,
    bases: { population: { inserted: 5, balanced: true } },
  });
  expect(await mend('--set', '身份证号=632123197008150208')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is mended already'),
  });
  const check = JSON.parse((await run('rebuild', 'population', '--check', '--json')).stdout);
  expect(check.hashOfCopy).toBe(check.hash);
  expect((await run('rebuild', 'population')).code).toBe(0);
  // The bad message is still in the log, and what was decided about it stands.
  const left = JSON.parse((await run('quarantine', 'list', '--base', 'population', '--json')).stdout);
  expect(left.map((entry: { id: number }) => entry.id)).not.toContain(id);
}, 120_000);

test('an entry that is not worth mending is dismissed with a reason, and a milder mapping does not let it in', async () => {
  const [{ id }] = JSON.parse((await run('quarantine', 'list', '--base', 'population', '--json')).stdout);
  const who = ['--by', '王工', '--reason', '重复文件'];
  expect(await run('quarantine', 'dismiss', 'population', String(id), ...who)).toMatchObject({ code: 0 });
  expect(JSON.parse((await run('quarantine', 'show', 'population', String(id), '--json')).stdout)).toMatchObject({
    state: 'dismissed',
    settledBy: '王工',
    settledReason: '重复文件',
  });
  const persons = async () => JSON.parse((await run('status', '--json')).stdout).bases.population;
  const before = await persons();
  writeFileSync(join(folder, 'county-list.yaml'), SYSTEM.replace('as: citizen-number', 'as: text'));
  expect(await run('apply', '-f', 'county-list.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /persons: \d+ rows .* as the mapping of then[\s\S]*hub rebuild population --system county-list/,
    ),
  });
  expect((await run('rebuild', 'population')).code).toBe(0);
  const state = async () =>
    JSON.parse((await run('quarantine', 'show', 'population', String(id), '--json')).stdout).state;
  expect(await state()).toBe('dismissed');
  expect(await persons()).toMatchObject({ sourceRecords: before.sourceRecords, balanced: true });
  const check = JSON.parse((await run('rebuild', 'population', '--check', '--json')).stdout);
  expect(check.hashOfCopy).toBe(check.hash);
  expect(await run('quarantine', 'replay', String(id), '--base', 'population')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('is dismissed already'),
  });
  const back = ['--by', '祁科长', '--reason', '并非重复'];
  expect(await run('quarantine', 'reopen', 'population', String(id), ...back)).toMatchObject({ code: 0 });
  expect(await run('quarantine', 'replay', String(id), '--base', 'population')).toMatchObject({ code: 0 });
  expect(await state()).toBe('replayed');
  writeFileSync(join(folder, 'county-list.yaml'), SYSTEM);
  expect(await run('apply', '--rebuild', '-f', 'county-list.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/population: \d+ rows read again, \d+ changed/),
  });
}, 180_000);

test('a value is overridden for a time, explained, and taken back; a pair is explained; models are listed', async () => {
  const row = 'county-list/persons 2';
  const who = ['--by', '马主任', '--reason', '核对户口簿', '--until', '2999-12-31'];
  const wrong = await run('override', 'set', 'population', row, 'nmae', '才让', ...who);
  expect(wrong.stderr).toContain('did you mean "name"');
  const set = await run('override', 'set', 'population', row, 'name', '才让措', ...who);
  expect([set.code, set.stderr]).toEqual([0, '']);
  const [, id = ''] = /of (P\d+) is/.exec(set.stdout) ?? [];
  const why = await run('why', 'population', id, 'name');
  for (const text of ['才**', '马主任', '核对户口簿', '2999-12-31', '人工更正', 'raw.county-list.persons'])
    expect(why.stdout).toContain(text);
  const [standing] = JSON.parse((await run('override', 'list', 'population', '--json')).stdout);
  const pseudonym = expect.stringMatching(/^county-list\/persons ~[0-9A-Z]{12}$/);
  expect(standing).toMatchObject({ row: pseudonym, attribute: 'name', value: '才**', state: 'stands' });
  const clear = await run('override', 'list', 'population', '--json', '--clear');
  expect(JSON.parse(clear.stdout)).toMatchObject([{ row, attribute: 'name', value: '才让措' }]);
  expect(clear.stderr).toMatch(/hub override list population.*shown as they are/);
  expect(await run('override', 'withdraw', 'population', String(standing.id), '--by', '马主任')).toMatchObject({
    code: 0,
  });
  expect((await run('override', 'list', 'population')).stdout).not.toContain('才让措');

  const pair = await run('review', 'explain', 'population', row, 'county-list/persons 3');
  for (const text of ['Two entities', '姓名', '不同', 'total', 'population-3', standing.row])
    expect(pair.stdout).toContain(text);
  expect(pair.stdout).not.toContain(row);
  // Commands understand what lists call a row.
  expect((await run('review', 'explain', 'population', standing.row, 'county-list/persons 3')).stdout).toBe(
    pair.stdout,
  );
  expect((await run('review', 'explain', 'population', standing.row, '3', '--clear')).stdout).toContain(row);
  expect(await run('review', 'explain', 'population', `${standing.row.slice(0, -1)}!`, '3')).toMatchObject({ code: 2 });
  expect((await run('link', 'list', 'population')).stdout).toMatch(/population-3 +active +built in/);
  expect(await run('link', 'promote', 'population', 'population-3', ...who.slice(0, 4))).toMatchObject({
    stderr: expect.stringContaining('HUB_LINK_MODEL'),
  });
}, 120_000);

test('a secret that is not set, an unknown system and a missing file end with a status and a remedy', async () => {
  const { LIST_FOLDER: _, ...bare } = env;
  const secret = await hub(['check', 'county-list.yaml'], bare, folder);
  expect(secret).toMatchObject({ code: 2, stderr: expect.stringContaining('LIST_FOLDER') });
  const unknown = await run('run', 'county-lst');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean county-list') });
  expect(await run('apply', '-f', 'nowhere.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('remedy:'),
  });
}, 180_000);

test('a file that stays broken is said by each run, shown by its number, and settled when it is read', async () => {
  writeFileSync(join(folder, 'z.csv'), '别的列,姓名\n1,才让\n');
  for (const _ of ['first', 'second'])
    expect(await run('run', 'county-list')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('persons: z.csv'),
    });
  const [entry] = JSON.parse((await run('quarantine', 'list', '--base', 'source', '--json')).stdout);
  expect(entry).toMatchObject({ where: 'source', origin: 'z.csv', code: 'HUB_FILE_UNREADABLE' });
  const shown = await run('quarantine', 'show', 'source', String(entry.id));
  expect(shown).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/z\.csv \(open\).*as utf-8:.*"file":"z\.csv"/s),
  });
  expect((await run('quarantine', 'show', 'source', '999')).code).toBe(2);
  expect((await run('quarantine', 'list', '--before', '9')).stderr).toContain('--base NAME');
  writeFileSync(join(folder, 'z.csv'), ROWS.slice(0, 2).join('\n'));
  expect((await run('run', 'county-list')).stderr).not.toContain('z.csv');
  expect((await run('quarantine', 'list', '--base', 'source')).stdout).toBe('Nothing in quarantine.\n');
}, 180_000);
