import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { estimateModel } from '../../pipelines/engine/match/estimate.ts';
import { requireMatching, saveModel } from '../../pipelines/engine/match/model.ts';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { legalEntity } from '../../pipelines/legal-entity/definition.ts';
import { population } from '../../pipelines/population/definition.ts';
import { drained } from '../../runner/cli/run.ts';
import { type Hub, type HubBase, openHub } from '../../runner/compose.ts';
import { worldSystemFiles } from '../../runner/demo/stage.ts';
import { loadWorld } from '../../runner/demo/world/load-world.ts';
import { checkAgainstLog, remap } from '../../runner/normalise/rebuild.ts';
import { catalogService } from '../../runner/services/catalog.ts';
import { requestRun } from '../../runner/services/clock.ts';
import { createMetrics } from '../../runner/services/metrics.ts';
import { supervise } from '../../runner/services/supervise.ts';
import { workServices } from '../../runner/services/work.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { tidy } from '../../runner/tidy/tidy.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { testDatabase } from '../support/postgres.ts';
import { signedIn } from '../support/signed-in.ts';
import { until } from '../support/until.ts';

/* From a legacy row that somebody changes to the golden value and why it is what it is: everything real. */

const stop = new AbortController();
let database: Awaited<ReturnType<typeof testDatabase>>;
let hub: Hub;
let admin: pg.Client;
let address = '';
let ended: Promise<unknown>;
let work: ReturnType<typeof workServices>;

beforeAll(async () => {
  database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'sanjiang-journey-'));
  const targets = {
    ...{ goldenShield: database.url, goldenInsurance: database.url, goldenTax: database.url },
    ...{ industryCommerceFolder: join(folder, 'ic'), qualityCodesFolder: join(folder, 'qc') },
    ...{ staffingOfficeFolder: join(folder, 'so'), civilAffairsFolder: join(folder, 'ca') },
  };
  await loadWorld({ persons: 300, entities: 60, seed: 5 }, targets, () => {}, stop.signal);
  const env = {
    ...{ GOLDEN_SHIELD_URL: database.url, GOLDEN_INSURANCE_URL: database.url, GOLDEN_TAX_URL: database.url },
    ...{ INDUSTRY_COMMERCE_FOLDER: targets.industryCommerceFolder, QUALITY_CODES_FOLDER: targets.qualityCodesFolder },
    ...{ STAFFING_OFFICE_FOLDER: targets.staffingOfficeFolder, CIVIL_AFFAIRS_FOLDER: targets.civilAffairsFolder },
    ...{ DATABASE_URL: database.url, HUB_HTTP_PORT: '0', HUB_HTTP_OPEN_LOOKUP: 'true' },
  };
  hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  for (const spec of await worldSystemFiles()) await hub.systems.apply(spec);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();

  const metrics = createMetrics(hub);
  work = workServices(hub, metrics);
  const catalog = catalogService(hub, metrics, () => []);
  ended = supervise([...work.services, catalog], { signal: stop.signal, log: silentLogger }).done;
  await readAll();
  address = catalog.address() ?? '';
}, 60_000);

