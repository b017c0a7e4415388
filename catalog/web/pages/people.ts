// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listOrganisations, type Organisation } from '../../access/organisations.ts';
import {
  addPerson,
  addRole,
  endRole,
  linkFor,
  listPeople,
  type PersonLine,
  setPersonState,
  setUpAddress,
} from '../../access/people.ts';
import { ROLE_NAMES, ROLES } from '../../access/permissions.ts';
import { requireConfirmed } from '../../api/guard.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { both, type Texts } from '../../texts.ts';
import {
  acceptForms,
  alertOf,
  buttonForm,
  field,
  formToken,
  marked,
  type Refusal,
  refusalOf,
  seeOther,
  tokenField,
} from '../form.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import type { View } from '../view.ts';

const TEXTS = {
  login: both('登录名', 'Signs in as'),
  name: both('姓名', 'Name'),
  roles: both('角色', 'Roles'),
  role: both('角色', 'Role'),
  organisation: both('机构', 'Organisation'),
  add: both('新增人员', 'Add a person'),
  give: both('授予角色', 'Give a role'),
  person: both('人员', 'Person'),
  until: both('至 {day}', 'until {day}'),
  end: both('结束', 'End'),
  disable: both('停用', 'Disable'),
  enable: both('启用', 'Enable'),
  newLink: both('另发设置链接', 'New set-up link'),
  disabled: both('已停用', 'disabled'),
  waits: both('尚未设置密码', 'has not chosen a password yet'),
  linkOnce: both(
    '请将此链接交给 {name}，24 小时内有效，只能使用一次，此后不再显示：',
    'Hand this link to {name}; it is good for 24 hours and for one use, and is shown only now:',
  ),
} as const satisfies Texts;

type PeoplePage = View<keyof typeof TEXTS>;

const text = z.string().max(200);
const id = z.string().regex(/^\d{1,15}$/);
const added = z.strictObject({ login: text, name: text, organisation: text, role: text, formToken });
const given = z.strictObject({ person: id, organisation: text, role: text, formToken });
const ofRole = z.strictObject({ role: id, formToken });
const ofPerson = z.strictObject({ person: id, state: z.enum(['active', 'disabled']).optional(), formToken });

interface Shown {
  readonly refusal?: Refusal;
  readonly link?: { readonly name: string; readonly address: string };
}

export const peoplePage: Page = {
  texts: TEXTS,
  register(server, { bases, access }) {
    if (access === null) return;
    acceptForms(server);
    const { pool } = access;
    const page = { hide: true, querystring: inputSchema(langQuery) };
    const config = { access: 'people.manage' } as const;

    async function show(request: FastifyRequest, reply: FastifyReply, shown: Shown = {}) {
      const view = viewOf(request, TEXTS);
      const [people, organisations] = await Promise.all([listPeople(pool), listOrganisations(pool)]);
      const content = showPeople(view, people, organisations, shown);
      return sendPage(marked(reply, shown.refusal ?? null), view, { bases, title: view.t('people'), content });
    }
    const addressOf = ({ protocol, headers }: FastifyRequest, token: string): string =>
      setUpAddress(access.publicUrl ?? `${protocol}://${headers.host}`, token);
    const by = ({ principal }: FastifyRequest): string => principal.person?.login ?? '';

    /** A form that changes people: taken, or shown again with why not. */
    function change<Body>(
      path: string,
      schema: z.ZodType<Body>,
      work: (body: Body, request: FastifyRequest) => Promise<Shown | undefined>,
    ): void {
      server.post(path, { config, schema: { ...page, body: inputSchema(schema) } }, async (request, reply) => {
        requireConfirmed(request);
        let shown: Shown | undefined;
        try {
          shown = await work(request.body as Body, request);
        } catch (error) {
          shown = { refusal: refusalOf(error, request) };
        }
        return shown === undefined ? seeOther(reply, viewOf(request), '/people') : show(request, reply, shown);
      });
    }

    server.get('/people', { config, schema: page }, async (request, reply) => show(request, reply));
    change('/people', added, async ({ formToken: _, ...person }, request) => {
      const { token } = await addPerson(pool, { ...person, by: by(request) });
      return { link: { name: person.name, address: addressOf(request, token) } };
    });
    change('/people/roles', given, async ({ person, organisation, role }, request) => {
      await addRole(pool, Number(person), { organisation, role, by: by(request) });
      return undefined;
    });
    change('/people/roles/end', ofRole, async ({ role }, request) => {
      await endRole(pool, Number(role), by(request));
      return undefined;
    });
    change('/people/state', ofPerson, async ({ person, state = 'disabled' }) => {
      await setPersonState(pool, Number(person), state);
      return undefined;
    });
    change('/people/link', ofPerson, async ({ person }, request) => {
      const token = await linkFor(pool, Number(person));
      const name = (await listPeople(pool)).find(({ personId }) => String(personId) === person)?.name ?? '';
      return { link: { name, address: addressOf(request, token) } };
    });
  },
};

