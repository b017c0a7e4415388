import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  baseSchema,
  entitySchema,
  lookupAnswerSchema,
  systemsSchema,
  whySchema,
} from '../../../catalog/api/base-schemas.ts';
import { scorecardSchema } from '../../../catalog/api/quality.ts';
import { resourcePageSchema, resourceSchema } from '../../../catalog/api/resources.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import { CHINESE } from '../../../schemas/kernel/chinese-errors.ts';
import { ERRORS } from '../../../schemas/kernel/error-table.ts';
import { until } from '../../support/until.ts';
import { type Fixture, NUMBER, OTHER_NUMBER, openFixture } from '../fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const id = (entity: number): string => formatEntityId('P', entity);

async function get<T extends z.ZodObject>(url: string, schema: T): Promise<z.infer<T>> {
  const answer = await fixture.server.inject(url);
  expect([url, answer.statusCode]).toEqual([url, 200]);
  return z.strictObject(schema.shape).parse(answer.json()) as z.infer<T>;
}
const lookup = async (scheme: string, value: string) => {
  const answer = await fixture.server.inject({
    method: 'POST',
    url: '/api/bases/population/lookup',
    payload: { scheme, value },
  });
  return lookupAnswerSchema.parse(answer.json());
};

describe('directory', () => {
  test('an entry for each stream and base, as its schema says', async () => {
    const page = await get('/api/resources', resourcePageSchema);
    expect(page.total).toBe(4);
    expect(page.resources.map((one) => one.id)).toEqual([
      'base-population',
      '307001-1',
      'golden-shield.vehicles',
      '307003-1',
    ]);
    expect(page.facets).toEqual({
      base: [{ value: 'population', count: 3 }],
      owner: [
        { value: '青海省公安厅', count: 2 },
        { value: '青海省市场监督管理局', count: 1 },
      ],
      sharing: [
        { value: 'conditional', count: 2 },
        { value: 'unconditional', count: 1 },
      ],
    });
  });

  test('what changed at a source is told, until a person has looked', async () => {
    const { pool, open } = fixture;
    await pool.query(`INSERT INTO hub.stream_change (system, stream, kind, column_name, before, after, decision, reason)
      VALUES ('industry-commerce', 'enterprises', 'renamed', 'QYMC', 'QYMC', 'MC<b>', 'pause', 'the mapping reads it'),
        ('industry-commerce', 'enterprises', 'widened', 'ZS', 'C(20)', 'C(60)', 'continue', 'there is room for more')`);
    const fresh = await open();
    const answer = resourceSchema.parse((await fresh.inject('/api/resources/307003-1')).json());
    const change = { kind: 'renamed', column: 'QYMC', before: 'QYMC', after: 'MC<b>', decision: 'pause' };
    expect(answer.changes).toEqual([{ ...change, seenAt: expect.any(String) }]);
    const page = (await fresh.inject('/resources/307003-1')).body;
    for (const text of ['来源结构变化', '字段改名', '已暂停，待处理', 'MC&lt;b&gt;']) expect(page).toContain(text);
    await pool.query('UPDATE hub.stream_change SET closed_at = now()');
    const later = await open();
    expect((await later.inject('/resources/307003-1')).body).not.toContain('来源结构变化');
    for (const server of [fresh, later]) await server.close();
  });

  test('freshness and counts', async () => {
    const police = await get('/api/resources/307001-1', resourceSchema);
    expect(police.freshness).toMatchObject({ state: 'fresh', lastCommittedAt: expect.any(String) });
    expect(police.rows).toMatchObject({
      read: 5,
      inserted: 3,
      updated: 1,
      rejected: 1,
      sourceRecords: 3,
      estimated: 3,
    });
    expect((await get('/api/resources/307003-1', resourceSchema)).freshness.state).toBe('late');
    expect((await get('/api/resources/golden-shield.vehicles', resourceSchema)).freshness.state).toBe('never');
    const base = await get('/api/resources/base-population', resourceSchema);
    // the merged and the emptied entity do not count
    expect(base).toMatchObject({ freshness: { state: 'late' }, rows: { entities: 1 } });
  });

  test('query, filters and pages', async () => {
    const ids = async (query: string) =>
      (await get(`/api/resources?${query}`, resourcePageSchema)).resources.map((one) => one.id);
    expect(await ids('q=czrk')).toContain('307001-1');
    expect(await ids('sharing=unconditional')).toEqual(['307003-1']);
    expect(await ids('owner=116300000150010146')).toEqual(['307001-1', 'golden-shield.vehicles']);
    expect(await ids('base=population&limit=1&offset=1')).toEqual(['307001-1']);
    expect(await ids('base=nope')).toEqual([]);
    const narrowed = await get('/api/resources?sharing=unconditional', resourcePageSchema);
    // its own filter does not narrow a facet
    expect(narrowed.facets.sharing).toHaveLength(2);
    expect(narrowed.facets.owner).toEqual([{ value: '青海省市场监督管理局', count: 1 }]);
  });

  test('systems show no connection settings', async () => {
    const answer = await fixture.server.inject('/api/systems');
    const { systems } = systemsSchema.parse(answer.json());
    expect(systems.map(({ system }) => system)).toEqual(['golden-shield', 'industry-commerce']);
    expect(systems[0]?.lastRun).toMatchObject({ state: 'succeeded' });
    expect(systems[0]?.streams[0]).toMatchObject({ stream: 'residents', resource: '307001-1' });
    expect(answer.body).not.toContain('GOLDEN_SHIELD_URL');
  });

  test('the scorecard of a system: what was counted, and open findings of all kinds', async () => {
    const { pool, open } = fixture;
    expect(await get('/api/systems/golden-shield/scorecard', scorecardSchema)).toMatchObject({
      streams: [],
      findings: [],
    });
    const rules = JSON.stringify([
      { rule: 'P03', severity: 'E', records: 2 },
      { rule: 'C-date', severity: 'W', records: 1 },
    ]);
    await pool.query(
      `INSERT INTO hub.scorecard (base, system, stream, records, clean, errors, warnings, quarantined, rules)
        VALUES ('population', 'golden-shield', 'residents', 3000, 2999, 2, 1, 4, $1)`,
      [rules],
    );
    await pool.query(`INSERT INTO hub.cross_finding (rule, subject, message, system, base, entity_id)
      VALUES ('X05', 'a', 'code 639999 was never allocated', 'golden-shield', 'population', 1), ('X05', 'b', 'm', NULL, NULL, NULL)`);
    await pool.query(
      `INSERT INTO population.finding (rule, subject, message, system) VALUES ('P09', 's', 'm', 'golden-shield')`,
    );
    await pool.query(`INSERT INTO hub.rule_run (scope, rule, asked_by, ended_at, error)
      VALUES ('cross', 'X05', 'test', now(), NULL), ('cross', 'X06', 'test', now(), '{"code": "HUB_INTERNAL"}')`);
    const fresh = await open();
    const card = scorecardSchema.parse((await fresh.inject('/api/systems/golden-shield/scorecard')).json());
    expect(card).toMatchObject({
      department: '青海省公安厅',
      streams: [{ base: 'population', records: 3000, clean: 2999, errors: 2, warnings: 1, quarantined: 4 }],
    });
    expect(card.streams[0]?.rules.map(({ rule, zh }) => [rule, zh])).toEqual([
      ['P03', '出生日期与号码一致'],
      ['C-date', null],
    ]);
    expect(card.findings.map(({ scope, rule, findings }) => [scope, rule, findings])).toEqual([
      ['population', 'P09', 1],
      ['cross', 'X05', 1],
    ]);
    const page = (await fresh.inject({ url: '/quality', headers: { accept: 'text/html' } })).body;
    // one record of three thousand is not clean
    for (const text of [
      '数据质量',
      '99.9\u00a0%',
      '出生日期与号码一致',
      '日期无法识别',
      '跨库核对',
      '核对失败',
      `${CHINESE.HUB_INTERNAL.title} <code>HUB_INTERNAL</code>`,
      '尚未核对',
      id(1),
    ])
      expect(page).toContain(text);
    expect(page).not.toMatch(/<script|\sstyle=/);
    const english = (await fresh.inject({ url: '/quality?lang=en', headers: { accept: 'text/html' } })).body;
    expect(english).toContain('birth date agrees with the number');
    expect(english).toContain(`${ERRORS.HUB_INTERNAL.title} <code>HUB_INTERNAL</code>`);
    const unknown = await fresh.inject('/api/systems/nobody/scorecard');
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'HUB_CATALOG_NOT_FOUND']);
    await fresh.close();
  });

  test('bases', async () => {
    const base = await get('/api/bases/population', baseSchema);
    expect(base.lookupSchemes[0]).toEqual({ scheme: 'citizen', zh: '公民身份号码', en: 'citizen number' });
  });
});

