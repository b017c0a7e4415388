import { fromWkb, partsOf } from '../../../schemas/geometry.ts';
import type { JsonValue } from '../../../schemas/kernel/context.ts';
import type { EdgesView } from '../../entities/linked.ts';
import type { AttributeReason, OtherValue, RecordView, WhyView } from '../../entities/why.ts';
import type { CatalogBase } from '../../options.ts';
import { textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import { entityLink, linkageSections } from '../linkage.ts';
import { type SystemTitles, systemTitle } from '../system-title.ts';
import type { View } from '../view.ts';
import { attributeTitle, ruleTitle } from './base.ts';

/** An entity with the reason for each value, what links its rows, and the rows down to their place in the log. */
export function entityPage(
  view: View,
  base: CatalogBase,
  why: WhyView,
  linked: EdgesView | null,
  systems: SystemTitles,
): Html {
  const { t } = view;
  const name = why.attributes.find(({ attribute }) => attribute === 'name');
  const anyMasked = why.reasons.some(({ masked }) => masked);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a> › <a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a></nav>
<h1>${name === undefined ? null : String(name.value)} <code class="id">${why.id}</code></h1>
${why.mergedInto !== null && html`<p class="notice">${t('mergedNote', { asked: why.requested })}</p>`}
${why.splitInto.length > 0 && html`<p class="notice">${t('splitNote')} ${why.splitInto.map((id) => html`${entityLink(view, base, id)} `)}</p>`}
${why.attributes.length === 0 && html`<p class="notice">${t('gone')}</p>`}
<p class="quiet">${t('contributing')} ${view.number(why.sources)} · ${t('updatedAt')} ${view.time(why.updatedAt ?? why.createdAt)}${anyMasked && html` · ${t('maskedNote')}`}</p>
<table class="why stack">
<thead><tr><th scope="col">${t('attribute')}</th><th scope="col">${t('value')}</th><th scope="col">${t('from')}</th><th scope="col">${t('why')}</th><th scope="col">${t('otherValues')}</th></tr></thead>
<tbody>${why.reasons.map((reason) => reasonRow(view, reason, systems))}</tbody>
</table>
${linked !== null && linkageSections(view, base, linked, systems)}
<h2>${t('sourcesOf')} <span class="quiet">${view.number(why.records.length)}</span></h2>
${why.truncated && html`<p class="quiet">${t('truncated', { count: why.records.length })}</p>`}
${why.records.map((record) => recordCard(view, base, record, systems))}`;
}

function shownValue(view: View, value: JsonValue): string {
  if (typeof value === 'boolean') return view.t(value ? 'yes' : 'no');
  if (value === null) return '—';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Kind, points and extent: what a person can take in of a geometry. */
function geometryText(view: View, value: JsonValue): string | null {
  const found = typeof value === 'string' ? fromWkb(Buffer.from(value, 'base64')) : null;
  if (found === null) return null;
  let points = 0;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of partsOf(found.geometry))
    for (const [x, y] of part) {
      points += 1;
      [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
    }
  const at = (x: number, y: number): string => `${x.toFixed(4)} ${y.toFixed(4)}`;
  const extent = points === 1 ? at(west, south) : `${at(west, south)} – ${at(east, north)}`;
  return `${found.geometry.type} · ${view.t('points', { count: points })} · ${extent}`;
}

interface Told {
  readonly value: JsonValue;
  readonly masked: boolean;
  readonly label: string | null;
}

const valueMark = (view: View, { value, masked, label }: Told): Html =>
  masked
    ? html`<span class="masked" title="${view.t('masked')}">${shownValue(view, value)}</span>`
    : label === null
      ? html`${shownValue(view, value)}`
      : html`${label} <span class="quiet">${shownValue(view, value)}</span>`;

function reasonRow(view: View, reason: AttributeReason, systems: SystemTitles): Html {
  const { t } = view;
  const { value, winner, rule, override, conflict, others } = reason;
  return html`<tr>
<th scope="row">${view.pick(reason)}</th>
<td data-label="${t('value')}">${value === null ? html`<span class="quiet">${t('noTrusted')}</span>` : reason.type === 'geometry' ? (geometryText(view, value) ?? valueMark(view, reason)) : valueMark(view, reason)}
${conflict && html` <span class="badge conflict">${t('conflict')}</span>`}</td>
<td data-label="${t('from')}">${override !== null ? html`${t('overriddenBy')} ${override.by}` : winner === null ? '—' : html`<a href="#record-${winner.recordId}">${systemTitle(view, systems, winner.system)}</a>`}</td>
<td data-label="${t('why')}">${rule === null ? '—' : view.pick(rule)}${override !== null && html`<br><span class="quiet">${override.reason} · ${t('overrideUntil', { until: override.until })} · ${t('overriddenAt', { time: view.time(override.setAt) })}</span>`}</td>
<td data-label="${t('otherValues')}">${others.length === 0 ? html`<span class="quiet">${t('absent')}</span>` : html`<ul class="others">${others.map((other) => otherValue(view, other, systems))}</ul>`}</td>
</tr>`;
}

const otherValue = (view: View, other: OtherValue, systems: SystemTitles): Html =>
  html`<li class="${other.agrees ? 'agrees' : 'differs'}"><span aria-hidden="true">${other.agrees ? '=' : '≠'}</span> ${valueMark(view, other)} <a href="#record-${other.recordId}">${systemTitle(view, systems, other.system)}</a></li>`;

function recordCard(view: View, base: CatalogBase, record: RecordView, systems: SystemTitles): Html {
  const { t } = view;
  const facts: readonly (readonly [string, Html | string])[] = [
    [t('origin'), html`<code>${record.origin}</code>`],
    [t('position'), html`<code>${record.topic} [${record.partition}] @ ${record.offset}</code>`],
    [t('linkedBy'), view.pick(record.linkRule)],
    [t('observedAt'), view.time(record.observedAt)],
    [t('recordedAt'), view.time(record.recordedAt)],
  ];
  return html`<section class="record${record.deleted && ' gone'}" id="record-${record.recordId}">
<h3>${systemTitle(view, systems, record.system)} <code>${record.system}/${record.stream}</code> <span class="quiet">#${record.recordId}</span>
${record.deleted && html` <span class="badge paused">${t('deleted')}</span>`}</h3>
<dl class="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
${
  record.issues.length > 0 &&
  html`<div class="wide"><dt>${t('issues')}</dt><dd><ul>${record.issues.map(
    (
      issue,
    ) => html`<li><span class="badge severity-${issue.severity}">${view.pick(textOf('severity', issue.severity))}</span>
${attributeTitle(view, base, issue.attribute)} <code>${issue.rule}</code> ${ruleTitle(view, issue)} <span class="quiet">${issue.message}</span></li>`,
  )}</ul></dd></div>`
}</dl>
</section>`;
}
