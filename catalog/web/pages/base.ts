// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { basisOf } from '../../../schemas/base.ts';
import { parseEntityId } from '../../../schemas/entity-id.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import type { Resource } from '../../directory/directory.ts';
import { findByKey, requireBase, requireScheme } from '../../entities/read.ts';
import { type EntityView, showEntity } from '../../entities/why.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { acceptForms, formToken, tokenField } from '../form.ts';
import { freshnessBadge } from '../freshness.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { attributeTitle, ruleTitle } from '../titles.ts';
import type { View } from '../view.ts';

const TEXTS = {
  lookupHint: both(
    '须输入完整号码。查询以表单提交，号码不出现在网址和日志中。',
    'Enter the whole number. It is sent as a form and appears neither in the address nor in logs.',
  ),
  lookupClosed: both(
    '为防止以猜测号码的方式查找个人，此处不提供按号码查询，请在中枢服务器上执行：',
    'Numbers of people are not looked up here, so that nobody can guess them; on the machine of the hub:',
  ),
  scheme: both('标识种类', 'Kind of identifier'),
  number: both('号码', 'Number'),
  entityNumber: both('实体编号', 'Entity id'),
  noMatch: both('基础库中没有持有该标识的实体', 'No entity of the base holds this identifier'),
  severalMatches: both('有多个实体持有该标识', 'Several entities hold this identifier'),
  rules: both('质量规则', 'Quality rules'),
  basis: both('依据', 'Basis'),
} as const satisfies Texts;

type BasePage = View<keyof typeof TEXTS>;

const params = z.strictObject({ base: z.string().max(40) });
const formBody = z.strictObject({ scheme: z.string().min(1).max(40), value: z.string().min(1).max(64), formToken });

export const basePage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    acceptForms(server);

    async function send(request: FastifyRequest, reply: FastifyReply, base: CatalogBase, result: LookupResult | null) {
      const view = viewOf(request, TEXTS);
      const resource = await directory.show(`base-${base.name}`, request.principal);
      return sendPage(reply, view, {
        bases,
        title: view.pick(base.title),
        content: showBase(view, base, resource, result),
      });
    }

    const asked = { hide: true, params: inputSchema(params), querystring: inputSchema(langQuery) };
    server.get<{ Params: z.infer<typeof params> }>(
      '/bases/:base',
      { config: { access: 'everybody' }, schema: asked },
      async (request, reply) => send(request, reply, requireBase(bases, request.params.base), null),
    );

    server.post<{ Params: z.infer<typeof params>; Body: z.infer<typeof formBody> }>(
      '/bases/:base',
      { config: { access: 'entity.lookup' }, schema: { ...asked, body: inputSchema(formBody) } },
      async (request, reply) => {
        const base = requireBase(bases, request.params.base);
        const { scheme, value } = request.body;
        const entity = (id: string): string =>
          viewOf(request, TEXTS).link(`/bases/${base.name}/entities/${encodeURIComponent(id)}`);
        if (scheme === 'id') {
          const id = value.trim().toUpperCase();
          // Anything else typed into the field may be an identity number and must not become an address.
          if (parseEntityId(base.entityPrefix, id) === null) return send(request, reply, base, { scheme, matches: [] });
          return reply.redirect(entity(id), 303);
        }
        requireScheme(base, scheme);
        const [first, ...more] = await findByKey(base, scheme, value);
        if (first !== undefined && more.length === 0) return reply.redirect(entity(first), 303);
        const ids = first === undefined ? [] : [first, ...more];
        const matches = await Promise.all(ids.map((id) => showEntity(base, id)));
        return send(request, reply, base, { scheme, matches });
      },
    );
  },
};

interface LookupResult {
  readonly scheme: string;
  readonly matches: readonly EntityView[];
}

/** A base: size, the lookup form (POST, so that numbers stay out of addresses), attributes and quality rules. */
function showBase(view: BasePage, base: CatalogBase, resource: Resource, result: LookupResult | null): Html {
  const { t } = view;
  const { rows } = resource;
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a></nav>
<h1>${view.pick(base.title)}</h1>
<dl class="counts">
<div><dt>${t('entities')}</dt><dd>${view.number(rows.entities)}</dd></div>
<div><dt>${t('sourceRecords')}</dt><dd>${view.number(rows.sourceRecords)}</dd></div>
<div><dt>${t('rejected')}</dt><dd>${view.number(rows.rejected)}</dd></div>
<div><dt>${t('freshness')}</dt><dd class="small">${freshnessBadge(view, resource)}</dd></div>
</dl>
${base.people === true && base.openLookup !== true ? html`<p class="notice">${t('lookupClosed')} <code>hub find ${base.name} ${base.linkSchemes[0]} …</code></p>` : null}
<form class="lookup" method="post" action="${view.link(`/bases/${base.name}`)}" autocomplete="off">
${tokenField(view)}
<h2>${t('lookup')}</h2>
<div class="lookup-line">
<label>${t('scheme')}<select name="scheme">
<option value="id"${result?.scheme === 'id' && html` selected`}>${t('entityNumber')}</option>
${schemesOf(base).map((scheme, at) => html`<option value="${scheme}"${(result === null ? at === 0 : result.scheme === scheme) && html` selected`}>${view.pick(textOf('link', scheme))}</option>`)}
</select></label>
<label class="grow">${t('number')}<input name="value" required maxlength="64" spellcheck="false" autocapitalize="characters"></label>
<button type="submit">${t('search')}</button>
</div>
<p class="quiet">${t('lookupHint')}</p>
${result !== null && matches(view, base, result)}
</form>
<p><a href="${view.link(`/resources/base-${base.name}`)}">${t('items')} (${view.number(Object.keys(base.attributes).length)})</a> · <a href="${view.link('/quality')}">${t('quality')}</a>${base.linkage?.review !== undefined && html` · <a href="${view.link(`/bases/${base.name}/review`)}">${t('review')}</a>`}</p>
<h2>${t('rules')} <span class="quiet">${view.number(base.rules.length)}</span></h2>
<table class="stack">
<thead><tr><th scope="col">${t('rule')}</th><th scope="col">${t('attribute')}</th><th scope="col">${t('severity')}</th><th scope="col">${t('basis')}</th></tr></thead>
<tbody>${base.rules.map(
    (rule) => html`<tr>
<td class="title"><code>${rule.id}</code> ${ruleTitle(view, rule)}</td>
<td data-label="${t('attribute')}">${attributeTitle(view, base, rule.attribute)}</td>
<td data-label="${t('severity')}"><span class="badge severity-${rule.severity}">${view.pick(textOf('severity', rule.severity))}</span></td>
<td data-label="${t('basis')}">${view.pick(basisOf(rule))}</td>
</tr>`,
  )}</tbody>
</table>`;
}

/** Those that anybody may ask by. */
const schemesOf = ({ people, openLookup, linkSchemes }: CatalogBase): readonly string[] =>
  people === true && openLookup !== true ? [] : linkSchemes;

function matches(view: BasePage, base: CatalogBase, { matches: found }: LookupResult): Html {
  if (found.length === 0) return html`<p class="notice" role="status">${view.t('noMatch')}</p>`;
  return html`<div role="status"><p>${view.t('severalMatches')}</p>
<ul>${found.map(({ id, attributes }) => {
    const name = attributes.find(({ attribute }) => attribute === 'name');
    return html`<li><a href="${view.link(`/bases/${base.name}/entities/${id}`)}">${id}</a> ${name === undefined ? null : String(name.value)}</li>`;
  })}</ul></div>`;
}
