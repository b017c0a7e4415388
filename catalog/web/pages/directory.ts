import type { Facet, Resource, ResourcePage, ResourceQuery } from '../../directory/directory.ts';
import type { CatalogBase } from '../../options.ts';
import { textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import type { View } from '../view.ts';

export const titleOf = (view: View, { title, titleEn }: Pick<Resource, 'title' | 'titleEn'>): string =>
  view.lang === 'en' ? (titleEn ?? title) : title;

/** The directory with its search form: a GET form, so that every result has an address. */
export function directoryPage(
  view: View,
  bases: readonly CatalogBase[],
  query: ResourceQuery,
  page: ResourcePage,
): Html {
  const { t } = view;
  const { base, owner, sharing } = page.facets;
  const baseTitle = (name: string): string => {
    const found = bases.find((one) => one.name === name);
    return found === undefined ? name : view.pick(found.title);
  };
  const isNarrowed = [query.q, query.base, query.owner, query.sharing].some(
    (value) => value !== undefined && value !== '',
  );
  return html`<h1 class="visually-hidden">${t('siteName')}</h1>
<form class="search" method="get" action="/" role="search">
${view.lang === 'en' && html`<input type="hidden" name="lang" value="en">`}
<div class="search-line">
<label class="visually-hidden" for="q">${t('searchLabel')}</label>
<input id="q" type="search" name="q" value="${query.q ?? ''}" maxlength="100" placeholder="${t('searchHint')}" autocomplete="off">
<button type="submit">${t('search')}</button>
</div>
<div class="filters">
${select(view, 'base', t('toBase'), t('allBases'), query.base, base, baseTitle)}
${select(view, 'owner', t('provider'), t('allOwners'), query.owner, owner, (value) => value)}
${select(view, 'sharing', t('sharing'), t('allSharing'), query.sharing, sharing, (value) => view.pick(textOf('sharing', value)))}
${isNarrowed && html`<a class="clear" href="${view.link('/')}">${t('clear')}</a>`}
</div>
</form>
<p class="count" role="status">${page.total === 1 ? t('foundOne') : t('found', { count: page.total })}</p>
${page.total === 0 ? html`<div class="empty"><p>${t('nothing')}</p><p class="quiet">${t('nothingHint')}</p></div>` : list(view, page.resources)}
${pager(view, query, page.total)}`;
}

function select(
  view: View,
  name: string,
  label: string,
  all: string,
  chosen: string | undefined,
  facets: readonly Facet[],
  titleOfValue: (value: string) => string,
): Html {
  const known = facets.some(({ value }) => value === chosen);
  const shown = chosen === undefined || chosen === '' || known ? facets : [...facets, { value: chosen, count: 0 }];
  return html`<label><span class="visually-hidden">${label}</span><select name="${name}">
<option value="">${all}</option>
${shown.map(({ value, count }) => html`<option value="${value}"${value === chosen && html` selected`}>${titleOfValue(value)} (${view.number(count)})</option>`)}
</select></label>`;
}

const list = (view: View, resources: readonly Resource[]): Html => html`<table class="resources stack">
<thead><tr><th scope="col">${view.t('resourceTitle')}</th><th scope="col">${view.t('provider')}</th><th scope="col">${view.t('sharing')}</th><th scope="col">${view.t('updateCycle')}</th><th scope="col">${view.t('freshness')}</th><th scope="col" class="number">${view.t('records')}</th></tr></thead>
<tbody>${resources.map((resource) => row(view, resource))}</tbody>
</table>`;

function row(view: View, resource: Resource): Html {
  const { t } = view;
  const { provider, sharing, updateCycle, rows } = resource;
  return html`<tr>
<td class="title"><a href="${view.link(`/resources/${encodeURIComponent(resource.id)}`)}">${titleOf(view, resource)}</a>
<span class="quiet">${resource.code ?? view.pick(textOf('kind', resource.kind))}</span>
${resource.abstract !== null && html`<p class="abstract">${resource.abstract}</p>`}</td>
<td data-label="${t('provider')}">${provider?.name ?? t('platform')}</td>
<td data-label="${t('sharing')}">${sharing === null ? html`<span class="quiet">${t('unknown')}</span>` : view.pick(textOf('sharing', sharing))}</td>
<td data-label="${t('updateCycle')}">${updateCycle === null ? html`<span class="quiet">${t('unknown')}</span>` : view.pick(textOf('cycle', updateCycle))}</td>
<td data-label="${t('freshness')}">${freshnessBadge(view, resource)}</td>
<td data-label="${t('records')}" class="number">${view.number(rows.entities ?? rows.sourceRecords)}</td>
</tr>`;
}

/** State and time of the last reading; the state is written, not only coloured. */
export const freshnessBadge = (view: View, { freshness }: Pick<Resource, 'freshness'>): Html =>
  html`<span class="badge ${freshness.state}">${view.pick(textOf('freshness', freshness.state))}</span>${
    freshness.lastReadAt !== null &&
    html` <time datetime="${freshness.lastReadAt}">${view.time(freshness.lastReadAt)}</time>`
  }`;

function pager(view: View, query: ResourceQuery, total: number): Html | false {
  const { limit, offset } = query;
  if (total <= limit && offset === 0) return false;
  const pages = Math.max(1, Math.ceil(total / limit));
  const page = Math.floor(offset / limit) + 1;
  const to = (at: number): string =>
    view.link('/', {
      q: query.q,
      base: query.base,
      owner: query.owner,
      sharing: query.sharing,
      limit,
      offset: at === 0 ? undefined : at,
    });
  return html`<nav class="pager" aria-label="${view.t('pages')}">
${offset > 0 && html`<a rel="prev" href="${to(Math.max(0, offset - limit))}">${view.t('previous')}</a>`}
<span>${view.t('pageOf', { page, pages })}</span>
${offset + limit < total && html`<a rel="next" href="${to(offset + limit)}">${view.t('next')}</a>`}
</nav>`;
}
