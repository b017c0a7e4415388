// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readLink, useLink } from '../../access/people.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { both, type Texts } from '../../texts.ts';
import { acceptForms, alertOf, field, marked, type Refusal, refusalOf, seeOther } from '../form.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import type { View } from '../view.ts';

const TEXTS = {
  firstTitle: both('设立首位安全管理员', 'The first security administrator'),
  firstWhy: both(
    '平台尚无人员。首位安全管理员随后为其他人开设账号、授予角色。',
    'This hub has no people yet. The first security administrator then lets others in and gives them roles.',
  ),
  choose: both('设置密码', 'Choose your password'),
  chooseFor: both(
    '{name}，请为登录名 {login} 设置密码。',
    '{name}, choose the password with which you sign in as {login}.',
  ),
  login: both('登录名', 'Name to sign in with'),
  name: both('姓名', 'Your name'),
  password: both('新密码', 'New password'),
  passwordHint: both(
    '至少 12 个字符，一句别人不会说的话就很好。',
    'At least 12 characters; a sentence that nobody else would say is good.',
  ),
  save: both('保存并前往登录', 'Save, then sign in'),
} as const satisfies Texts;

const params = z.strictObject({ token: z.string().max(100) });
const typed = z.strictObject({
  password: z.string().max(1_000),
  login: z.string().max(200).default(''),
  name: z.string().max(200).default(''),
});

export const setUpPage: Page = {
  texts: TEXTS,
  register(server, { bases, access }) {
    if (access === null) return;
    acceptForms(server);
    const page = { hide: true, params: inputSchema(params), querystring: inputSchema(langQuery) };

    async function show(request: FastifyRequest, reply: FastifyReply, token: string, refusal: Refusal | null) {
      // What the link is for is asked anew: it may be used up by now, and then that is the answer.
      const link = await readLink(access!.pool, token);
      const view = viewOf(request, TEXTS);
      const title = view.t(link.personId === null ? 'firstTitle' : 'choose');
      const content = setUpForm(view, title, token, link, refusal);
      return sendPage(marked(reply, refusal), view, { bases, title, content });
    }

    server.get<{ Params: z.output<typeof params> }>(
      '/set-up/:token',
      { config: { access: 'everybody' }, schema: page },
      async (request, reply) => show(request, reply, request.params.token, null),
    );
    server.post<{ Params: z.output<typeof params>; Body: z.output<typeof typed> }>(
      '/set-up/:token',
      { config: { access: 'everybody' }, schema: { ...page, body: inputSchema(typed) } },
      async (request, reply) => {
        const { token } = request.params;
        const { password, login = '', name = '' } = request.body;
        try {
          await useLink(access.pool, token, { password, login, name });
        } catch (error) {
          return show(request, reply, token, refusalOf(error, request));
        }
        return seeOther(reply, viewOf(request), '/sign-in');
      },
    );
  },
};

const setUpForm = (
  view: View<keyof typeof TEXTS>,
  title: string,
  token: string,
  { personId, login, name }: { personId: number | null; login: string | null; name: string | null },
  refusal: Refusal | null,
): Html => html`<h1>${title}</h1>
<p class="lead">${personId === null ? view.t('firstWhy') : view.t('chooseFor', { name: name ?? '', login: login ?? '' })}</p>
${alertOf(view, refusal)}
<form class="form" method="post" action="${view.link(`/set-up/${encodeURIComponent(token)}`)}">
${personId === null && html`${field({ name: 'login', label: view.t('login'), autocomplete: 'username' })}${field({ name: 'name', label: view.t('name'), autocomplete: 'name' })}`}
${field({ name: 'password', label: view.t('password'), type: 'password', autocomplete: 'new-password', hint: view.t('passwordHint') })}
<button type="submit">${view.t('save')}</button>
</form>`;