describe('entities', () => {
  test('a merged id is answered by the survivor of its survivor', async () => {
    const entity = await get(`/api/bases/population/entities/${id(2)}`, entitySchema);
    expect(entity).toMatchObject({ id: id(1), requested: id(2), mergedInto: id(1), sources: 2, conflicts: ['name'] });
    expect((await get(`/api/bases/population/entities/${id(1)}`, entitySchema)).mergedInto).toBeNull();
  });

  test('personal values are masked, codes bear their names', async () => {
    const { attributes } = await get(`/api/bases/population/entities/${id(1)}`, entitySchema);
    expect(attributes.map(({ attribute, value, masked, label }) => [attribute, value, masked, label])).toEqual([
      ['citizenNumber', '630102************', true, null],
      ['name', '卓***', true, null],
      ['sex', '2', false, '女'],
      ['birthDate', '1990-**-**', true, null],
      ['phone', '139****4552', true, null],
    ]);
  });

  test('one whose rows are all gone is still there', async () => {
    expect(await get(`/api/bases/population/entities/${id(4)}`, entitySchema)).toMatchObject({
      attributes: [],
      sources: 0,
    });
  });

  test.each(['P0000004218', 'P000000001', '1', id(1).toLowerCase()])('%s is not found', async (text) => {
    const answer = await fixture.server.inject(`/api/bases/population/entities/${text}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND' });
  });

  test('why: from the value to the record, its rival and its place in the log', async () => {
    const why = await get(`/api/bases/population/entities/${id(1)}/why`, whySchema);
    expect(why.reasons.find(({ attribute }) => attribute === 'name')).toEqual({
      attribute: 'name',
      zh: '姓名',
      en: 'name',
      type: 'text',
      value: '卓***',
      masked: true,
      label: null,
      winner: { recordId: 1, system: 'golden-shield', stream: 'residents' },
      rule: { code: 'authority', zh: '该来源对此属性更权威', en: 'its system has more authority over this attribute' },
      override: null,
      conflict: true,
      // the record that the source has deleted competes no more
      others: [
        {
          recordId: 2,
          system: 'industry-commerce',
          stream: 'enterprises',
          value: '卓*',
          masked: true,
          agrees: false,
          label: null,
          trusted: true,
        },
      ],
    });
    expect(why.reasons.find(({ attribute }) => attribute === 'birthDate')?.others[0]).toMatchObject({
      trusted: false,
      agrees: false,
    });
    expect(why.records.map(({ recordId, deleted }) => [recordId, deleted])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(why.records[0]).toMatchObject({
      topic: 'raw.golden-shield.residents',
      partition: 2,
      offset: 41,
      origin: 'ga.czrk#****',
      sourceKey: '****',
      observedAt: '2024-05-01T01:02:03.000Z',
      linkRule: { code: 'first' },
    });
    expect(why.records[1]).toMatchObject({
      linkRule: { code: 'citizen', zh: '公民身份号码' },
      issues: [
        {
          rule: 'P03',
          title: 'birth date agrees with the number',
          zh: '出生日期与号码一致',
          message: 'birth date ****-**-** differs from the citizen number',
        },
      ],
    });
  });

  test('lookup by identifier, however it is typed', async () => {
    for (const value of [NUMBER, ` ${NUMBER} `, '６３０１０２ １９９００３０７ ００１１'])
      expect((await lookup('citizen', value)).matches.map((entity) => entity.id)).toEqual([id(1)]);
    expect((await lookup('citizen', OTHER_NUMBER)).matches).toEqual([]);
    expect((await lookup('residence-card', OTHER_NUMBER)).matches.map((entity) => entity.id)).toEqual([id(1), id(4)]);
  });
});

describe('pages', () => {
  const page = async (url: string) => {
    const answer = await fixture.server.inject({ url, headers: { accept: 'text/html' } });
    expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8']);
    return answer.body;
  };

  test('rules are called by their Chinese title on Chinese pages, by the English one on English pages', async () => {
    for (const path of ['/bases/population', `/bases/population/entities/${id(1)}`]) {
      const [chinese, english] = [await page(path), await page(`${path}?lang=en`)];
      expect(chinese).toContain('出生日期与号码一致');
      expect(chinese).not.toContain('birth date agrees with the number');
      expect(english).toContain('birth date agrees with the number');
      expect(english).not.toContain('出生日期与号码一致');
    }
  });
  const submit = (form: Record<string, string>, path = '/bases/population') =>
    fixture.server.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
      payload: new URLSearchParams(form).toString(),
    });

  test('the directory, found by initials, in both languages', async () => {
    expect(await page('/')).toContain('共 4 项资源');
    expect(await page('/?q=czrkjb&base=&owner=&sharing=')).toContain('href="/resources/307001-1"');
    const english = await page('/?lang=en&q=nothing-like-this');
    expect(english).toContain('No resource matches');
    expect(english).toContain('<html lang="en">');
  });

  test('what was typed comes back escaped', async () => {
    const body = await page(`/?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(body).not.toContain('<script');
    expect(body).toContain('&quot;&gt;&lt;script&gt;');
  });

  test('every page holds no script, no style of its own and links that work', async () => {
    for (const url of [
      '/',
      '/resources/307001-1',
      '/resources/base-population?lang=en',
      '/bases/population',
      '/quality',
      `/bases/population/entities/${id(2)}`,
    ]) {
      const body = await page(url);
      expect(body).not.toMatch(/<script|\sstyle=|\son\w+=/);
      for (const [, link = ''] of body.matchAll(/href="(\/[^"#]*)"/g)) {
        const target = await fixture.server.inject({
          url: link.replaceAll('&amp;', '&'),
          headers: { accept: 'text/html' },
        });
        expect([link, target.statusCode]).toEqual([link, 200]);
      }
    }
  });

  test('the entity page explains and masks', async () => {
    const body = await page(`/bases/population/entities/${id(2)}`);
    expect(body).toContain(`所查编号 ${id(2)} 已并入本实体`);
    expect(body).toContain('该来源对此属性更权威');
    expect(body).toContain('raw.golden-shield.residents [2] @ 41');
    for (const secret of [NUMBER, '卓玛', '1990-03-07', '1991-03-07', '13912344552'])
      expect(body).not.toContain(secret);
  });

  test('the form leads to the entity without its number in any address', async () => {
    const one = await submit({ scheme: 'citizen', value: NUMBER }, '/bases/population?lang=en');
    expect([one.statusCode, one.headers.location]).toEqual([303, `/bases/population/entities/${id(1)}?lang=en`]);
    expect((await submit({ scheme: 'id', value: id(2).toLowerCase() })).headers.location).toBe(
      `/bases/population/entities/${id(2)}`,
    );
    const mistaken = await submit({ scheme: 'id', value: NUMBER });
    expect([mistaken.statusCode, mistaken.headers.location]).toEqual([200, undefined]);
    expect((await submit({ scheme: 'residence-card', value: OTHER_NUMBER })).body).toContain('有多个实体持有该标识');
    expect((await submit({ scheme: 'citizen', value: OTHER_NUMBER })).body).toContain('没有持有该标识的实体');
  });
});

test('logs name routes and never numbers', async () => {
  await fixture.server.inject(`/api/bases/population/entities/${NUMBER}`);
  expect(fixture.logged()).toContain('"route":"/api/bases/:base/entities/:id"');
  for (const number of [NUMBER, OTHER_NUMBER]) expect(fixture.logged()).not.toContain(number);
});

test('a newly applied system is found within seconds', async () => {
  await fixture.pool.query(
    `INSERT INTO hub.system (system, spec) SELECT 'fresh', jsonb_set(spec, '{streams}', '{"wells": {"title": "水井登记", "source": {}}}')
     FROM hub.system WHERE system = 'industry-commerce'`,
  );
  const found = async (): Promise<number> => (await get('/api/resources?q=shuijing', resourcePageSchema)).total;
  expect(await until(found, 'the directory shows the system')).toBe(1);
});