afterAll(async () => {
  stop.abort();
  await ended;
  await admin.end();
  await hub[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function readAll(): Promise<void> {
  const systems = await hub.systems.list();
  for (const { spec } of systems) await finished(await requestRun(hub, spec.system, 'journey'));
  await drained(hub, systems, stop.signal, work.pipelines.states);
}

async function finished(runId: number): Promise<void> {
  await until(async () => {
    const run = await hub.runs.byId(runId);
    if (run?.state === 'failed') throw new Error(`${run.system}: ${run.error?.message}`);
    return run?.state === 'succeeded';
  }, `run ${runId} succeeds`);
}

const get = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${address}${path}`, { headers: await signedIn(hub.pool) })).json()) as T;
const lookup = async (value: string): Promise<{ id: string }[]> => {
  const answer = await fetch(`${address}/api/bases/population/lookup`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json', ...(await signedIn(hub.pool)) } },
    body: JSON.stringify({ scheme: 'citizen', value }),
  });
  return ((await answer.json()) as { matches: { id: string }[] }).matches;
};

interface Why {
  readonly reasons: readonly {
    readonly attribute: string;
    readonly value: string | null;
    readonly winner: { readonly recordId: number; readonly system: string } | null;
    readonly rule: { readonly code: string } | null;
    readonly conflict: boolean;
  }[];
  readonly records: readonly {
    readonly recordId: number;
    readonly system: string;
    readonly topic: string;
    readonly offset: number;
    readonly origin: string;
  }[];
}
const reason = ({ reasons }: Why, attribute: string) => reasons.find((one) => one.attribute === attribute);

test('a marital status changed at the police becomes the golden value, and why leads back to that row', async () => {
  const { rows } = await admin.query<{ number: string; RYBH: string }>(
    `SELECT c."GMSFHM" AS number, c."RYBH" FROM ga.czrk c JOIN si.cbry s ON s."AAC002" = c."GMSFHM" AND s."AAC003" = c."XM"
     WHERE length(c."GMSFHM") = 18 AND c."CSRQ" = substr(c."GMSFHM", 7, 8) AND c."CSRQ" < '19800101' AND c."SWRQ" IS NULL
       AND (SELECT count(*) FROM ga.czrk d WHERE d."GMSFHM" = c."GMSFHM") = 1 ORDER BY 1 LIMIT 1`,
  );
  const person = rows[0] as { number: string; RYBH: string };
  const [found, ...others] = await lookup(person.number);
  expect(others).toEqual([]);
  const id = found?.id as string;
  const before = await get<Why>(`/api/bases/population/entities/${id}/why`);
  expect(reason(before, 'name')).toMatchObject({ rule: { code: 'agreed' }, conflict: false });
  expect(new Set(before.records.map(({ system }) => system))).toEqual(new Set(['golden-shield', 'golden-insurance']));
  const old = reason(before, 'maritalStatus');

  const changed = old?.value === '30' ? '40' : '30';
  const update = 'UPDATE ga.czrk SET "HYZK" = $1, "GXSJ" = now() WHERE "RYBH" = $2';
  await admin.query(update, [changed === '30' ? '3' : '4', person.RYBH]);
  await readAll();

  const after = await get<Why>(`/api/bases/population/entities/${id}/why`);
  const now = reason(after, 'maritalStatus');
  expect(now).toMatchObject({ value: changed, winner: { system: 'golden-shield' } });
  const winner = after.records.find(({ recordId }) => recordId === now?.winner?.recordId);
  expect(winner?.topic).toBe('raw.golden-shield.residents');
  expect(winner?.origin).toMatch(/^ga\.czrk#~/);
  const earlier = before.records.find(({ system }) => system === 'golden-shield');
  expect(winner?.offset).toBeGreaterThanOrEqual(earlier?.offset ?? 0);

  const history = await admin.query(
    `SELECT h.attributes->>'maritalStatus' AS status FROM population.source_record_history h WHERE h.record_id = $1`,
    [winner?.recordId],
  );
  expect(history.rows).toEqual([{ status: old?.value ?? null }]);
}, 60_000);

test('a row that vanishes at the social security is found by comparison and takes its values with it', async () => {
  const { rows } = await admin.query<{ number: string; AAC001: string }>(
    `SELECT s."AAC002" AS number, s."AAC001" FROM si.cbry s JOIN ga.czrk c ON s."AAC002" = c."GMSFHM" AND s."AAC003" = c."XM"
     WHERE length(c."GMSFHM") = 18 AND (SELECT count(*) FROM si.cbry d WHERE d."AAC002" = s."AAC002") = 1
       AND (SELECT count(*) FROM ga.czrk d WHERE d."GMSFHM" = c."GMSFHM") = 1 ORDER BY 1 DESC LIMIT 1`,
  );
  const person = rows[0] as { number: string; AAC001: string };
  const id = (await lookup(person.number))[0]?.id as string;
  expect(reason(await get<Why>(`/api/bases/population/entities/${id}/why`), 'insuranceStatus')?.value).toBeTruthy();
  await admin.query('DELETE FROM si.cbry WHERE "AAC001" = $1', [person.AAC001]);
  await readAll();
  const why = await get<Why>(`/api/bases/population/entities/${id}/why`);
  expect(reason(why, 'insuranceStatus')?.winner ?? null).toBeNull();
  expect(reason(why, 'name')?.winner?.system).toBe('golden-shield');
}, 60_000);

test('poison in the log goes to quarantine with its bytes and position, and what comes behind it flows on', async () => {
  const topic = 'raw.golden-tax.taxpayers';
  const poison = Buffer.from([0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
  await hub.events.append(topic, [
    { key: Buffer.from('x'), value: poison },
    { key: Buffer.from('x'), value: Buffer.from('no frame at all') },
    { key: Buffer.from('x'), value: null },
  ]);
  await admin.query(`UPDATE tax.nsrxx SET "GXSJ" = now() WHERE "NSRSBH" = (SELECT min("NSRSBH") FROM tax.nsrxx)`);
  await readAll();
  const { rows } = await admin.query<{ code: string; raw: Buffer; log_offset: string; state: string }>(
    `SELECT code, raw, log_offset, state FROM legal_entity.quarantine WHERE topic = $1 ORDER BY log_offset`,
    [topic],
  );
  expect(rows.map(({ code, state }) => [code, state])).toEqual([
    ['HUB_MESSAGE_MALFORMED', 'open'],
    ['HUB_MESSAGE_MALFORMED', 'open'],
    ['HUB_MESSAGE_MALFORMED', 'open'],
  ]);
  expect(rows[0]?.raw).toEqual(poison);
  const account = await accountOf(hub.pool, legalEntity);
  expect(account).toMatchObject({ rejected: 3, balanced: true });
  expect(account.unchanged + account.updated).toBeGreaterThan(0);
}, 60_000);

test('the directory shows the streams as fresh and the books balance', async () => {
  const page = await get<{ total: number; resources: { id: string; freshness: { state: string } }[] }>(
    '/api/resources?q=shbx',
  );
  expect(page.total).toBeGreaterThan(0);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  expect(metrics).toMatch(
    /hub_base_records_total\{base="population",system="golden-shield",stream="residents",outcome="inserted"\} \d+/,
  );
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
});

test('what each base holds is what the log says, from the log alone, also when all that may go has gone', async () => {
  const keep = { runDays: 0, batchDays: 0, replayedDays: 0, pastDays: 0 };
  const tidied = await tidy({ ...hub, config: { ...hub.config, keep } }, { signal: stop.signal });
  expect(tidied).toContainEqual({ of: 'population', table: 'batch', days: 0, rows: expect.any(Number) });
  expect((await accountOf(hub.bases.get('population')?.pool as pg.Pool, population)).balanced).toBe(true);
  for (const base of ['population', 'legal-entity']) {
    const { hash, hashOfCopy } = await checkAgainstLog(hub, base, stop.signal);
    expect(hash).not.toBe('empty');
    expect(hashOfCopy).toBe(hash);
  }
  expect((await admin.query("SELECT 1 FROM pg_namespace WHERE nspname LIKE '%\\_check'")).rows).toEqual([]);
}, 60_000);

test('a changed mapping changes exactly what it maps, keeps every id, and leaves what the log says', async () => {
  const stored = await hub.systems.get('golden-tax');
  const { taxpayers } = stored.spec.streams;
  const { address: _, ...mapping } = taxpayers?.mapping ?? {};
  const ids = async () =>
    (await admin.query('SELECT source_id, source_key, entity_id FROM legal_entity.source_record ORDER BY 1, 2')).rows;
  const before = await ids();
  const said = `SELECT count(*)::int AS n FROM legal_entity.source_record r JOIN legal_entity.source s USING (source_id)
    WHERE s.system = 'golden-tax' AND r.attributes->>'address' IS NOT NULL`;
  const withAddress = await admin.query(said);
  await hub.systems.apply({ ...stored.spec, streams: { taxpayers: { ...(taxpayers as object), mapping } as never } });
  const { streams } = await remap(hub, 'legal-entity', undefined, stop.signal);
  const changed = streams.filter(({ updated, inserted }) => updated + inserted > 0);
  expect(changed.map(({ system }) => system)).toEqual(['golden-tax']);
  expect(changed[0]?.updated).toBe(withAddress.rows[0].n);
  const addresses = await admin.query(said);
  expect(addresses.rows).toEqual([{ n: 0 }]);
  expect(await ids()).toEqual(before);
  const account = await accountOf(hub.bases.get('legal-entity')?.pool as pg.Pool, legalEntity);
  expect(account.balanced).toBe(true);
  const { hash, hashOfCopy } = await checkAgainstLog(hub, 'legal-entity', stop.signal);
  expect(hashOfCopy).toBe(hash);
  const again = await remap(hub, 'legal-entity', 'golden-tax', stop.signal);
  expect(again.streams.map(({ updated, inserted }) => updated + inserted)).toEqual([0]);
}, 60_000);

test('what people have said and promoted holds against the log and through a rebuild', async () => {
  const { stewardship, linkModels, pool, definition } = hub.bases.get('legal-entity') as HubBase;
  const base = requireMatching(definition);
  const estimate = await estimateModel(pool, base, 'legal-entity-trial', 10_000);
  await saveModel(pool, base, estimate);
  await linkModels.promote({ version: 'legal-entity-trial', by: '马主任', reason: '按本省数据估计' });
  while (!(await linkModels.decideAnew()).done);
  const { rows } = await admin.query<{ id: number; other: number }>(
    'SELECT min(entity_id)::int AS id, max(entity_id)::int AS other FROM legal_entity.golden',
  );
  const who = { by: '马主任', reason: '核对执照', until: '2999-12-31' };
  const on = { entityId: rows[0]?.id ?? 0 };
  await stewardship.override({ on, attribute: 'address', value: '青海省西宁市城东区八一路1号', ...who });
  const ofEntity = async (id: number | undefined): Promise<string> => {
    const found = await admin.query<{ id: string }>(
      'SELECT record_id AS id FROM legal_entity.source_record WHERE entity_id = $1 AND NOT deleted LIMIT 1',
      [id],
    );
    return found.rows[0]?.id ?? '';
  };
  const [left, right] = [await ofEntity(rows[0]?.id), await ofEntity(rows[0]?.other)];
  const { decisionId, stands } = await stewardship.decide({ left, right, kind: 'confirmed', ...who });
  if (!stands) await stewardship.second(decisionId, '祁科长');

  const golden = async () =>
    (
      await admin.query<{ address: string; rule: string }>(
        "SELECT attributes->>'address' AS address, winners->'address'->>1 AS rule FROM legal_entity.golden WHERE entity_id = $1",
        [on.entityId],
      )
    ).rows;
  const said = [{ address: '青海省西宁市城东区八一路1号', rule: 'steward' }];
  expect(await golden()).toEqual(said);
  const { hash, hashOfCopy } = await checkAgainstLog(hub, 'legal-entity', stop.signal);
  expect(hashOfCopy).toBe(hash);
  const again = await remap(hub, 'legal-entity', undefined, stop.signal);
  expect(again.streams.map(({ updated, inserted }) => updated + inserted).every((n) => n === 0)).toBe(true);
  expect(await golden()).toEqual(said);
  expect(await ofEntity(rows[0]?.other)).toBe('');
}, 60_000);
