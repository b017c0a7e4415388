import type { Resource } from '../../directory/directory.ts';
import type { DirectoryItem } from '../../directory/entry.ts';
import type { CatalogBase } from '../../options.ts';
import { textOf } from '../../texts.ts';
import { type Html, html, type Part } from '../html.ts';
import type { View } from '../view.ts';
import { freshnessBadge, titleOf } from './directory.ts';

/** 信息资源详情: the elements of the 2017 guide in its order, then freshness, counts and 信息项. */
export function resourcePage(view: View, bases: readonly CatalogBase[], resource: Resource): Html {
  const { t } = view;
  const { provider, sharing, updateCycle, system, rows, freshness } = resource;
  const base = bases.find(({ name }) => name === resource.base);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a></nav>
<h1>${titleOf(view, resource)}</h1>
${resource.abstract !== null && html`<p class="lead">${resource.abstract}</p>`}
<dl class="facts">
${resource.code !== null && fact(t('code'), resource.code)}
${fact(t('provider'), provider?.name ?? t('platform'))}
${provider !== null && fact(t('providerCode'), html`<code>${provider.uscc}</code>`)}
${fact(t('sharing'), sharing === null ? t('unknown') : view.pick(textOf('sharing', sharing)))}
${resource.sharingCondition !== null && fact(t('sharingCondition'), resource.sharingCondition)}
${fact(t('open'), t(resource.open ? 'yes' : 'no'))}
${fact(t('updateCycle'), updateCycle === null ? t('unknown') : view.pick(textOf('cycle', updateCycle)))}
${fact(t('freshness'), freshnessBadge(view, resource))}
${freshness.dueBy !== null && fact(t('dueBy'), view.time(freshness.dueBy))}
${fact(t('lastCommitted'), view.time(freshness.lastCommittedAt))}
${rows.entities !== null && fact(t('entities'), view.number(rows.entities))}
${fact(t('sourceRecords'), view.number(rows.sourceRecords))}
${system !== null && fact(t('sourceSystem'), html`${view.pick(system.title)} <code>${system.name}/${resource.stream}</code>`)}
${base !== undefined && fact(t(resource.kind === 'base' ? 'lookup' : 'toBase'), html`<a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a>`)}
${
  resource.keywords.length > 0 &&
  fact(
    t('keywords'),
    resource.keywords.map((word) => html`<a class="tag" href="${view.link('/', { q: word })}">${word}</a> `),
  )
}
</dl>
${resource.changes.length > 0 && changes(view, resource)}
${resource.base !== null && processing(view, resource)}
<h2>${t('items')} <span class="quiet">${view.number(resource.items.length)}</span></h2>
${resource.items.length === 0 ? html`<p class="quiet">${t('noItems')}</p>` : items(view, resource)}`;
}

const fact = (label: string, value: Part): Html => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

function processing(view: View, { rows }: Resource): Html {
  const outcomes = ['read', 'inserted', 'updated', 'unchanged', 'stale', 'rejected'] as const;
  return html`<h2>${view.t('processing')}</h2>
<dl class="counts" title="${view.t('conservation')}">
${outcomes.map((name) => html`<div><dt>${view.t(name)}</dt><dd>${view.number(rows[name])}</dd></div>`)}
</dl>`;
}

function changes(view: View, { changes: found }: Resource): Html {
  const { t } = view;
  return html`<h2>${t('changes')}</h2>
<p class="quiet">${t('changesHint')}</p>
<table class="items stack">
<thead><tr><th scope="col">${t('column')}</th><th scope="col">${t('change')}</th><th scope="col">${t('before')}</th><th scope="col">${t('after')}</th><th scope="col">${t('decision')}</th><th scope="col">${t('seenAt')}</th></tr></thead>
<tbody>${found.map(
    (one) => html`<tr>
<th scope="row"><code>${one.column}</code></th>
<td data-label="${t('change')}">${view.pick(textOf('change', one.kind))}</td>
<td data-label="${t('before')}">${one.before ?? '–'}</td>
<td data-label="${t('after')}">${one.after ?? '–'}</td>
<td data-label="${t('decision')}"><span class="badge ${one.decision === 'pause' ? 'paused' : 'late'}">${view.pick(textOf('decision', one.decision))}</span></td>
<td data-label="${t('seenAt')}">${view.time(one.seenAt)}</td>
</tr>`,
  )}</tbody>
</table>`;
}

function items(view: View, { kind, items: listed }: Resource): Html {
  const { t } = view;
  const isBase = kind === 'base';
  return html`<table class="items stack">
<thead><tr><th scope="col">${t('itemName')}</th>${isBase && html`<th scope="col">${t('itemNameEn')}</th>`}<th scope="col">${t('column')}</th><th scope="col">${t('type')}</th>${isBase && html`<th scope="col" class="number">${t('sensitivity')}</th>`}</tr></thead>
<tbody>${listed.map(
    (item) => html`<tr>
<th scope="row">${item.name}</th>
${isBase && html`<td data-label="${t('itemNameEn')}">${item.nameEn}</td>`}
<td data-label="${t('column')}"><code>${item.column}</code></td>
<td data-label="${t('type')}">${typeText(view, item)}</td>
${isBase && html`<td data-label="${t('sensitivity')}" class="number">${item.sensitivity}</td>`}
</tr>`,
  )}</tbody>
</table>`;
}

function typeText(view: View, { type, sourceType }: DirectoryItem): Html {
  if (type === null) return html`<span class="quiet">${view.t('unknown')}</span>`;
  return html`${view.pick(textOf('type', type))} ${type}${sourceType !== null && html` <span class="quiet">${sourceType}</span>`}`;
}
