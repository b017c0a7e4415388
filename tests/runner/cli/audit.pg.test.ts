import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { hub } from '../../journeys/program.ts';
import { COUNTY_LIST as SYSTEM } from '../../support/county-list.ts';
import { testDatabase } from '../../support/postgres.ts';

/* What the commands that decide and show leave behind, and what an auditor does with it. */

const NUMBER = '63010219900307108X';

interface Entry {
  readonly what: string;
  readonly outcome: string;
  readonly who: { readonly person: string };
  readonly on: { readonly resource: string; readonly subject: string | null };
}

let database: Awaited<ReturnType<typeof testDatabase>>;
let client: pg.Client;
let folder: string;
let env: Record<string, string>;
const run = (...args: string[]) => hub(args, env, folder);
const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args);
  expect([args, code, stderr]).toEqual([args, 0, stderr]);
  return stdout;
};

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-audit-'));
  writeFileSync(join(folder, 'list.csv'), `编号,身份证号,姓名\r\n1,${NUMBER},才让\r\n2,632801197704052214,卓玛\r\n`);
  writeFileSync(join(folder, 'county-list.yaml'), SYSTEM);
  env = { DATABASE_URL: database.url, LIST_FOLDER: folder, HUB_LOG_LEVEL: 'error' };
  await done('migrate');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

let seen = 0;
/** What was written down since the last time. */
async function written(): Promise<readonly Entry[]> {
  const { rows } = await client.query<{ entry: string }>(
    'SELECT entry FROM exchange.proof_entry WHERE entry_index >= $1 ORDER BY entry_index',
    [seen],
  );
  seen += rows.length;
  return rows.map(({ entry }) => JSON.parse(entry) as Entry);
}
const brief = (entries: readonly Entry[]) =>
  entries.map(({ what, outcome, on }) => `${what} ${outcome} ${on.resource}`);
async function blind(of: string, value: string): Promise<string> {
  const { rows } = await client.query<{ value: Buffer }>(
    `SELECT value FROM exchange.proof_secret WHERE name = 'blind-index'`,
  );
  return createHmac('sha256', rows[0]?.value ?? '')
    .update(`${of}\u0000${value}`)
    .digest('hex');
}

test('what decides is written down before and after, what looks before it shows', async () => {
  await done('apply', '-f', 'county-list.yaml');
  expect(brief(await written())).toEqual(['mapping begun system/county-list', 'mapping done system/county-list']);
  await done('run', 'county-list');
  expect(await written()).toEqual([]);

  const id = /P\d+/.exec(await done('find', 'population', 'citizen', NUMBER.toLowerCase()))?.[0] ?? '';
  const lookup = await written();
  expect(brief(lookup)).toEqual(['lookup begun population/citizen', 'lookup done population/citizen']);
  // Who asks "who looked for me?" is answered, however the number was written.
  expect(lookup[1]?.on.subject).toBe(await blind('subject citizen', NUMBER));
  expect(lookup[1]?.who.person).toBe(await blind('person', userInfo().username));

  const said = ['--by', '索南', '--reason', '户口簿', '--until', '2099-01-01'];
  await done('override', 'set', 'population', id, 'name', '才让卓玛', ...said);
  const override = await written();
  expect(brief(override)).toEqual(['override begun population/override', 'override done population/override/1']);
  expect(override[0]?.who.person).toBe(await blind('person', '索南'));
  await done('override', 'list', 'population');
  expect(await written()).toEqual([]);
  await done('override', 'list', 'population', '--clear');
  expect(brief(await written())).toEqual(['clear done population/override']);
  await done('override', 'withdraw', 'population', '1', '--by', '索南');
  expect(brief(await written())).toEqual([
    'override begun population/override/1',
    'override done population/override/1',
  ]);

  await done('review', 'forbid', 'population', '1', '2', '--by', '索南', '--reason', '两个人');
  expect(brief(await written())).toEqual(['review begun population/review', 'review done population/review/1']);
  await done('review', 'withdraw', 'population', '1', '--by', '多杰');
  expect(brief(await written())).toEqual(['review begun population/review/1', 'review done population/review/1']);
  await done('preview', 'county-list.yaml', '--clear');
  expect(brief(await written())).toEqual(['clear done system/county-list']);
  await done('quarantine', 'replay', '--base', 'population');
  expect(brief(await written())).toEqual([
    'quarantine begun population/quarantine',
    'quarantine done population/quarantine',
  ]);
}, 180_000);

test('what a rule refuses is written down as refused', async () => {
  expect((await run('override', 'withdraw', 'population', '77', '--by', '索南')).code).not.toBe(0);
  expect((await run('quarantine', 'dismiss', 'population', '77', '--by', '索南', '--reason', '无')).code).not.toBe(0);
  expect((await run('link', 'promote', 'population', '没有', '--by', '索南', '--reason', '无')).code).not.toBe(0);
  expect(brief(await written())).toEqual([
    ...['override begun population/override/77', 'override refused population/override/77'],
    ...['quarantine begun population/quarantine/77', 'quarantine refused population/quarantine/77'],
    ...['model begun population/model', 'model refused population/model'],
  ]);
}, 120_000);

