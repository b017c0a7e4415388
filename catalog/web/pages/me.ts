// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { changePassword } from '../../access/people.ts';
import { PERMISSIONS, ROLES } from '../../access/permissions.ts';
import type { SignedIn } from '../../access/principal.ts';
import type { SessionLine } from '../../access/sessions.ts';
import { dropSession, requireConfirmed, sessionTokenOf } from '../../api/guard.ts';
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
  signedInAs: both('当前登录：{name}（{login}），自 {since}', 'Signed in as {name} ({login}), since {since}'),
  signOut: both('退出', 'Sign out'),
  everywhere: both('在所有设备退出', 'Sign out everywhere'),
  roles: both('我的角色', 'Your roles'),
  noRole: both('尚未授予角色，请联系安全管理员。', 'No role yet: the security administrator gives them.'),
  mayDo: both('可进行', 'May'),
  organisation: both('机构', 'Organisation'),
  role: both('角色', 'Role'),
  sessions: both('登录会话', 'Sessions'),
  since: both('登录时间', 'Since'),
  seen: both('最近活动', 'Last seen'),
  agent: both('浏览器', 'Browser'),
  thisOne: both('当前', 'this one'),
  changePassword: both('修改密码', 'Change your password'),
  newPassword: both('新密码', 'New password'),
  passwordHint: both('至少 12 个字符；修改后须重新登录。', 'At least 12 characters; you sign in anew afterwards.'),
} as const satisfies Texts;

type MePage = View<keyof typeof TEXTS>;

const token = z.strictObject({ formToken });
const typed = z.strictObject({ password: z.string().max(1_000), formToken });

export const mePage: Page = {
  texts: TEXTS,
  register(server, { bases, access }) {
    if (access === null) return;
    acceptForms(server);
    const page = { hide: true, querystring: inputSchema(langQuery) };
    const config = { access: 'signed-in' } as const;

    async function show(request: FastifyRequest, reply: FastifyReply, refusal: Refusal | null) {
      const view = viewOf(request, TEXTS);
      const person = request.principal.person as SignedIn;
      const sessions = await access!.sessions.list(person.personId, sessionTokenOf(request));
      const content = showMe(view, person, sessions, refusal);
      return sendPage(marked(reply, refusal), view, { bases, title: person.name, content });
    }
    const leave = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
      dropSession(reply);
      return seeOther(reply, viewOf(request), '/sign-in');
    };

    server.get('/me', { config, schema: page }, async (request, reply) => show(request, reply, null));
    server.post('/me/sessions', { config, schema: { ...page, body: inputSchema(token) } }, async (request, reply) => {
      await access.sessions.endAll((request.principal.person as SignedIn).personId);
      return leave(request, reply);
    });
    server.post<{ Body: z.output<typeof typed> }>(
      '/me/password',
      { config, schema: { ...page, body: inputSchema(typed) } },
      async (request, reply) => {
        requireConfirmed(request);
        const { personId, login } = request.principal.person as SignedIn;
        try {
          await changePassword(access.pool, personId, login, request.body.password);
        } catch (error) {
          return show(request, reply, refusalOf(error, request));
        }
        return leave(request, reply);
      },
    );
  },
};

function showMe(view: MePage, person: SignedIn, sessions: readonly SessionLine[], refusal: Refusal | null): Html {
  const { t } = view;
  const since = view.time(person.since.toISOString());
  return html`<h1>${person.name}</h1>
<p>${t('signedInAs', { name: person.name, login: person.login, since })} ${buttonForm(view, '/sign-out', t('signOut'))} ${buttonForm(view, '/me/sessions', t('everywhere'))}</p>
${alertOf(view, refusal)}
<h2>${t('roles')}</h2>
${
  person.roles.length === 0
    ? html`<p class="notice">${t('noRole')}</p>`
    : html`<table class="stack"><thead><tr><th scope="col">${t('role')}</th><th scope="col">${t('organisation')}</th><th scope="col">${t('mayDo')}</th></tr></thead>
<tbody>${person.roles.map(
        ({
          role,
          organisation,
        }) => html`<tr><th scope="row">${view.pick(ROLES[role].title)}</th><td data-label="${t('organisation')}">${organisation.name} <code>${organisation.code}</code></td>
<td data-label="${t('mayDo')}">${ROLES[role].permissions.map((one) => html`<span class="tag">${view.pick(PERMISSIONS[one])}</span>`)}</td></tr>`,
      )}</tbody></table>`
}
<h2>${t('sessions')}</h2>
<table class="stack"><thead><tr><th scope="col">${t('since')}</th><th scope="col">${t('seen')}</th><th scope="col">${t('agent')}</th></tr></thead>
<tbody>${sessions.map(
    ({ since: begun, seenAt, agent, isThis }) =>
      html`<tr><td data-label="${t('since')}"><time>${view.time(begun.toISOString())}</time>${isThis && html` <span class="badge fresh">${t('thisOne')}</span>`}</td><td data-label="${t('seen')}"><time>${view.time(seenAt.toISOString())}</time></td><td data-label="${t('agent')}">${agent === '' ? '—' : agent}</td></tr>`,
  )}</tbody></table>
<h2>${t('changePassword')}</h2>
<form class="form" method="post" action="${view.link('/me/password')}">
${tokenField(view)}
${field({ name: 'password', label: t('newPassword'), type: 'password', autocomplete: 'new-password', hint: t('passwordHint') })}
<button type="submit">${t('changePassword')}</button>
</form>`;
}
