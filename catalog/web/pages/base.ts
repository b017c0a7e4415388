import { basisOf } from '../../../schemas/base.ts';
import type { Resource } from '../../directory/directory.ts';
import type { EntityView } from '../../entities/why.ts';
import type { CatalogBase } from '../../options.ts';
import { textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import type { View } from '../view.ts';
import { freshnessBadge } from './directory.ts';

export interface LookupResult {
  readonly scheme: string;
  readonly matches: readonly EntityView[];
}

/** A base: size, the lookup form (POST, so that numbers stay out of addresses), attributes and quality rules. */
export function basePage(view: View, base: CatalogBase, resource: Resource, result: LookupResult | null): Html {
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
<form class="lookup" method="post" action="${view.link(`/bases/${base.name}`)}" autocomplete="off">
<h2>${t('lookup')}</h2>
<div class="lookup-line">
<label>${t('scheme')}<select name="scheme">
<option value="id"${result?.scheme === 'id' && html` selected`}>${t('entityNumber')}</option>
${base.linkSchemes.map((scheme, at) => html`<option value="${scheme}"${(result === null ? at === 0 : result.scheme === scheme) && html` selected`}>${view.pick(textOf('link', scheme))}</option>`)}
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

/** In the language of the page where somebody has written it. */
export const ruleTitle = (
  { lang }: View,
  { title, zh }: { readonly title: string | null; readonly zh: string | null },
): string => (lang === 'zh' ? (zh ?? title) : title) ?? '';

export function attributeTitle(view: View, base: CatalogBase, attribute: string | null): string {
  if (attribute === null) return '—';
  const spec = base.attributes[attribute];
  return spec === undefined ? attribute : view.pick(spec);
}

function matches(view: View, base: CatalogBase, { matches: found }: LookupResult): Html {
  if (found.length === 0) return html`<p class="notice" role="status">${view.t('noMatch')}</p>`;
  return html`<div role="status"><p>${view.t('severalMatches')}</p>
<ul>${found.map(({ id, attributes }) => {
    const name = attributes.find(({ attribute }) => attribute === 'name');
    return html`<li><a href="${view.link(`/bases/${base.name}/entities/${id}`)}">${id}</a> ${name === undefined ? null : String(name.value)}</li>`;
  })}</ul></div>`;
}
