import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHub } from '../../runner/compose.ts';
import { creditCode, organisationCode } from '../../runner/demo/world/check-digits.ts';
import { catalogService } from '../../runner/services/catalog.ts';
import { createMetrics } from '../../runner/services/metrics.ts';
import { supervise } from '../../runner/services/supervise.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { testDatabase } from '../support/postgres.ts';
import { signedIn } from '../support/signed-in.ts';
import { until } from '../support/until.ts';
import { hub } from './program.ts';

/* A table that nobody has seen before: discover, draft, review, preview, apply, run, and it stands in the directory. */

const OWNER = '116300000150010146';
const codeOf = (i: number): string => creditCode(`91630102${organisationCode(String(71_000_000 + i * 7))}`);
const HEAD = '序号,企业全称,统一社会信用代码,法人代表,成立时间,注册资金(万元),所在区县,联系电话,备注2,x';
const rowOf = (i: number): string =>
  [
    ...[i, `西宁${['昆仑', '湟水', '河源'][i % 3]}${i}商贸有限公司`, codeOf(i), ['马海云', '才让', '李娜'][i % 3]],
    ...[
      `${2001 + (i % 20)}年${1 + (i % 12)}月${1 + (i % 28)}日`,
      `${(i % 90) + 10}.50`,
      i % 2 === 0 ? '630102' : '630103',
    ],
    ...[`0971-61${10_000 + i}`, i % 5 === 0 ? '"年检,合格"' : '', ''],
  ].join(',');
const SYSTEM = `system: county-firms
title: { zh: 县企业名册, en: County firms }
owner: { name: 某县市场监督管理局, uscc: '${OWNER}' }
authority: market-regulation
connector: csv
connection: { folder: '\${FIRMS_FOLDER}' }
streams:
  firms:
    title: 企业名册
    source: { files: '*.csv', key: [统一社会信用代码], encoding: utf-8 }
`;

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
let env: Record<string, string>;
const run = (...args: string[]) => hub(args, env, folder);

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-firms-'));
  writeFileSync(
    join(folder, 'firms.csv'),
    `\ufeff${[HEAD, ...Array.from({ length: 60 }, (_, i) => rowOf(i))].join('\r\n')}\r\n`,
  );
  writeFileSync(join(folder, 'firms.yaml'), SYSTEM);
  env = { DATABASE_URL: database.url, FIRMS_FOLDER: folder, HUB_LOG_LEVEL: 'error', HUB_HTTP_PORT: '0' };
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

test('from an unknown table to a resource of the directory, with a look at what is marked', async () => {
  expect(await run('migrate')).toMatchObject({ code: 0 });
  const discovered = await run('discover', 'firms.yaml');
  expect(discovered.code).toBe(0);
  expect(discovered.stdout).toMatch(/统一社会信用代码.*uscc/);
  expect(discovered.stdout).toContain('Base legal-entity');

  const drafted = await run('draft', 'firms.yaml', '-o', 'draft.yaml');
  expect(drafted).toMatchObject({ code: 0, stderr: expect.stringContaining('hub preview draft.yaml') });
  const draft = readFileSync(join(folder, 'draft.yaml'), 'utf8');
  expect(draft).toMatch(/uscc: \{ from: 统一社会信用代码, as: uscc \}/);
  expect(draft).toMatch(/name: \{ from: 企业全称, as: entity-name \}/);

  expect(draft).toContain('abstract: 企业名册，包括');
  expect(draft).toMatch(/updateCycle: daily # review: .*the newest row is of/);
  const refused = await run('apply', '-f', 'draft.yaml');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/resource\.code: .*placeholder.*line \d+/)]);

  // The review: what only a person knows is the code of the directory.
  const reviewed = draft.replace(/code: .* # replace:.*/, "code: '307009/42'");
  expect(reviewed).not.toBe(draft);
  writeFileSync(join(folder, 'reviewed.yaml'), reviewed);

  const preview = await run('preview', 'reviewed.yaml', '-n', '3');
  expect([preview.code, preview.stderr]).toEqual([0, '']);
  expect(preview.stdout).toContain(codeOf(0));
  expect(preview.stdout).toContain('3 rows shown; 60 rows read for it, none was rejected. Nothing was written.');
  expect(await run('apply', '-f', 'reviewed.yaml')).toMatchObject({ code: 0, stdout: 'county-firms: created\n' });
  const ran = await run('run', 'county-firms', '--json');
  expect(JSON.parse(ran.stdout)).toMatchObject([
    { system: 'county-firms', streams: [{ read: 60, appended: 60, rejected: 0 }], error: null },
  ]);
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
    balanced: true,
    bases: { 'legal-entity': { read: 60, inserted: 60, rejected: 0 } },
  });
}, 180_000);

test('the directory shows it, with every column and how fresh it is', async () => {
  const stop = new AbortController();
  await using opened = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  const catalog = catalogService(opened, createMetrics(opened), () => []);
  const { done } = supervise([catalog], { signal: stop.signal, log: silentLogger });
  try {
    const address = await until(() => catalog.address(), 'the catalog listens');
    expect((await fetch(`${address}/api/resources/307009-42`)).status).toBe(401);
    const answer = await fetch(`${address}/api/resources/307009-42`, { headers: await signedIn(opened.pool) });
    const resource = (await answer.json()) as { title: string; items: readonly { name: string }[] };
    expect([answer.status, resource.title]).toEqual([200, '企业名册']);
    expect(JSON.stringify(resource)).toContain('注册资金(万元)');
    expect(JSON.stringify(resource)).toContain('某县市场监督管理局');
  } finally {
    stop.abort();
    await done;
  }
}, 60_000);
