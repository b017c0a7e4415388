import type { Command } from 'commander';
import { listOrganisations, readOrganisations, saveOrganisations } from '../../catalog/access/organisations.ts';
import {
  addPerson,
  addRole,
  endRole,
  linkFor,
  listPeople,
  type PersonLine,
  setPersonState,
  setUpAddress,
} from '../../catalog/access/people.ts';
import { ROLE_NAMES } from '../../catalog/access/permissions.ts';
import { loginOf } from '../../catalog/access/sign-in.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import { readGiven } from '../settings/given-file.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, inHub } from './session.ts';
import { positive } from './systems.ts';

/** Whoever works on the machine of the hub, for those who ask later. */
const BY = 'hub person';

async function personNamed({ pool }: Hub, login: string): Promise<PersonLine> {
  const people = await listPeople(pool);
  const found = people.find((one) => one.login === loginOf(login));
  if (found !== undefined) return found;
  throw new HubError('HUB_ACCESS_PERSON', `Nobody signs in as ${login}`, {
    allowed: people.map((one) => one.login),
  });
}

const addressOf = ({ config: { http } }: Hub, token: string): string =>
  setUpAddress(http.publicUrl ?? `http://${http.host}:${http.port}`, token);

export const day = (text: string): Date => {
  const at = new Date(`${text}T23:59:59.999+08:00`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new HubError('HUB_CONFIG_INVALID', `"${text}" is no day`, { allowed: 'YYYY-MM-DD, the last day' });
};

/** What the pages of people and organisations do, for who works on the machine of the hub. */
export function addPeopleCommands(program: Command, common: () => CommonOptions): void {
  const withHub = inHub(common);
  const person = program.command('person').description('who may sign in, and which roles they hold');
  person
    .command('list')
    .description('everybody, with their roles')
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      withHub(async ({ pool }) => {
        const people = await listPeople(pool);
        if (options.json === true) printJson(people);
        else
          print(
            table(
              ['login', 'name', 'state', 'roles'],
              people.map(({ login, name, state, hasPassword, roles }) => [
                ...[login, name, hasPassword ? state : `${state}, no password yet`],
                roles.map(({ roleId, role, organisation }) => `${roleId}: ${role} of ${organisation}`).join('; '),
              ]),
            ),
          );
      }),
    );
  const held = (command: Command): Command =>
    command
      .requiredOption('--role <role>', ROLE_NAMES.join(', '))
      .requiredOption('--organisation <code>', 'region or department of the role');
  held(person.command('add').description('let somebody in: prints the link by which they choose their password'))
    .argument('<login>', 'name to sign in with')
    .requiredOption('--name <name>', 'the person')
    .action((login: string, options: { name: string; role: string; organisation: string }) =>
      withHub(async (hub) => {
        const { token } = await addPerson(hub.pool, { login, ...options, by: BY });
        print(`Good for a day and for one use: ${addressOf(hub, token)}`);
      }),
    );
  person
    .command('link')
    .description('a new link by which somebody chooses a password')
    .argument('<login>')
    .action((login: string) =>
      withHub(async (hub) => {
        const { personId } = await personNamed(hub, login);
        print(`Good for a day and for one use: ${addressOf(hub, await linkFor(hub.pool, personId))}`);
      }),
    );
  held(person.command('give').description('give a role for a time'))
    .argument('<login>')
    .option('--until <day>', 'last day of the role', day)
    .action((login: string, { until, ...role }: { role: string; organisation: string; until?: Date }) =>
      withHub(async (hub) => {
        const { personId } = await personNamed(hub, login);
        await addRole(hub.pool, personId, { ...role, validUntil: until, by: BY });
        print(`${login} holds ${role.role} of ${role.organisation}.`);
      }),
    );
  person
    .command('end')
    .description('end a role')
    .argument('<role>', 'number of the list', positive)
    .action((roleId: number) =>
      withHub(async ({ pool }) => {
        await endRole(pool, roleId, BY);
        print(`Role ${roleId} is over.`);
      }),
    );
  for (const [command, state, text] of [
    ['disable', 'disabled', 'keep somebody out; their sessions are over at once'],
    ['enable', 'active', 'let somebody in again'],
  ] as const)
    person
      .command(command)
      .description(text)
      .argument('<login>')
      .action((login: string) =>
        withHub(async (hub) => {
          await setPersonState(hub.pool, (await personNamed(hub, login)).personId, state);
          print(`${login} is ${state}.`);
        }),
      );

  const organisation = program.command('organisation').description('regions and departments that roles belong to');
  organisation
    .command('list')
    .description('the tree, by level')
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      withHub(async ({ pool }) => {
        const all = await listOrganisations(pool);
        if (options.json === true) printJson(all);
        else
          print(
            table(
              ['code', 'kind', 'name', 'level', 'under', 'valid'],
              all.map(({ code, kind, name, level, parent, validFrom, validUntil }) => [
                ...[code, kind, name, level, parent ?? '', `${validFrom} - ${validUntil ?? ''}`],
              ]),
            ),
          );
      }),
    );
  organisation
    .command('import')
    .description('take organisations from CSV: code,kind,name,level,parent,valid_from,valid_until')
    .argument('<file>', 'CSV in UTF-8')
    .action((file: string) =>
      withHub(async ({ pool }) => {
        const given = readOrganisations(readGiven(file));
        await saveOrganisations(pool, given);
        print(`${given.length} organisations taken.`);
      }),
    );
}
