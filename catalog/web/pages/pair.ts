import type { ComparedValue, PairView } from '../../entities/linked.ts';
import type { CatalogBase } from '../../options.ts';
import { type Html, html, type Part } from '../html.ts';
import { bits, entityLink } from '../linkage.ts';
import { type SystemTitles, systemTitle } from '../system-title.ts';
import type { View } from '../view.ts';

/** Why two records are, or are not, one subject. */
export function pairPage(view: View, base: CatalogBase, pair: PairView, systems: SystemTitles): Html {
  const { t } = view;
  const { left, right, together, keys, vetoes, decision, choice, match, values } = pair;
  const side = (one: PairView['left']): Html =>
    html`${systemTitle(view, systems, one.system)} <code>${one.system}/${one.stream}</code><br>${t('sourceKey')} <code>${one.sourceKey}</code><br>${t('entity')} ${entityLink(view, base, one.entity)}`;
  const never = match !== null && match.sharedBlocks === 0 && keys.length === 0;
  const facts: readonly (readonly [string, Part])[] = [
    [t('pairLeft'), side(left)],
    [t('pairRight'), side(right)],
    [t('result'), html`<strong>${t(together ? 'together' : 'apart')}</strong>`],
    [t('keysShared'), keys.length === 0 ? t('absent') : keys.map((key) => view.pick(key)).join('、')],
    [
      t('vetoes'),
      vetoes.length === 0 ? t('absent') : html`<ul>${vetoes.map((veto) => html`<li>${view.pick(veto)}</li>`)}</ul>`,
    ],
    [t('humanDecision'), decision === null ? t('absent') : decided(view, decision)],
    [
      t('choiceStored'),
      choice !== null
        ? html`${t(`choice.${choice.state}`)} <code>${choice.model}</code>`
        : never
          ? t('notCompared')
          : t('absent'),
    ],
  ];
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a> › <a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a></nav>
<h1>${t('pairTitle')} <code class="id">${left.recordId} · ${right.recordId}</code></h1>
<dl class="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${match !== null && weights(view, match)}
<h2>${t('pairValues')}</h2>
${valuesTable(view, values)}`;
}

function decided(view: View, decision: NonNullable<PairView['decision']>): Html {
  const { id, kind, by, reason, decidedAt, secondedBy, waits } = decision;
  const second = waits
    ? view.t('decisionWaits')
    : secondedBy === null
      ? null
      : view.t('secondedBy', { name: secondedBy });
  return html`${view.t(`decided.${kind}`)} · ${by} · ${reason} <span class="quiet"><code>${id}</code> ${view.time(decidedAt)}${second !== null && html` · ${second}`}</span>`;
}

function weights(view: View, match: NonNullable<PairView['match']>): Html {
  const { t } = view;
  const { fields, weight, link, review, margin, model } = match;
  const share = (value: number, level: number): string => (level < 0 ? '—' : String(Number(value.toPrecision(4))));
  return html`<h2>${t('fieldWeights')}</h2>
<table class="stack">
<thead><tr><th scope="col">${t('field')}</th><th scope="col">${t('level')}</th><th scope="col" class="number">${t('shareSame')}</th><th scope="col" class="number">${t('shareOther')}</th><th scope="col" class="number">${t('weight')}</th><th scope="col" class="number">${t('total')}</th></tr></thead>
<tbody>${fields.map(
    (one) => html`<tr>
<th scope="row">${view.pick(one)}</th>
<td data-label="${t('level')}">${view.pick({ zh: one.zhLevel, en: one.enLevel })}</td>
<td data-label="${t('shareSame')}" class="number">${share(one.m, one.level)}</td>
<td data-label="${t('shareOther')}" class="number">${share(one.u, one.level)}</td>
<td data-label="${t('weight')}" class="number${one.bits < 0 && ' differs'}">${one.level < 0 ? '—' : bits(one.bits)}</td>
<td data-label="${t('total')}" class="number">${bits(one.total)}</td>
</tr>`,
  )}</tbody>
</table>
<p class="quiet">${t('weightSum', { sum: bits(weight), link, review, margin, model })}</p>`;
}

/** Attributes of both records side by side. */
export function valuesTable(view: View, values: readonly ComparedValue[]): Html {
  const { t } = view;
  const shown = (value: ComparedValue['left']): Html =>
    value === null
      ? html`<span class="quiet">${t('absent')}</span>`
      : html`<span${value.masked && html` class="masked" title="${t('masked')}"`}>${typeof value.value === 'boolean' ? t(value.value ? 'yes' : 'no') : String(value.value)}</span>`;
  return html`<table class="stack compare">
<thead><tr><th scope="col">${t('attribute')}</th><th scope="col">${t('pairLeft')}</th><th scope="col" class="sign"></th><th scope="col">${t('pairRight')}</th></tr></thead>
<tbody>${values.map(
    (one) => html`<tr${one.agrees === false && html` class="differs"`}>
<th scope="row">${view.pick(one)}</th>
<td data-label="${t('pairLeft')}">${shown(one.left)}</td>
<td class="sign" aria-hidden="true">${one.agrees === null ? '' : one.agrees ? '=' : '≠'}</td>
<td data-label="${t('pairRight')}">${shown(one.right)}</td>
</tr>`,
  )}</tbody>
</table>`;
}
