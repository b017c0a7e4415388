import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addPerson, firstLink, linkFor, useLink } from '../../../catalog/access/people.ts';
import { localPath } from '../../../catalog/api/guard.ts';
import { type AccessWorld, cookieOf, HOST, openAccessWorld } from './world.ts';

const PASSWORD = '江源之水天上来，2026';

let world: AccessWorld;
let login: string;
let count = 0;
beforeAll(async () => {
  world = await openAccessWorld();
  login = await person();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Somebody with a password. @returns the name to sign in with */
async function person(role = 'steward'): Promise<string> {
  count += 1;
  const name = `person${count}`;
  const { token } = await addPerson(world.pool, { login: name, name, role, organisation: '630000', by: 'test' });
  await useLink(world.pool, token, { password: PASSWORD, login: '', name: '' });
  return name;
}

const signIn = (name: string, password: string, more: object = {}, next = '') =>
  world.server.inject({
    method: 'POST',
    url: '/sign-in',
    payload: new URLSearchParams({ login: name, password, ...(next === '' ? {} : { next }) }).toString(),
    headers: { host: HOST, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...more },
  });
const withCookie = (cookie: string, url: string) =>
  world.server.inject({ url, headers: { host: HOST, accept: 'text/html', cookie: `__Host-sanjiang=${cookie}` } });

describe('signing in', () => {
  test('a page that is for people leads to the form and, signed in, back to itself', async () => {
    const asked = await world.nobody.send({ url: '/bases/population/review?lang=en' });
    expect([asked.statusCode, asked.headers.location]).toEqual([
      303,
      `/sign-in?next=${encodeURIComponent('/bases/population/review?lang=en')}`,
    ]);
    const answer = await signIn(` ${login.toUpperCase()} `, PASSWORD, {}, '/bases/population/review?lang=en');
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/bases/population/review?lang=en']);
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
    const page = await withCookie(cookieOf(answer) as string, '/me');
    expect([page.statusCode, page.body.includes('数据管理员')]).toEqual([200, true]);
  });
  test('a session that the browser had is over with it: nobody can prepare one for somebody else', async () => {
    const before = cookieOf(await signIn(login, PASSWORD)) as string;
    const after = cookieOf(await signIn(login, PASSWORD, { cookie: `__Host-sanjiang=${before}` })) as string;
    expect(after).not.toBe(before);
    expect((await withCookie(before, '/me')).statusCode).toBe(303);
    expect((await withCookie(after, '/me')).statusCode).toBe(200);
  });
  /* HUB_ACCESS_REFUSED, HUB_ACCESS_LOCKED */
  test('a wrong password, a wrong name and somebody without a password get one answer', async () => {
    const { token: _, personId } = await addPerson(world.pool, {
      ...{ login: 'waiting', name: 'x', role: 'steward', organisation: '630000', by: 'test' },
    });
    expect(personId).toBeGreaterThan(0);
    for (const [name, password] of [
      [login, 'wrong password'],
      ['nobody', PASSWORD],
      ['waiting', PASSWORD],
    ] as const) {
      const answer = await signIn(name, password);
      expect([name, answer.statusCode, cookieOf(answer), answer.body.includes('登录名与密码不符')]).toEqual([
        name,
        401,
        null,
        true,
      ]);
      expect(answer.body).not.toContain(password);
    }
  });
  test('after five wrong tries the name is locked for twice as long each time, whether it exists or not', async () => {
    for (const name of [await person(), 'no-such-person']) {
      for (let i = 0; i < 5; i++) expect((await signIn(name, 'wrong password')).statusCode).toBe(401);
      const locked = await signIn(name, PASSWORD);
      expect([name, locked.statusCode, locked.headers['retry-after']]).toEqual([
        name,
        429,
        expect.stringMatching(/^(29|30)$/),
      ]);
      await world.pool.query("UPDATE exchange.sign_in_failure SET locked_until = now() - interval '1 second'");
      expect((await signIn(name, 'wrong password')).statusCode).toBe(401);
      expect((await signIn(name, 'wrong password')).headers['retry-after']).toMatch(/^(59|60)$/);
    }
  });
  test('many tries at once count as many', async () => {
    const name = await person();
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn(name, 'wrong password')));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
    expect((await signIn(name, PASSWORD)).statusCode).toBe(429);
  });
  test('the right password after the lock signs in, and clears the count', async () => {
    const name = await person();
    for (let i = 0; i < 4; i++) await signIn(name, 'wrong password');
    expect((await signIn(name, PASSWORD)).statusCode).toBe(303);
    for (let i = 0; i < 4; i++) expect((await signIn(name, 'wrong password')).statusCode).toBe(401);
    expect((await signIn(name, PASSWORD)).statusCode).toBe(303);
  });
  test.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/a\nb',
    ' /x',
    '/\t/evil.example',
  ])('another site is no place to go to afterwards: %j', (next) => {
    expect(localPath(next)).toBe('/');
  });
  test('a place of this site is', () => {
    expect(localPath('/bases/population?x=%2F%2Fy')).toBe('/bases/population?x=%2F%2Fy');
    expect(localPath('/a/../me')).toBe('/me');
  });
});

