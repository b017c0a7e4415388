import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { listOrganisations, readOrganisations, saveOrganisations } from '../../../catalog/access/organisations.ts';
import {
  addPerson,
  addRole,
  endRole,
  firstLink,
  listPeople,
  setPersonState,
  useLink,
} from '../../../catalog/access/people.ts';
import { accessMigrations, migrate } from '../../../runner/control/migrate.ts';
import { testDatabase } from '../../support/postgres.ts';
import { type AccessWorld, openAccessWorld } from './world.ts';

const PASSWORD = '江源之水天上来，2026';

let world: AccessWorld;
let database: Awaited<ReturnType<typeof testDatabase>>;
/** Of a hub that nobody has signed in to. */
let empty: pg.Pool;
beforeAll(async () => {
  world = await openAccessWorld();
  database = await testDatabase();
  empty = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrate(empty, accessMigrations);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await empty.end();
  await database[Symbol.asyncDispose]();
});

describe('the first person', () => {
  test('is made by the newest link alone, once, and is the security administrator', async () => {
    const old = (await firstLink(empty)) as string;
    const token = (await firstLink(empty)) as string;
    const chosen = { password: PASSWORD, login: ' Zhuoma ', name: '卓玛' };
    await expect(useLink(empty, old, chosen)).rejects.toMatchObject({ code: 'HUB_ACCESS_LINK' });
    const made = await Promise.allSettled([
      useLink(empty, token, chosen),
      useLink(empty, token, { ...chosen, login: 'other' }),
    ]);
    expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [person, ...more] = await listPeople(empty);
    expect(more).toEqual([]);
    expect(person).toMatchObject({ hasPassword: true, roles: [{ role: 'security-admin', organisation: '630000' }] });
    expect(await firstLink(empty)).toBeNull();
  });
  test('stays as long as nobody else could let others in', async () => {
    const [person] = await listPeople(empty);
    const [role] = person?.roles ?? [];
    await expect(endRole(empty, role?.roleId as number, 'x')).rejects.toMatchObject({ code: 'HUB_ACCESS_ROLE' });
    await expect(setPersonState(empty, person?.personId as number, 'disabled')).rejects.toMatchObject({
      code: 'HUB_ACCESS_ROLE',
    });
    expect(await listPeople(empty)).toMatchObject([{ state: 'active', roles: [{ role: 'security-admin' }] }]);
  });
});

describe('people and roles', () => {
  const add = (login: string, role: string, organisation = '630000') =>
    addPerson(world.pool, { login, name: 'x', role, organisation, by: 'test' });

  test('the three administrators are three people', async () => {
    const { personId } = await add('two-hats', 'system-admin');
    const give = (role: string) => addRole(world.pool, personId, { organisation: '630000', role, by: 'test' });
    for (const role of ['security-admin', 'audit-admin', 'system-admin'])
      await expect(give(role)).rejects.toMatchObject({ code: 'HUB_ACCESS_ROLE' });
    await give('steward');
    const [held] = (await listPeople(world.pool)).filter(({ login }) => login === 'two-hats');
    await endRole(world.pool, held?.roles.find(({ role }) => role === 'system-admin')?.roleId as number, 'test');
    await give('audit-admin');
    // The database says so as well.
    await expect(
      world.pool.query(
        "INSERT INTO exchange.person_role (person_id, organisation, role, given_by) VALUES ($1, '630000', 'system-admin', 'x')",
        [personId],
      ),
    ).rejects.toMatchObject({ code: '23505' });
  });
  test.each([
    ['a role that is not there', 'ok-1', 'king', '630000', 'HUB_ACCESS_ROLE'],
    ['a role that every object has', 'ok-2', 'constructor', '630000', 'HUB_ACCESS_ROLE'],
    ['an organisation that is not there', 'ok-3', 'steward', '110000', 'HUB_ACCESS_ROLE'],
    ['a name with a blank', 'a b', 'steward', '630000', 'HUB_ACCESS_PERSON'],
    ['a name that somebody has, in other letters', 'Ａ-STEWARD', 'steward', '630000', 'HUB_ACCESS_PERSON'],
  ])('%s is refused, and nobody is added', async (_, login, role, organisation, code) => {
    const before = (await listPeople(world.pool)).length;
    await expect(add(login, role, organisation)).rejects.toMatchObject({ code });
    expect((await listPeople(world.pool)).length).toBe(before);
  });
  test('who gives roles gives the password first, when it was long ago', async () => {
    const security = await world.as('security-admin');
    const fields = { login: 'confirmed', name: '新人', role: 'steward', organisation: '630000' };
    await world.pool.query("UPDATE exchange.session SET confirmed_at = now() - interval '11 minutes'");
    const asked = await security.post('/people', fields);
    expect([asked.statusCode, asked.headers.location]).toEqual([303, expect.stringMatching(/^\/confirm\?next=/)]);
    await world.pool.query("UPDATE exchange.session SET confirmed_at = now() - interval '9 minutes'");
    const added = await security.post('/people', fields);
    const [, address] = /<code>(http:\/\/hub\.test\/set-up\/[\w-]{43})<\/code>/.exec(added.body) ?? [];
    expect([added.statusCode, typeof address]).toEqual([200, 'string']);
    // Shown only now.
    expect((await security.send({ url: '/people' })).body).not.toContain(address as string);
  });
  test('a wrong entry is shown again with why not', async () => {
    const answer = await (await world.as('security-admin')).post('/people', {
      login: 'a-steward',
      name: 'x',
      role: 'steward',
      organisation: '630000',
    });
    expect([answer.statusCode, answer.body.includes('已被使用'), answer.body.includes('role="alert"')]).toEqual([
      422,
      true,
      true,
    ]);
  });
});