function showPeople(
  view: PeoplePage,
  people: readonly PersonLine[],
  organisations: readonly Organisation[],
  { refusal, link }: Shown,
): Html {
  const { t } = view;
  return html`<h1>${t('people')}</h1>
${alertOf(view, refusal ?? null)}
${link !== undefined && html`<div class="notice" role="status"><p>${t('linkOnce', { name: link.name })}</p><p><code>${link.address}</code></p></div>`}
<table class="stack"><thead><tr><th scope="col">${t('name')}</th><th scope="col">${t('login')}</th><th scope="col">${t('roles')}</th><th scope="col"><span class="visually-hidden">${t('disable')}</span></th></tr></thead>
<tbody>${people.map((person) => personRow(view, person))}</tbody></table>
<h2>${t('add')}</h2>
<form class="form" method="post" action="${view.link('/people')}">
${tokenField(view)}
${field({ name: 'name', label: t('name') })}
${field({ name: 'login', label: t('login') })}
${choices(view, 'new', organisations)}
<button type="submit">${t('add')}</button>
</form>
<h2>${t('give')}</h2>
<form class="form" method="post" action="${view.link('/people/roles')}">
${tokenField(view)}
<label class="field" for="person">${t('person')}<select id="person" name="person">${people.map(({ personId, name, login }) => html`<option value="${personId}">${name} (${login})</option>`)}</select></label>
${choices(view, 'more', organisations)}
<button type="submit">${t('give')}</button>
</form>`;
}

const choices = (view: PeoplePage, prefix: string, organisations: readonly Organisation[]): Html => html`
<label class="field" for="${prefix}-role">${view.t('role')}<select id="${prefix}-role" name="role">${ROLE_NAMES.map((role) => html`<option value="${role}">${view.pick(ROLES[role].title)}</option>`)}</select></label>
<label class="field" for="${prefix}-organisation">${view.t('organisation')}<select id="${prefix}-organisation" name="organisation">${organisations.map(({ code, name }) => html`<option value="${code}">${name} (${code})</option>`)}</select></label>`;

function personRow(view: PeoplePage, { personId, login, name, state, hasPassword, roles }: PersonLine): Html {
  const { t } = view;
  const person = String(personId);
  const held = roles.map(({ roleId, role, organisationName, validUntil }) => {
    const until = validUntil === null ? '' : `，${t('until', { day: String(validUntil).slice(0, 10) })}`;
    return html`<li>${view.pick(ROLES[role].title)} · ${organisationName}${until} ${buttonForm(view, '/people/roles/end', t('end'), { role: String(roleId) })}</li>`;
  });
  return html`<tr><th scope="row">${name}${state === 'disabled' && html` <span class="badge paused">${t('disabled')}</span>`}${!hasPassword && html`<br><span class="quiet">${t('waits')}</span>`}</th>
<td data-label="${t('login')}"><code>${login}</code></td>
<td data-label="${t('roles')}"><ul class="others">${held}</ul></td>
<td>${buttonForm(view, '/people/state', t(state === 'active' ? 'disable' : 'enable'), { person, state: state === 'active' ? 'disabled' : 'active' })} ${state === 'active' && buttonForm(view, '/people/link', t('newLink'), { person })}</td></tr>`;
}
