import type { Pool, PoolClient } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';
import { hashPassword, requireGoodPassword } from './passwords.ts';
import { isAdministrator, isRole, ROLE_NAMES, type RoleName } from './permissions.ts';
import { digestOf, newToken } from './secrets.ts';
import { loginOf } from './sign-in.ts';

const LOGIN = /^[\p{Letter}\p{Number}][\p{Letter}\p{Number}._@-]{1,63}$/u;
const LINK_HOURS = 24;
/** The first one is printed where the hub is started. */
const FIRST_LINK_HOURS = 1;

interface RoleLine {
  readonly roleId: number;
  readonly role: RoleName;
  readonly organisation: string;
  readonly organisationName: string;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
}

export interface PersonLine {
  readonly personId: number;
  readonly login: string;
  readonly name: string;
  readonly state: 'active' | 'disabled';
  /** false: the set-up link has not been used yet. */
  readonly hasPassword: boolean;
  readonly roles: readonly RoleLine[];
}

interface NewPerson {
  readonly login: string;
  readonly name: string;
  readonly organisation: string;
  readonly role: string;
  /** Who adds them, for those who ask later. */
  readonly by: string;
}

interface NewRole {
  readonly organisation: string;
  readonly role: string;
  readonly validUntil?: Date | undefined;
  readonly by: string;
}

export const listPeople = async (pool: Pool): Promise<readonly PersonLine[]> =>
  (
    await query<PersonLine>(
      pool,
      'listing people',
      `SELECT p.person_id::float8 AS "personId", p.login, p.name, p.state, p.password IS NOT NULL AS "hasPassword",
         coalesce((SELECT json_agg(json_build_object('roleId', r.role_id, 'role', r.role, 'organisation', o.code,
             'organisationName', o.name, 'validFrom', r.valid_from, 'validUntil', r.valid_until) ORDER BY r.role_id)
           FROM exchange.person_role AS r JOIN exchange.organisation AS o ON o.code = r.organisation
           WHERE r.person_id = p.person_id AND r.ended_at IS NULL), '[]') AS roles
       FROM exchange.person AS p ORDER BY p.login`,
    )
  ).rows;

/** Adds a person with a first role. @returns a link, once, by which they choose their password. */
export async function addPerson(
  pool: Pool,
  person: NewPerson,
): Promise<{ readonly personId: number; readonly token: string }> {
  return await inTransaction(pool, 'adding a person', async (client) => {
    const personId = await insertPerson(client, person, null);
    await insertRole(client, personId, person);
    return { personId, token: await newLink(client, personId, LINK_HOURS) };
  });
}

