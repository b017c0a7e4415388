// for `hide` in route schemas
import type {} from '@fastify/swagger';
import { z } from 'zod';
import { SHARING } from '../../../schemas/system.ts';
import { inputSchema, langQuery, resourceQuerySchema } from '../../api/schema.ts';
import type { Facet, Resource, ResourcePage, ResourceQuery } from '../../directory/directory.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { freshnessBadge } from '../freshness.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { resourceTitle } from '../titles.ts';
import type { View } from '../view.ts';

const TEXTS = {
  searchLabel: both('检索信息资源', 'Search resources'),
  searchHint: both(
    '名称、关键字、信息项、部门，可用拼音或首字母，如 czrk',
    'Title, keyword, item or department; pinyin and its initials work, such as czrk',
  ),
  allBases: both('全部基础库', 'All bases'),
  allOwners: both('全部部门', 'All departments'),
  allSharing: both('全部共享类型', 'All sharing types'),
  clear: both('清除条件', 'Clear'),
  found: both('共 {count} 项资源', '{count} resources'),
  foundOne: both('共 1 项资源', '1 resource'),
  nothing: both('没有符合条件的资源', 'No resource matches'),
  nothingHint: both('请减少检索词或清除筛选条件。', 'Try fewer words or clear the filters.'),
  previous: both('上一页', 'Previous'),
  next: both('下一页', 'Next'),
  pages: both('分页', 'Pages'),
  pageOf: both('第 {page} / {pages} 页', 'Page {page} of {pages}'),
  resourceTitle: both('资源名称', 'Resource'),
} as const satisfies Texts;

type DirectoryPage = View<keyof typeof TEXTS>;

/** As in the API, but an empty field of the form is no filter. */
const pageQuery = resourceQuerySchema.extend({
  sharing: z.enum(['', ...SHARING]).optional(),
  ...langQuery.shape,
});
type PageQuery = z.output<typeof pageQuery>;

const filtersOf = ({ q, base, owner, sharing, limit, offset }: PageQuery): ResourceQuery => ({
  q,
  base: base === '' ? undefined : base,
  owner: owner === '' ? undefined : owner,
  sharing: sharing === '' ? undefined : sharing,
  limit,
  offset,
});

export const directoryPage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    server.get<{ Querystring: PageQuery }>(
      '/',
      { config: { access: 'everybody' }, schema: { hide: true, querystring: inputSchema(pageQuery) } },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const query = filtersOf(request.query);
        const content = showDirectory(view, bases, query, await directory.list(query, request.principal));
        return sendPage(reply, view, { bases, title: view.t('directory'), content });
      },
    );
  },
};

/** The directory with its search form: a GET form, so that every result has an address. */
function showDirectory(
  view: DirectoryPage,
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

const list = (view: DirectoryPage, resources: readonly Resource[]): Html => html`<table class="resources stack">
<thead><tr><th scope="col">${view.t('resourceTitle')}</th><th scope="col">${view.t('provider')}</th><th scope="col">${view.t('sharing')}</th><th scope="col">${view.t('updateCycle')}</th><th scope="col">${view.t('freshness')}</th><th scope="col" class="number">${view.t('records')}</th></tr></thead>
<tbody>${resources.map((resource) => row(view, resource))}</tbody>
</table>`;

function row(view: DirectoryPage, resource: Resource): Html {
  const { t } = view;
  const { provider, sharing, updateCycle, rows } = resource;
  return html`<tr>
<td class="title"><a href="${view.link(`/resources/${encodeURIComponent(resource.id)}`)}">${resourceTitle(view, resource)}</a>
<span class="quiet">${resource.code ?? view.pick(textOf('kind', resource.kind))}</span>
${resource.abstract !== null && html`<p class="abstract">${resource.abstract}</p>`}</td>
<td data-label="${t('provider')}">${provider?.name ?? t('platform')}</td>
<td data-label="${t('sharing')}">${sharing === null ? html`<span class="quiet">${t('unknown')}</span>` : view.pick(textOf('sharing', sharing))}</td>
<td data-label="${t('updateCycle')}">${updateCycle === null ? html`<span class="quiet">${t('unknown')}</span>` : view.pick(textOf('cycle', updateCycle))}</td>
<td data-label="${t('freshness')}">${freshnessBadge(view, resource)}</td>
<td data-label="${t('records')}" class="number">${view.number(rows.entities ?? rows.sourceRecords)}</td>
</tr>`;
}

function pager(view: DirectoryPage, query: ResourceQuery, total: number): Html | false {
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
