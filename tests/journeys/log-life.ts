import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CrossBases, CrossContext } from '../../pipelines/cross/contract.ts';
import { booksBalance } from '../../pipelines/cross/reconcile.ts';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { legalEntity } from '../../pipelines/legal-entity/definition.ts';
import { normalise } from '../../runner/cli/run.ts';
import { statusOf } from '../../runner/cli/status.ts';
import { type Hub, openHub } from '../../runner/compose.ts';
import { checkAgainstLog, remap } from '../../runner/normalise/rebuild.ts';
import { performRun, runDeps } from '../../runner/pull/run.ts';
import { openBooks } from '../../runner/quality/books.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { rawTopic } from '../../schemas/system.ts';
import { type TestFolder, testFolder } from '../connectors/files/folder.ts';
import type { StoredLog } from '../contracts/event-log-harness.ts';
import { systemOf } from '../runner/pull/fake-source.ts';
import { testDatabase } from '../support/postgres.ts';

const STREAM = 'codes';
/** Keeps the state of the log aside, to be put back. */
export type Backup = (hub: Hub) => Promise<{ restore(): Promise<void> }>;

const never = new AbortController().signal;

/** What becomes of a base when the log under it is another one than it has read. Each test goes on where the last ended. */
export function logLifeJourney(
  name: string,
  env: Readonly<Record<string, string>>,
  storedLog: (hub: Hub) => StoredLog & AsyncDisposable,
  backup?: Backup,
): void {
  describe(name, () => {
    const system = `old-registry-${randomBytes(4).toString('hex')}`;
    const topic = rawTopic(system, STREAM);
    let database: Awaited<ReturnType<typeof testDatabase>>;
    let folder: TestFolder;
    let hub: Hub;
    let stored: StoredLog & AsyncDisposable;

    beforeAll(async () => {
      database = await testDatabase();
      folder = await testFolder();
      const variables = { DATABASE_URL: database.url, FOLDER: folder.path, HUB_PARTITIONS: '1', ...env };
      hub = await openHub({
        ...{ config: loadConfig({ env: variables }), env: variables, logger: silentLogger, migrations: 'apply' },
      });
      stored = storedLog(hub);
      await hub.systems.apply(spec());
    }, 60_000);
    afterAll(async () => {
      await stored?.[Symbol.asyncDispose]();
      await hub?.[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
      await database?.[Symbol.asyncDispose]();
    });

    const spec = () =>
      systemOf(
        system,
        {
          [STREAM]: {
            source: { files: '*.csv', key: ['机构代码'], encoding: 'utf-8' },
            base: 'legal-entity',
            mapping: {
              organisationCode: { from: '机构代码', as: 'organisation-code' },
              name: { from: '机构名称', as: 'entity-name' },
            },
          },
        },
        { connection: { folder: '${FOLDER}' } },
      );

    /** The registry sends a file; what the log has of it goes into the base. */
    async function send(file: string, rows: number, edition: string): Promise<void> {
      const lines = Array.from({ length: rows }, (_, i) => `${codeOf(i)},青海省第${i}中学${edition}`);
      await folder.write(`${file}.csv`, `机构代码,机构名称\n${lines.join('\n')}\n`);
      const { runId } = await hub.runs.request(system, 'journey');
      await performRun(runDeps(hub), runId, { signal: never, lastAttempt: true });
    }
    const take = async (): Promise<void> => normalise(hub, [await hub.systems.get(system)], never);

    /** Names of the entities without what all of them begin with: one edition when everything has arrived. */
    async function editions(): Promise<Record<string, number>> {
      const { rows } = await hub.pool.query<{ edition: string; count: number }>(
        `SELECT substring(attributes->>'name' FROM '中学(.*)$') AS edition, count(*)::int AS count
         FROM legal_entity.golden GROUP BY 1`,
      );
      return Object.fromEntries(rows.map(({ edition, count }) => [edition, count]));
    }
    /** What X08 finds, and the account of the base. */
    async function books(): Promise<readonly string[]> {
      const found: string[] = [];
      const bases = Object.fromEntries(hub.bases) as unknown as CrossBases;
      const context = { today: '2025-06-30', signal: never, books: openBooks(hub) } as unknown as CrossContext;
      for await (const { message } of booksBalance.find(bases, context)) found.push(message);
      return [...found, ...((await accountOf(hub.pool, legalEntity)).balanced ? [] : ['not balanced'])];
    }

    test('a topic that was deleted and made again by hub apply is read from its start: all changed rows arrive', async () => {
      await send('1', 500, '甲');
      await take();
      expect(await editions()).toEqual({ 甲: 500 });
      await stored.remove(topic);
      await hub.systems.apply(spec());
      await send('2', 500, '乙');
      await take();
      expect(await editions()).toEqual({ 乙: 500 });
      expect(await books()).toEqual([]);
      expect((await statusOf(hub)).systems[0]?.streams[0]?.lag).toBe(0);
    }, 60_000);

    test('messages that are gone before they were taken stop the pipeline; the remedy takes the rest and destroys nothing', async () => {
      await send('3', 500, '丙');
      const { next } = (await hub.events.kept(topic)).partitions[0] as { next: number };
      await stored.trim(topic, next - 100);
      await expect(take()).rejects.toMatchObject({
        code: 'HUB_PIPELINE_STOPPED',
        message: expect.stringContaining('HUB_LOG_TRIMMED'),
      });
      expect(await editions()).toEqual({ 乙: 500 });

      const [stream] = (await remap(hub, 'legal-entity', system, never)).streams;
      expect(stream).toMatchObject({ gone: next - 100, readAnew: [0] });
      expect(stream?.since?.getTime()).toBeGreaterThan(Date.now() - 600_000);
      await hub.systems.apply(spec());
      await take();
      expect(await editions()).toEqual({ 乙: 400, 丙: 100 });
      expect(await books()).toEqual([]);
      const check = await checkAgainstLog(hub, 'legal-entity', never);
      expect(check.whole).toBe(false);
      await send('4', 500, '丁');
      await take();
      expect(await editions()).toEqual({ 丁: 500 });
    }, 60_000);

    if (backup === undefined) return;
    test('a log restored from an older backup than the base stops the pipeline, also when it has grown as long again', async () => {
      const kept = await backup(hub);
      await send('5', 500, '戊');
      await take();
      expect(await editions()).toEqual({ 戊: 500 });
      await kept.restore();
      await send('6', 500, '己');
      await expect(take()).rejects.toMatchObject({ message: expect.stringContaining('HUB_LOG_BEHIND_BASE') });
      expect(await editions()).toEqual({ 戊: 500 });
      expect((await statusOf(hub)).balanced).toBe(false);

      await remap(hub, 'legal-entity', system, never);
      await hub.systems.apply(spec());
      await take();
      expect(await editions()).toEqual({ 己: 500 });
      expect((await accountOf(hub.pool, legalEntity)).balanced).toBe(true);
      expect(await books()).toEqual([expect.stringContaining('runs appended')]);
    }, 60_000);
  });
}

/** Organisation codes as GB 11714 wants them, with their check character. */
function codeOf(index: number): string {
  const body = String(10_000_000 + index);
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(body[i]), 0);
  const check = 11 - (sum % 11);
  return `${body}${check === 10 ? 'X' : check === 11 ? '0' : check}`;
}