async function insertPerson(
  client: PoolClient,
  { login: typed, name, by }: Pick<NewPerson, 'login' | 'name' | 'by'>,
  password: string | null,
): Promise<number> {
  const login = loginOf(typed);
  if (!LOGIN.test(login))
    throw new HubError('HUB_ACCESS_PERSON', `"${login}" is no name to sign in with`, {
      zh: `“${login}”不能作登录名`,
      allowed: '2 to 64 letters, digits and . _ @ -',
    });
  if (name.trim() === '' || name.length > 100)
    throw new HubError('HUB_ACCESS_PERSON', 'A person needs a name of at most 100 characters', {
      zh: '请填写姓名（不超过 100 字）',
    });
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO exchange.person (login, name, password, created_by) VALUES ($1, $2, $3, $4)
     ON CONFLICT (login) DO NOTHING RETURNING person_id::float8 AS id`,
    [login, name.trim(), password, by],
  );
  if (rows[0] !== undefined) return rows[0].id;
  throw new HubError('HUB_ACCESS_PERSON', `Somebody signs in as ${login} already`, { zh: `登录名 ${login} 已被使用` });
}

/** @throws HUB_ACCESS_ROLE for a role that is not there, or that this person may not hold beside another */
export const addRole = (pool: Pool, personId: number, role: NewRole): Promise<void> =>
  inTransaction(pool, 'giving a role', (client) => insertRole(client, personId, role));

async function insertRole(client: PoolClient, personId: number, given: NewRole): Promise<void> {
  const { organisation, role, validUntil, by } = given;
  if (!isRole(role))
    throw new HubError('HUB_ACCESS_ROLE', `There is no role ${role}`, { zh: `没有角色 ${role}`, allowed: ROLE_NAMES });
  if (validUntil !== undefined && !(validUntil.getTime() > Date.now()))
    throw new HubError('HUB_ACCESS_ROLE', 'The role would be over already', { zh: '该角色的期限已过' });
  await client.query('SELECT FROM exchange.person WHERE person_id = $1 FOR UPDATE', [personId]);
  const { rows } = await client.query<{ role: string; organisation: string }>(
    'SELECT role, organisation FROM exchange.person_role WHERE person_id = $1 AND ended_at IS NULL',
    [personId],
  );
  const held = rows.filter((one) => isRole(one.role) && isAdministrator(one.role));
  if (isAdministrator(role) && held.length > 0)
    throw new HubError('HUB_ACCESS_ROLE', 'One person holds one of the three administrators at most', {
      zh: '系统管理员、安全管理员、安全审计员须由不同人员担任',
      held: held.map((one) => one.role),
    });
  const there = await client.query('SELECT FROM exchange.organisation WHERE code = $1', [organisation]);
  if (there.rowCount === 0)
    throw new HubError('HUB_ACCESS_ROLE', `There is no organisation ${organisation}`, {
      zh: `没有机构 ${organisation}`,
      allowed: 'a code of `hub organisation list`',
    });
  const { rowCount } = await client.query(
    `INSERT INTO exchange.person_role (person_id, organisation, role, valid_until, given_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (person_id, organisation, role) WHERE ended_at IS NULL DO NOTHING`,
    [personId, organisation, role, validUntil ?? null, by],
  );
  if (rowCount === 0)
    throw new HubError('HUB_ACCESS_ROLE', 'The person holds this role there already', {
      zh: '该人员在此机构已担任此角色',
    });
}

/** @throws HUB_ACCESS_ROLE when the role is over already, or when nobody would be left who can give roles */
export async function endRole(pool: Pool, roleId: number, by: string): Promise<void> {
  await inTransaction(
    pool,
    'ending a role',
    async (client) => {
      const { rowCount } = await client.query(
        'UPDATE exchange.person_role SET ended_at = now(), ended_by = $2 WHERE role_id = $1 AND ended_at IS NULL',
        [roleId, by],
      );
      if (rowCount === 0)
        throw new HubError('HUB_ACCESS_ROLE', `Role ${roleId} is over already, or there is none`, {
          zh: '该角色已结束或不存在',
        });
      await requireSomebody(client);
    },
    { alone: 'exchange.people' },
  );
}

/** A disabled person's sessions are over at once. @throws HUB_ACCESS_PERSON when nobody would be left who can give roles */
export async function setPersonState(pool: Pool, personId: number, state: PersonLine['state']): Promise<void> {
  await inTransaction(
    pool,
    'changing a person',
    async (client) => {
      await client.query('UPDATE exchange.person SET state = $2 WHERE person_id = $1', [personId, state]);
      if (state === 'active') return;
      await client.query('DELETE FROM exchange.session WHERE person_id = $1', [personId]);
      await requireSomebody(client);
    },
    { alone: 'exchange.people' },
  );
}

/** Somebody must stay who can let others in. */
async function requireSomebody(client: PoolClient): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM exchange.person AS p JOIN exchange.person_role AS r USING (person_id)
     WHERE p.state = 'active' AND r.role = 'security-admin' AND r.ended_at IS NULL
       AND (r.valid_until IS NULL OR r.valid_until > now()) LIMIT 1`,
  );
  if (rowCount === 0)
    throw new HubError('HUB_ACCESS_ROLE', 'The last security administrator stays: nobody else could give roles', {
      zh: '不能停用最后一名安全管理员：此后无人可以授予角色',
    });
}

async function newLink(client: Pick<PoolClient, 'query'>, personId: number | null, hours: number): Promise<string> {
  const token = newToken();
  // The newest one counts.
  await client.query('DELETE FROM exchange.set_up_link WHERE person_id IS NOT DISTINCT FROM $1 AND used_at IS NULL', [
    personId,
  ]);
  await client.query(
    `INSERT INTO exchange.set_up_link (link_hash, person_id, expires_at) VALUES ($1, $2, now() + $3 * interval '1 hour')`,
    [digestOf(token), personId, hours],
  );
  return token;
}