describe('organisations', () => {
  const HEAD = 'code,kind,name,level,parent,valid_from,valid_until\n';
  const XINING = '630100,region,西宁市,prefecture,630000,,\n';

  test('come from CSV in any order, with quotes and a mark of encoding, and come again changed', async () => {
    const csv = `\ufeff${HEAD}11630100015000126U,department,"厅, ""一""",prefecture,630100,2020-01-01,\r\n${XINING}`;
    await saveOrganisations(world.pool, readOrganisations(csv));
    await saveOrganisations(world.pool, readOrganisations(`${HEAD}630100,region,西宁,prefecture,630000,,2099-12-31\n`));
    expect(await listOrganisations(world.pool)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: '630100', name: '西宁', parent: '630000', validUntil: '2099-12-31' }),
        expect.objectContaining({
          code: '11630100015000126U',
          name: '厅, "一"',
          parent: '630100',
          validFrom: '2020-01-01',
        }),
      ]),
    );
  });
  test.each([
    ['no head', '630200,region,x,prefecture,,,\n', 'lacks code'],
    ['a kind that is none', `${HEAD}630200,city,x,prefecture,,,\n`, 'line 2: kind "city"'],
    ['a code of five digits', `${HEAD}63020,region,x,prefecture,,,\n`, 'line 2: code "63020"'],
    ['a credit code with an I', `${HEAD}1163000001500012IU,department,x,county,,,\n`, 'no unified social credit code'],
    ['no name', `${HEAD}630200,region,,prefecture,,,\n`, 'name is empty'],
    ['a level that is none', `${HEAD}630200,region,x,city,,,\n`, 'level "city"'],
    ['a day that does not exist', `${HEAD}630200,region,x,county,,2026-02-30,\n`, 'no day'],
    ['an end before its beginning', `${HEAD}630200,region,x,county,,2026-02-01,2026-01-01\n`, 'ends before it begins'],
  ])('%s is refused with its line', (_, csv, message) => {
    expect(() => readOrganisations(csv)).toThrow(
      expect.objectContaining({ code: 'HUB_ORGANISATION_INVALID', message: expect.stringContaining(message) }),
    );
  });
  test.each([
    ['a circle', `${HEAD}630300,region,a,prefecture,630301,,\n630301,region,b,county,630300,,\n`, 'a circle'],
    ['a parent that is not there', `${HEAD}630400,region,a,prefecture,999999,,\n`, 'there is no parent 999999'],
    ['one code twice', `${HEAD}630500,region,a,prefecture,,,\n630500,region,b,prefecture,,,\n`, '630500 comes twice'],
    ['a circle through what is there', `${HEAD}630000,region,青海省,province,630100,,\n`, 'a circle'],
  ])('%s changes nothing', async (_, csv, message) => {
    await saveOrganisations(world.pool, readOrganisations(HEAD + XINING));
    const before = await listOrganisations(world.pool);
    await expect(saveOrganisations(world.pool, readOrganisations(csv))).rejects.toMatchObject({
      ...{ code: 'HUB_ORGANISATION_INVALID', message: expect.stringContaining(message) },
    });
    expect(await listOrganisations(world.pool)).toEqual(before);
  });
  test('a role is nothing once its organisation is no more', async () => {
    await saveOrganisations(world.pool, readOrganisations(`${HEAD}630600,region,旧,prefecture,630000,2000-01-01,\n`));
    const { personId } = await addPerson(world.pool, {
      login: 'of-old',
      name: 'x',
      role: 'steward',
      organisation: '630600',
      by: 'x',
    });
    const { token } = await world.access.sessions.open(personId, 'test');
    expect((await world.access.principalOf(token)).permissions.has('quality.read')).toBe(true);
    await saveOrganisations(
      world.pool,
      readOrganisations(`${HEAD}630600,region,旧,prefecture,630000,2000-01-01,2020-12-31\n`),
    );
    expect((await world.access.principalOf(token)).permissions.size).toBe(0);
  });
});

describe('what nobody sees without signing in', () => {
  const titles = async (as: 'nobody' | 'steward'): Promise<number> => {
    const browser = as === 'nobody' ? world.nobody : await world.as('steward');
    return JSON.parse((await browser.send({ url: '/api/resources', headers: { accept: 'application/json' } })).body)
      .total;
  };
  test('is every entry of the directory that is not open to society', async () => {
    const [few, all] = [await titles('nobody'), await titles('steward')];
    expect(few).toBeLessThan(all);
    const steward = await world.as('steward');
    const { resources } = JSON.parse(
      (await steward.send({ url: '/api/resources', headers: { accept: 'application/json' } })).body,
    );
    for (const { id, open, kind } of resources) {
      const isPublic = open || kind === 'base';
      const url = `/api/resources/${encodeURIComponent(id)}`;
      const { statusCode } = await world.nobody.send({ url, headers: { accept: 'application/json' } });
      expect([id, statusCode]).toEqual([id, isPublic ? 200 : 401]);
      const page = await world.nobody.send({ url: `/resources/${encodeURIComponent(id)}` });
      expect([id, page.statusCode]).toEqual([id, isPublic ? 200 : 303]);
    }
  });
});
