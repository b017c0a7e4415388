// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { Access, SamplePerson } from '../../access/access.ts';
import { ROLES } from '../../access/permissions.ts';
import { requirePassword } from '../../access/sign-in.ts';
import { dropSession, isThisMachine, localPath, sessionTokenOf, setSession } from '../../api/guard.ts';
import { inputSchema } from '../../api/schema.ts';
import { both, type Texts } from '../../texts.ts';
import {
  acceptForms,
  alertOf,
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
  login: both('登录名', 'Name to sign in with'),
  password: both('密码', 'Password'),
  noAccount: both(
    '尚无账号或忘记密码，请联系本单位的安全管理员。',
    'Whoever has no account, or has forgotten the password, asks the security administrator.',
  ),
  confirmTitle: both('再次输入密码', 'Your password once more'),
  confirmWhy: both(
    '变更人员、角色或密钥前，请再次输入密码，十分钟内有效。',
    'Before people, roles or keys are changed; it holds for ten minutes.',
  ),
  confirm: both('确认', 'Confirm'),
  samples: both('演示人员', 'People of the demo'),
  samplesWhy: both(
    '仅演示中提供，且仅限本机：点击即以该人员身份进入。',
    'Of the demo alone, and from this machine alone: one click makes you one of them.',
  ),
  become: both('进入', 'Become'),
  noSamples: both('此处没有可供进入的演示人员', 'There are no people to become here'),
  role: both('角色', 'Role'),
  name: both('姓名', 'Name'),
} as const satisfies Texts;

type SignInPage = View<keyof typeof TEXTS>;

const next = z.string().max(2_000).optional();
const lang = z.enum(['zh', 'en']).optional();
const asked = z.strictObject({ next, lang });
const typed = z.strictObject({ login: z.string().max(200), password: z.string().max(1_000), next });
const confirmed = z.strictObject({ password: z.string().max(1_000), next, formToken });
const chosen = z.strictObject({ person: z.string().max(20), next });
const ended = z.strictObject({ formToken });

type Asked = z.output<typeof asked>;

export const signInPage: Page = {
  texts: TEXTS,
  register(server, { bases, access }) {
    if (access === null) return;
    acceptForms(server);
    const page = { hide: true, querystring: inputSchema(asked) };

    const show = (request: FastifyRequest, reply: FastifyReply, to: string, refusal: Refusal | null): FastifyReply => {
      const view = viewOf(request, TEXTS);
      const samples = isThisMachine(request.ip) ? (access.samplePeople ?? []) : [];
      const content = html`${signInForm(view, to, refusal)}${samples.length > 0 && sampleList(view, samples, to)}`;
      return sendPage(marked(reply, refusal), view, { bases, title: view.t('signIn'), content });
    };
    /** A new session takes the place of the one that the browser had: nobody can prepare one for somebody else. */
    const enter = async (
      request: FastifyRequest,
      reply: FastifyReply,
      access: Access,
      personId: number,
    ): Promise<void> => {
      await access.sessions.end(sessionTokenOf(request));
      const { token } = await access.sessions.open(personId, request.headers['user-agent'] ?? '');
      setSession(reply, token);
    };

    server.get<{ Querystring: Asked }>(
      '/sign-in',
      { config: { access: 'everybody' }, schema: page },
      async (request, reply) => show(request, reply, localPath(request.query.next), null),
    );
    server.post<{ Querystring: Asked; Body: z.output<typeof typed> }>(
      '/sign-in',
      { config: { access: 'everybody' }, schema: { ...page, body: inputSchema(typed) } },
      async (request, reply) => {
        const { login, password } = request.body;
        const to = localPath(request.body.next);
        try {
          await enter(request, reply, access, await requirePassword(access.pool, login, password));
        } catch (error) {
          return show(request, reply, to, refusalOf(error, request));
        }
        return seeOther(reply, viewOf(request), to);
      },
    );
    server.post<{ Body: z.output<typeof chosen> }>(
      '/sign-in/sample',
      {
        config: { access: 'everybody' },
        schema: { hide: true, querystring: inputSchema(asked), body: inputSchema(chosen) },
      },
      async (request, reply) => {
        const person = (access.samplePeople ?? []).find(({ personId }) => String(personId) === request.body.person);
        if (person === undefined || !isThisMachine(request.ip))
          throw new HubError('HUB_ACCESS_REFUSED', TEXTS.noSamples.en, { zh: TEXTS.noSamples.zh });
        await enter(request, reply, access, person.personId);
        return seeOther(reply, viewOf(request), localPath(request.body.next));
      },
    );
    server.post(
      '/sign-out',
      {
        config: { access: 'signed-in' },
        schema: { hide: true, querystring: inputSchema(asked), body: inputSchema(ended) },
      },
      async (request, reply) => {
        await access.sessions.end(sessionTokenOf(request));
        dropSession(reply);
        return seeOther(reply, viewOf(request), '/');
      },
    );

    const askAgain = (
      request: FastifyRequest,
      reply: FastifyReply,
      to: string,
      refusal: Refusal | null,
    ): FastifyReply => {
      const view = viewOf(request, TEXTS);
      const content = confirmForm(view, to, refusal);
      return sendPage(marked(reply, refusal), view, { bases, title: view.t('confirmTitle'), content });
    };
    server.get<{ Querystring: Asked }>(
      '/confirm',
      { config: { access: 'signed-in' }, schema: page },
      async (request, reply) => askAgain(request, reply, localPath(request.query.next), null),
    );
    server.post<{ Body: z.output<typeof confirmed> }>(
      '/confirm',
      { config: { access: 'signed-in' }, schema: { ...page, body: inputSchema(confirmed) } },
      async (request, reply) => {
        const to = localPath(request.body.next);
        try {
          await requirePassword(access.pool, request.principal.person?.login ?? '', request.body.password);
        } catch (error) {
          return askAgain(request, reply, to, refusalOf(error, request));
        }
        await access.sessions.confirm(sessionTokenOf(request));
        return seeOther(reply, viewOf(request), to);
      },
    );
  },
};

