import type { Pool } from 'pg';
import type { SamplePerson } from '../../catalog/access/access.ts';
import { type Organisation, saveOrganisations } from '../../catalog/access/organisations.ts';
import { addPerson, listPeople } from '../../catalog/access/people.ts';
import type { RoleName } from '../../catalog/access/permissions.ts';

const department = (code: string, name: string, level: Organisation['level'], parent: string): Organisation => ({
  ...{ code, kind: 'department', name, level, parent, validFrom: null, validUntil: null },
});
const region = (code: string, name: string, level: Organisation['level'], parent: string | null): Organisation => ({
  ...{ code, kind: 'region', name, level, parent, validFrom: null, validUntil: null },
});

const ORGANISATIONS: readonly Organisation[] = [
  region('630000', '青海省', 'province', null),
  region('630100', '西宁市', 'prefecture', '630000'),
  department('11630000015000126U', '青海省人民政府办公厅', 'province', '630000'),
  department('11630000015000214T', '青海省公安厅', 'province', '630000'),
  department('11630000015000468P', '青海省统计局', 'province', '630000'),
  department('11630000015000556H', '青海省审计厅', 'province', '630000'),
];

const PEOPLE: readonly (readonly [login: string, name: string, role: RoleName, organisation: string])[] = [
  ['steward', '马兰', 'steward', '11630000015000126U'],
  ['user', '才让', 'department-user', '11630000015000214T'],
  ['head', '李青', 'sharing-head', '11630000015000214T'],
  ['approver', '韩梅', 'approver', '11630000015000126U'],
  ['statistician', '祁文', 'statistician', '11630000015000468P'],
  ['auditor', '王静', 'auditor', '11630000015000556H'],
  ['system', '张工', 'system-admin', '630000'],
  ['security', '卓玛', 'security-admin', '630000'],
  ['audit', '赵敏', 'audit-admin', '630000'],
];

/** A person of each role, without a password: on the machine of the demo one becomes them by a click. */
export async function openSamplePeople(pool: Pool): Promise<readonly SamplePerson[]> {
  const there = new Map((await listPeople(pool)).map((one) => [one.login, one.personId]));
  if (there.size === 0) await saveOrganisations(pool, ORGANISATIONS);
  const people: SamplePerson[] = [];
  for (const [login, name, role, organisation] of PEOPLE) {
    const personId =
      there.get(login) ?? (await addPerson(pool, { login, name, role, organisation, by: 'demo' })).personId;
    people.push({ personId, name, role });
  }
  return people;
}
