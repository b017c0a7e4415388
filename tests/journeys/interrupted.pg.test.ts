import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HttpServer, serveHttp } from '../../runner/demo/departments/servers/http.ts';
import { testDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { hub } from './program.ts';

/* A `hub run` that is ended in the middle leaves nothing that the next one would have to wait for. */

let database: Awaited<ReturnType<typeof testDatabase>>;
let service: HttpServer;
let folder: string;
let env: Record<string, string>;
/** Pages that were asked for; those from `silentFrom` on are never answered. */
let asked = 0;
let silentFrom = Number.POSITIVE_INFINITY;

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-interrupted-'));
  service = await serveHttp(({ url }) => {
    asked += 1;
    const page = Number(url.searchParams.get('page') ?? 1);
    if (page >= silentFrom) return new Promise(() => {});
    return { body: JSON.stringify(page > 3 ? [] : [{ id: `${page}-a` }, { id: `${page}-b` }]) };
  });
  writeFileSync(
    join(folder, 'paged.yaml'),
    `system: paged
title: { zh: 分页, en: Paged }
owner: { name: 某厅, uscc: '116300000150010146' }
authority: statistics
connector: rest-json
connection: { url: '${service.address}' }
streams:
  rows: { title: 行, source: { key: [ID], columns: { ID: id }, paging: { style: page, size: 2 } } }
`,
  );
  env = { DATABASE_URL: database.url, HUB_LOG_LEVEL: 'error' };
  expect(await hub(['migrate'], env, folder)).toMatchObject({ code: 0 });
  expect(await hub(['apply', '-f', 'paged.yaml'], env, folder)).toMatchObject({ code: 0, stderr: '' });
}, 60_000);
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'ended by %s, the next one reads on at once',
  async (signal) => {
    asked = 0;
    silentFrom = 3;
    let child: ChildProcess | null = null;
    const first = hub(['run', 'paged'], env, folder, (begun) => {
      child = begun;
    });
    await until(() => asked === 3, 'the third page is asked for');
    (child as ChildProcess | null)?.kill(signal);
    const { code, stderr } = await first;
    expect([code === 0, stderr]).toEqual([false, expect.not.stringContaining(' at ')]);
    silentFrom = Number.POSITIVE_INFINITY;
    const second = await hub(['run', 'paged', '--json'], env, folder);
    expect([second.code, second.stderr]).toEqual([0, expect.not.stringContaining('HUB_RUN_PENDING')]);
    const [outcome] = JSON.parse(second.stdout) as readonly { streams: readonly { read: number }[]; error: null }[];
    // The two pages before the silence were durable.
    expect([outcome?.streams[0]?.read, outcome?.error]).toEqual([2, null]);
  },
  60_000,
);