describe('a session', () => {
  const open = async (): Promise<string> => cookieOf(await signIn(login, PASSWORD)) as string;
  const status = async (cookie: string): Promise<number> => (await withCookie(cookie, '/me')).statusCode;
  const age = (column: string, by: string) =>
    world.pool.query(`UPDATE exchange.session SET ${column} = ${column} - interval '${by}'`);

  test('ends when nobody has come for half an hour, and lives while somebody does', async () => {
    const cookie = await open();
    await age('seen_at', '29 minutes');
    expect(await status(cookie)).toBe(200);
    await age('seen_at', '29 minutes');
    expect(await status(cookie)).toBe(200);
    await age('seen_at', '31 minutes');
    expect(await status(cookie)).toBe(303);
  });
  test('ends after a working day, however busy', async () => {
    const cookie = await open();
    await age('ends_at', '12 hours 1 minute');
    expect(await status(cookie)).toBe(303);
  });
  test('the cookie of which one character is another opens nothing', async () => {
    const cookie = await open();
    expect(await status(`${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`)).toBe(303);
    expect(await status('x'.repeat(5_000))).toBe(303);
  });
  test('of somebody who is disabled is over with the next request', async () => {
    const name = await person();
    const cookie = cookieOf(await signIn(name, PASSWORD)) as string;
    await world.pool.query("UPDATE exchange.person SET state = 'disabled' WHERE login = $1", [name]);
    expect(await status(cookie)).toBe(303);
    expect((await signIn(name, PASSWORD)).statusCode).toBe(401);
  });
  test('loses a role when its time is over, by the clock', async () => {
    const name = await person();
    const cookie = cookieOf(await signIn(name, PASSWORD)) as string;
    expect((await withCookie(cookie, '/quality')).statusCode).toBe(200);
    await world.pool.query(
      `UPDATE exchange.person_role AS r SET valid_from = now() - interval '2 days', valid_until = now() - interval '1 second'
       FROM exchange.person AS p WHERE p.person_id = r.person_id AND p.login = $1`,
      [name],
    );
    expect((await withCookie(cookie, '/quality')).statusCode).toBe(403);
  });
  test('is kept as a digest: the table opens nothing', async () => {
    const cookie = await open();
    const { rows } = await world.pool.query<{ text: string }>('SELECT s::text AS text FROM exchange.session AS s');
    expect(rows.some(({ text }) => text.includes(cookie))).toBe(false);
  });
  test('signs out here, or everywhere', async () => {
    const one = await world.as('statistician');
    const other = await world.as('statistician');
    expect((await one.post('/sign-out')).statusCode).toBe(303);
    expect((await one.send({ url: '/me' })).statusCode).toBe(303);
    expect((await other.send({ url: '/me' })).statusCode).toBe(200);
    const third = await world.as('statistician');
    expect((await third.post('/me/sessions')).statusCode).toBe(303);
    expect((await other.send({ url: '/me' })).statusCode).toBe(303);
  });
});