/** @param begin as browsers call the hub */
export const setUpAddress = (begin: string, token: string): string => `${begin}/set-up/${token}`;

/** A link by which somebody who is there chooses a new password. */
export const linkFor = (pool: Pool, personId: number): Promise<string> =>
  inTransaction(pool, 'making a set-up link', (client) => newLink(client, personId, LINK_HOURS));

/** null: there are people. The link of an earlier start is void. */
export async function firstLink(pool: Pool): Promise<string | null> {
  return await inTransaction(
    pool,
    'looking for people',
    async (client) => {
      const { rowCount } = await client.query('SELECT FROM exchange.person LIMIT 1');
      return rowCount === 0 ? await newLink(client, null, FIRST_LINK_HOURS) : null;
    },
    { alone: 'exchange.people' },
  );
}

interface OpenLink {
  /** null: the link makes the first person of the hub. */
  readonly personId: number | null;
  readonly login: string | null;
  readonly name: string | null;
}

const LINK = `SELECT l.person_id::float8 AS "personId", p.login, p.name FROM exchange.set_up_link AS l
  LEFT JOIN exchange.person AS p USING (person_id)
  WHERE l.link_hash = $1 AND l.used_at IS NULL AND l.expires_at > now()
    AND (CASE WHEN l.person_id IS NULL THEN NOT EXISTS (SELECT FROM exchange.person) ELSE p.state = 'active' END)`;

const linkOver = (): HubError =>
  new HubError('HUB_ACCESS_LINK', 'This set-up link was used, is too old, or never was one', {
    zh: '此设置链接已使用、已过期或不存在',
  });

/** @throws HUB_ACCESS_LINK */
export async function readLink(pool: Pool, token: string): Promise<OpenLink> {
  const { rows } = await query<OpenLink>(pool, 'reading a set-up link', LINK, [digestOf(token)]);
  if (rows[0] === undefined) throw linkOver();
  return rows[0];
}

interface Chosen {
  readonly password: string;
  /** Of the first person alone. */
  readonly login: string;
  readonly name: string;
}

/** The root of the tree that the first person belongs to. */
const FIRST_REGION = { code: '630000', name: '青海省' };

/**
 * A set-up link is used, once: the password is set, or the first security administrator is made.
 * @throws HUB_ACCESS_LINK, HUB_ACCESS_PASSWORD, HUB_ACCESS_PERSON; the link stays good then but for the first
 */
export async function useLink(pool: Pool, token: string, { password, login, name }: Chosen): Promise<number> {
  const open = await readLink(pool, token);
  requireGoodPassword(password, open.login ?? loginOf(login));
  const kept = await hashPassword(password);
  return await inTransaction(
    pool,
    'using a set-up link',
    async (client) => {
      const { rows } = await client.query<OpenLink>(`${LINK} FOR UPDATE OF l`, [digestOf(token)]);
      const [link] = rows;
      if (link === undefined) throw linkOver();
      await client.query('UPDATE exchange.set_up_link SET used_at = now() WHERE link_hash = $1', [digestOf(token)]);
      if (link.personId !== null) {
        await setPassword(client, link.personId, kept);
        return link.personId;
      }
      await client.query(
        `INSERT INTO exchange.organisation (code, kind, name, level) VALUES ($1, 'region', $2, 'province')
         ON CONFLICT (code) DO NOTHING`,
        [FIRST_REGION.code, FIRST_REGION.name],
      );
      const by = 'set-up link';
      const personId = await insertPerson(client, { login, name, by }, kept);
      await insertRole(client, personId, { organisation: FIRST_REGION.code, role: 'security-admin', by });
      return personId;
    },
    { alone: 'exchange.people' },
  );
}

/** Who had a session with the old password has none any more. */
async function setPassword(client: PoolClient, personId: number, kept: string): Promise<void> {
  await client.query('UPDATE exchange.person SET password = $2 WHERE person_id = $1', [personId, kept]);
  await client.query('DELETE FROM exchange.session WHERE person_id = $1', [personId]);
}

/** @throws HUB_ACCESS_PASSWORD. Every session of the person is over. */
export async function changePassword(pool: Pool, personId: number, login: string, password: string): Promise<void> {
  requireGoodPassword(password, login);
  const kept = await hashPassword(password);
  await inTransaction(pool, 'changing a password', (client) => setPassword(client, personId, kept));
}
