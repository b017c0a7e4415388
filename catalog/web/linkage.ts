import type { EntityEvent } from '../entities/events.ts';
import type { EdgesView, EdgeView, RowRef } from '../entities/linked.ts';
import type { CatalogBase } from '../options.ts';
import { both, type Texts } from '../texts.ts';
import { type Html, html } from './html.ts';
import { type SystemTitles, systemTitle } from './titles.ts';
import type { View } from './view.ts';

/** Of `linkageSections`: the page that shows them has these too. */
export const LINKAGE_TEXTS = {
  linkageHint: both(
    '各条来源记录凭下列依据归为同一主体，最弱的列在最前。',
    'What holds the source records together as one subject, the weakest first.',
  ),
  singleRecord: both('只有一条来源记录，无须关联。', 'There is one source record only; nothing is to be linked.'),
  recordPair: both('来源记录', 'Source records'),
  linkBasis: both('依据', 'By'),
  note: both('说明', 'Note'),
  weakest: both('最弱', 'weakest'),
  bridge: both('唯一连接', 'only link'),
  bridgeHint: both('去掉这一依据，实体将分为两个', 'Without it the entity falls into two'),
  edgesTruncated: both('只列出最弱的 {count} 项。', 'Only the {count} weakest are listed.'),
  history: both('归并与拆分沿革', 'Merges and splits'),
  'event.merge': both('{other} 并入 {id}', '{other} was merged into {id}'),
  'event.split': both('{id} 自 {other} 分出', '{id} was split off from {other}'),
  'event.move': both('部分记录由 {other} 移入 {id}', 'records moved from {other} to {id}'),
} as const satisfies Texts;
type LinkageView = View<keyof typeof LINKAGE_TEXTS>;

/** Where two records are compared; by the numbers of records, because keys may be identity numbers. */
export const pairLink = (view: View, base: CatalogBase, left: number, right: number): string =>
  view.link(`/bases/${base.name}/pairs/${left}/${right}`);

export const entityLink = (view: View, base: CatalogBase, id: string): Html =>
  html`<a href="${view.link(`/bases/${base.name}/entities/${id}`)}"><code>${id}</code></a>`;

export const bits = (weight: number | null): string => (weight === null ? '—' : weight.toFixed(2));

const recordLink = (view: View, { recordId, system }: RowRef, systems: SystemTitles): Html =>
  html`<a href="#record-${recordId}">${systemTitle(view, systems, system)} <code>${recordId}</code></a>`;

/** What holds an entity together, and how it became what it is. */
export function linkageSections(view: LinkageView, base: CatalogBase, linked: EdgesView, systems: SystemTitles): Html {
  const { t } = view;
  const { edges, truncated, events } = linked;
  return html`<h2 id="linkage">${t('linkage')}${edges.length > 0 && html` <span class="quiet">${view.number(edges.length)}</span>`}</h2>
${
  edges.length === 0
    ? html`<p class="quiet">${t('singleRecord')}</p>`
    : html`<p class="quiet">${t('linkageHint')}${truncated && html` ${t('edgesTruncated', { count: edges.length })}`}</p>
<table class="stack">
<thead><tr><th scope="col">${t('recordPair')}</th><th scope="col">${t('linkBasis')}</th><th scope="col" class="number">${t('weight')}</th><th scope="col">${t('note')}</th><th scope="col">${t('explainPair')}</th></tr></thead>
<tbody>${edges.map((edge) => edgeRow(view, base, edge, edges.length, systems))}</tbody>
</table>`
}
${
  events.length > 0 &&
  html`<h2 id="history">${t('history')}</h2>
<ul class="events">${events.map((event) => eventItem(view, base, event))}</ul>`
}`;
}

function edgeRow(view: LinkageView, base: CatalogBase, edge: EdgeView, count: number, systems: SystemTitles): Html {
  const { t } = view;
  const { left, right, by, weight, weakest, bridge } = edge;
  return html`<tr>
<td>${recordLink(view, left, systems)} — ${recordLink(view, right, systems)}</td>
<td data-label="${t('linkBasis')}">${view.pick(by)}</td>
<td data-label="${t('weight')}" class="number">${bits(weight)}</td>
<td data-label="${t('note')}">${weakest && count > 1 && html`<span class="badge late">${t('weakest')}</span> `}${bridge && count > 1 && html`<span class="badge" title="${t('bridgeHint')}">${t('bridge')}</span>`}</td>
<td data-label="${t('explainPair')}"><a href="${pairLink(view, base, left.recordId, right.recordId)}">${t('explainPair')}</a></td>
</tr>`;
}

/** The text of the event with the two ids as links. */
function eventItem(view: LinkageView, base: CatalogBase, { kind, id, other, reason, at }: EntityEvent): Html {
  const places: Readonly<Record<string, Html>> = {
    id: entityLink(view, base, id),
    other: entityLink(view, base, other),
  };
  const parts = view.t(`event.${kind}`).split(/\{(\w+)\}/);
  return html`<li><time datetime="${at}">${view.time(at)}</time> ${parts.map((part, i) => (i % 2 === 1 ? (places[part] ?? null) : part))} <span class="quiet">${view.pick(reason)}</span></li>`;
}