describe('forms of other sites', () => {
  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin that can be named', { origin: 'null' }],
    ['a browser that says cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('are refused: %s', async (_, headers) => {
    const answer = await signIn(login, PASSWORD, headers);
    expect([answer.statusCode, answer.body.includes('HUB_ACCESS_FORGED'), cookieOf(answer)]).toEqual([403, true, null]);
  });
  test('without the token of the session nothing is changed, and with that of another session neither', async () => {
    const [mine, other] = [await world.as('security-admin'), await world.as('auditor')];
    const fields = { login: 'forged', name: 'x', role: 'steward', organisation: '630000' };
    const send = (formToken?: string) =>
      mine.send({
        ...{ method: 'POST', url: '/people' },
        payload: new URLSearchParams({ ...fields, ...(formToken === undefined ? {} : { formToken }) }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const page = (await other.send({ url: '/me' })).body;
    const othersToken = /name="formToken" value="([^"]+)"/.exec(page)?.[1] ?? '';
    expect(othersToken).not.toBe('');
    for (const token of [undefined, '', 'x', othersToken]) expect((await send(token)).statusCode).toBe(403);
    expect((await world.pool.query("SELECT FROM exchange.person WHERE login = 'forged'")).rowCount).toBe(0);
  });
  test('of JSON carry it in a header', async () => {
    const steward = await world.as('steward');
    const send = (headers: object) =>
      steward.send({
        method: 'POST',
        url: '/api/bases/population/explain',
        payload: { left: '1', right: '2' },
        headers: { accept: 'application/json', ...headers },
      });
    expect((await send({})).statusCode).toBe(403);
    const token = /name="formToken" value="([^"]+)"/.exec((await steward.send({ url: '/me' })).body)?.[1] ?? '';
    expect((await send({ 'x-form-token': token })).statusCode).not.toBe(403);
  });
});

describe('set-up links', () => {
  const open = (token: string) => world.nobody.send({ url: `/set-up/${token}` });
  const use = (token: string, password: string) =>
    world.server.inject({
      ...{ method: 'POST', url: `/set-up/${token}`, payload: new URLSearchParams({ password }).toString() },
      headers: { host: HOST, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    });

  test('set a password once', async () => {
    const { token } = await addPerson(world.pool, {
      login: 'new-one',
      name: '新人',
      role: 'steward',
      organisation: '630000',
      by: 'x',
    });
    expect((await open(token)).body).toContain('新人');
    for (const [password, why] of [
      ['short', '少于'],
      ['aaaaaaaaaaaaaaaa', '不同的字符'],
      ['my-NEW-ONE-password', '登录名'],
    ] as const) {
      const answer = await use(token, password);
      expect([answer.statusCode, answer.body.includes(why)]).toEqual([422, true]);
    }
    expect((await use(token, PASSWORD)).headers.location).toBe('/sign-in');
    expect((await use(token, 'another good password')).statusCode).toBe(410);
    expect((await open(token)).statusCode).toBe(410);
    expect((await signIn('new-one', PASSWORD)).statusCode).toBe(303);
  });
  test('expire, and a newer one voids the older', async () => {
    const { token, personId } = await addPerson(world.pool, {
      login: 'late',
      name: 'x',
      role: 'steward',
      organisation: '630000',
      by: 'x',
    });
    const newer = await linkFor(world.pool, personId);
    expect((await open(token)).statusCode).toBe(410);
    expect((await open(newer)).statusCode).toBe(200);
    await world.pool.query(
      "UPDATE exchange.set_up_link SET expires_at = now() - interval '1 second' WHERE used_at IS NULL",
    );
    expect((await use(newer, PASSWORD)).statusCode).toBe(410);
  });
  test('a hub that has people gives no first link', async () => {
    expect(await firstLink(world.pool)).toBeNull();
  });
});