test('no entry has a value of a person in it', async () => {
  const { rows } = await client.query<{ entry: string }>('SELECT entry FROM exchange.proof_entry');
  const all = rows.map(({ entry }) => entry).join('\n');
  expect(rows.length).toBeGreaterThan(15);
  expect(all).not.toMatch(/[^ -~\n]/);
  expect(all).not.toMatch(/P0\d{9}/);
  for (const value of [NUMBER, NUMBER.toLowerCase(), '632801197704052214', userInfo().username])
    expect(all).not.toContain(`"${value}`);
});

test('an auditor takes the key and a copy, and verifies both without the hub', async () => {
  const key = (await done('audit', 'key')).trim();
  expect(key).toMatch(/^sanjiang\.audit\/[0-9a-f]{16}\+[0-9a-f]{8}\+A/);
  expect(await done('audit', 'verify')).toContain(`Verified: ${seen} entries of sanjiang.audit/`);
  expect(JSON.parse(await done('audit', 'export', 'mirror', '--json'))).toMatchObject({ size: seen, written: 2, key });
  const kept = join(folder, 'kept-checkpoint');
  writeFileSync(kept, readFileSync(join(folder, 'mirror', 'checkpoint')));
  await done('find', 'population', 'citizen', NUMBER);
  await written();
  await done('audit', 'export', 'mirror');

  const nowhere = { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  const verify = (...args: string[]) => hub(['audit', 'verify', ...args], nowhere, folder);
  expect(await verify('--folder', 'mirror', '--key', key, '--since', kept, '--json')).toMatchObject({
    ...{ code: 0, stdout: expect.stringContaining(`"size":${seen}`) },
  });
  expect(await verify('--folder', 'mirror')).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('`hub audit key`') },
  });
  const bundle = join(folder, 'mirror', 'tile', 'entries', `000.p`, String(seen));
  writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('refused', 'refusal'), 'latin1');
  expect(await verify('--folder', 'mirror', '--key', key)).toMatchObject({
    ...{ code: 3, stderr: expect.stringMatching(/HUB_PROOF_INVALID: Entry \d+ is the first that is wrong/) },
  });
}, 120_000);

test('what cannot be written down is not done, and not shown', async () => {
  await client.query('ALTER TABLE exchange.proof_entry ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
  expect((await run('find', 'population', 'citizen', NUMBER)).stdout).toBe('');
  expect((await run('override', 'list', 'population', '--all', '--clear')).stdout).toBe('');
  const said = ['--by', '索南', '--reason', '无', '--until', '2099-01-01'];
  expect((await run('override', 'set', 'population', '1', 'name', '马英', ...said)).code).not.toBe(0);
  await client.query('ALTER TABLE exchange.proof_entry DROP CONSTRAINT full_disk');
  const { rows } = await client.query('SELECT override_id FROM population.override');
  expect(rows).toHaveLength(1);
}, 120_000);

test('keys of systems are made, listed and revoked, and that is written down without them', async () => {
  writeFileSync(join(folder, 'tree.csv'), 'code,kind,name,level\n630000,region,青海省,province\n');
  await done('organisation', 'import', 'tree.csv');
  await written();
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'public.pem'), publicKey.export({ format: 'pem', type: 'spki' }));
  const of = ['--organisation', '630000'];
  const made = await done('key', 'add', 'golden-tax', ...of, '--public-key', 'public.pem', '--until', '2099-01-01');
  const secret = await done('key', 'add', 'golden-tax', ...of);
  const [first = '', second = ''] = [made, secret].map((text) => /^keyid: (golden-tax-[a-z]{12})$/m.exec(text)?.[1]);
  expect(made).not.toContain('secret');
  expect(secret).toMatch(/shown this once\): [A-Za-z0-9+/]{43}=$/m);
  await done('key', 'revoke', first);
  expect(brief(await written())).toEqual([
    ...['key begun key', `key done key/${first}`, 'key begun key', `key done key/${second}`],
    ...['key begun key', `key done key/${first}`],
  ]);
  const list = await done('key', 'list');
  expect(list).toMatch(new RegExp(`^${first} +golden-tax +630000 +ed25519 +revoked 2`, 'm'));
  expect(list).toMatch(new RegExp(`^${second} +golden-tax +630000 +hmac-sha256 +good`, 'm'));
  expect((await run('key', 'revoke', first)).stderr).toContain('HUB_ACCESS_KEY');
  expect(brief(await written())).toEqual(['key begun key', 'key refused key']);
});