const nextField = (to: string): Html => html`<input type="hidden" name="next" value="${to}">`;

const signInForm = (view: SignInPage, to: string, refusal: Refusal | null): Html => html`<h1>${view.t('signIn')}</h1>
${alertOf(view, refusal)}
<form class="form" method="post" action="${view.link('/sign-in')}">
${field({ name: 'login', label: view.t('login'), autocomplete: 'username' })}
${field({ name: 'password', label: view.t('password'), type: 'password', autocomplete: 'current-password' })}
${nextField(to)}
<button type="submit">${view.t('signIn')}</button>
<p class="quiet">${view.t('noAccount')}</p>
</form>`;

const confirmForm = (
  view: SignInPage,
  to: string,
  refusal: Refusal | null,
): Html => html`<h1>${view.t('confirmTitle')}</h1>
<p class="lead">${view.t('confirmWhy')}</p>
${alertOf(view, refusal)}
<form class="form" method="post" action="${view.link('/confirm')}">
${tokenField(view)}
${field({ name: 'password', label: view.t('password'), type: 'password', autocomplete: 'current-password' })}
${nextField(to)}
<button type="submit">${view.t('confirm')}</button>
</form>`;

const sampleList = (
  view: SignInPage,
  people: readonly SamplePerson[],
  to: string,
): Html => html`<h2>${view.t('samples')}</h2>
<p class="quiet">${view.t('samplesWhy')}</p>
<table class="stack"><thead><tr><th scope="col">${view.t('role')}</th><th scope="col">${view.t('name')}</th><th scope="col"><span class="visually-hidden">${view.t('become')}</span></th></tr></thead>
<tbody>${people.map(
  ({
    personId,
    name,
    role,
  }) => html`<tr><th scope="row">${view.pick(ROLES[role].title)}</th><td data-label="${view.t('name')}">${name}</td>
<td><form class="inline" method="post" action="${view.link('/sign-in/sample')}"><input type="hidden" name="person" value="${personId}">${nextField(to)}<button type="submit" class="small" aria-label="${view.t('become')} ${name}">${view.t('become')}</button></form></td></tr>`,
)}</tbody></table>`;
