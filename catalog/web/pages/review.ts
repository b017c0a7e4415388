import { REVIEW_KINDS, type ReviewKind } from '../../../schemas/linkage.ts';
import type { ReviewView, RowRef } from '../../entities/linked.ts';
import type { CatalogBase } from '../../options.ts';
import { textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import { bits, entityLink, pairLink } from '../linkage.ts';
import { type SystemTitles, systemTitle } from '../system-title.ts';
import type { View } from '../view.ts';
import { valuesTable } from './pair.ts';

interface Queue {
  readonly items: readonly ReviewView[];
  /** Of each kind at most. */
  readonly limit: number;
  /** An entity with more records than this is large. */
  readonly large: number;
}

/** What waits for a person, by kind, with the commands that decide. */
export function reviewPage(view: View, base: CatalogBase, queue: Queue, systems: SystemTitles): Html {
  const { t } = view;
  const { items, limit, large } = queue;
  const sections = REVIEW_KINDS.map((kind) => [kind, items.filter((item) => item.kind.code === kind)] as const);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a> › <a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a></nav>
<h1>${t('review')}</h1>
${items.length === 0 ? html`<p class="notice">${t('reviewNothing')}</p>` : html`<p class="lead">${t('reviewHint')} ${t('reviewMost', { count: limit })} ${t('maskedNote')}</p>`}
${sections.map(([kind, own]) => own.length > 0 && section(view, base, kind, own, large, systems))}`;
}

function section(
  view: View,
  base: CatalogBase,
  kind: ReviewKind,
  items: readonly ReviewView[],
  large: number,
  systems: SystemTitles,
): Html {
  return html`<h2 id="${kind}">${view.pick(textOf('review', kind))} <span class="quiet">${view.number(items.length)}</span></h2>
<p class="quiet">${view.t(`reviewHint.${kind}`, { count: large })}</p>
${items.map((item) => card(view, base, item, systems))}`;
}

const place = (view: View, { system, stream, sourceKey, recordId }: RowRef, systems: SystemTitles): Html =>
  html`${systemTitle(view, systems, system)} <code>${system}/${stream}</code> ${view.t('sourceKey')} <code>${sourceKey}</code> <span class="quiet">#${recordId}</span>`;

function card(view: View, base: CatalogBase, item: ReviewView, systems: SystemTitles): Html {
  const { t } = view;
  const { row, candidates, records, decision, commands } = item;
  return html`<section class="review">
<h3>${view.pick(item.kind)} <span class="quiet">#${row.recordId}</span></h3>
<dl class="sides">
<div><dt>${t('record')}</dt><dd>${place(view, row, systems)} · ${t('entity')} ${entityLink(view, base, row.entity)}${records !== null && html` · ${t('recordCount', { count: records })} · <a href="${view.link(`/bases/${base.name}/entities/${row.entity}`)}#linkage">${t('linkage')}</a>`}</dd></div>
${decision !== null && html`<div><dt>${t('humanDecision')}</dt><dd>${t('decided.confirmed')} · ${decision.by} · ${decision.reason} <code>${decision.id}</code></dd></div>`}
</dl>
${candidates.map(
  (one) => html`<div class="candidate">
<dl class="sides">
<div><dt>${t('candidate')}</dt><dd>${place(view, one, systems)} · ${t('entity')} ${entityLink(view, base, one.entity)}${one.weight !== null && html` · ${t('weight')} ${bits(one.weight)}`} · <a href="${pairLink(view, base, row.recordId, one.recordId)}">${t('explainPair')}</a></dd></div>
</dl>
${valuesTable(
  view,
  one.values.filter(({ agrees }) => agrees !== null),
)}
</div>`,
)}
${commands.length > 0 && html`<p class="quiet">${t('decideBy')}</p><pre class="commands">${commands.join('\n')}</pre>`}
</section>`;
}
