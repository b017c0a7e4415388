import type pg from 'pg';
import { saveOrganisations } from '../../catalog/access/organisations.ts';
import { addPerson, listPeople } from '../../catalog/access/people.ts';
import type { RoleName } from '../../catalog/access/permissions.ts';
import { openSessions } from '../../catalog/access/sessions.ts';

const REGION = { code: '630000', kind: 'region', name: '青海省', level: 'province', parent: null } as const;

/** The headers of somebody who has signed in with the role, in a hub whose database this is. */
export async function signedIn(
  pool: pg.Pool,
  role: RoleName = 'steward',
): Promise<{ readonly cookie: string; readonly 'x-form-token': string }> {
  const login = `test-${role}`;
  await saveOrganisations(pool, [{ ...REGION, validFrom: null, validUntil: null }]);
  const known = (await listPeople(pool)).find((one) => one.login === login);
  const personId =
    known?.personId ??
    (await addPerson(pool, { login, name: login, role, organisation: REGION.code, by: 'test' })).personId;
  const sessions = openSessions(pool);
  const { token } = await sessions.open(personId, 'test');
  const person = await sessions.find(token);
  return { cookie: `__Host-sanjiang=${token}`, 'x-form-token': person?.formToken ?? '' };
}
