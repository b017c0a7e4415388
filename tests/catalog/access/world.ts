import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import type pg from 'pg';
import { type Access, openAccess } from '../../../catalog/access/access.ts';
import { saveOrganisations } from '../../../catalog/access/organisations.ts';
import { addPerson } from '../../../catalog/access/people.ts';
import { ROLE_NAMES, type RoleName } from '../../../catalog/access/permissions.ts';
import { createCatalog } from '../../../catalog/api/server.ts';
import { accessMigrations, migrate } from '../../../runner/control/migrate.ts';
import { FEEDS } from '../../../runner/services/descriptions.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { personBase } from '../entries.ts';
import { type Fixture, openFixture, type Server } from '../fixture.ts';

export const HOST = 'hub.test';
const COOKIE = '__Host-sanjiang';

/** A browser: one cookie, and the token of its session's forms. */
export interface Browser {
  readonly personId: number;
  send(options: InjectOptions): Promise<Response>;
  /** With the token of the session. */
  post(url: string, fields?: Readonly<Record<string, string>>): Promise<Response>;
}

export interface AccessWorld extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly access: Access;
  readonly server: Server;
  readonly logged: () => string;
  /** Somebody with the role, signed in. */
  as(role: RoleName): Promise<Browser>;
  nobody: Browser;
}

const form = (fields: Readonly<Record<string, string>>): Pick<InjectOptions, 'payload' | 'headers'> => ({
  payload: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded', origin: `http://${HOST}` },
});

/** A catalog whose people are known, with somebody of every role. */
export async function openAccessWorld(change: Partial<Access> = {}): Promise<AccessWorld> {
  const fixture: Fixture = await openFixture();
  const { pool } = fixture;
  await migrate(pool, accessMigrations);
  const access = openAccess({ pool, log: silentLogger, metricsToken: null, publicUrl: null, ...change });
  const server = await createCatalog({
    ...{ hub: pool, bases: [personBase(pool)], log: silentLogger, access, feeds: FEEDS, openFeeds: ['sdmx'] },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'hub_up 1\n' }),
    ready: async () => [{ name: 'database', ok: true, message: 'answers' }],
    receive: async () => ({ isNew: true }),
    auditLog: { checkpoint: async () => '', tile: async () => null },
  });
  await saveOrganisations(pool, [
    {
      code: '630000',
      kind: 'region',
      name: '青海省',
      level: 'province',
      parent: null,
      validFrom: null,
      validUntil: null,
    },
  ]);
  const people = new Map<RoleName, number>();
  for (const role of ROLE_NAMES) {
    const one = { login: `a-${role}`, name: role, role, organisation: '630000', by: 'test' };
    people.set(role, (await addPerson(pool, one)).personId);
  }

  function browser(personId: number, cookie: string | null, formToken: string): Browser {
    const send = (options: InjectOptions): Promise<Response> =>
      server.inject({
        ...options,
        headers: {
          ...{ host: HOST, accept: 'text/html' },
          ...(cookie === null ? {} : { cookie: `${COOKIE}=${cookie}` }),
          ...options.headers,
        },
      });
    return {
      ...{ personId, send },
      post: (url, fields = {}) => send({ method: 'POST', url, ...form({ ...fields, formToken }) }),
    };
  }

  return {
    ...{ pool, access, server, logged: fixture.logged, nobody: browser(0, null, '') },
    async as(role) {
      const personId = people.get(role) as number;
      const { token } = await access.sessions.open(personId, 'test');
      const person = await access.sessions.find(token);
      return browser(personId, token, person?.formToken ?? '');
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

/** What the browser keeps after an answer; null: nothing was set. */
export const cookieOf = (answer: Response): string | null =>
  answer.cookies.find(({ name }) => name === COOKIE)?.value ?? null;
