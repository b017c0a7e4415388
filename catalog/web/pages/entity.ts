// for `hide` in route schemas
import type {} from '@fastify/swagger';
import { z } from 'zod';
import { fromWkb, partsOf } from '../../../schemas/geometry.ts';
import type { JsonValue } from '../../../schemas/kernel/context.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { type EdgesView, showEdges } from '../../entities/linked.ts';
import { requireBase } from '../../entities/read.ts';
import {
  type AttributeReason,
  explainEntity,
  type OtherValue,
  type RecordView,
  type WhyView,
} from '../../entities/why.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import { entityLink, LINKAGE_TEXTS, linkageSections } from '../linkage.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { attributeTitle, ruleTitle, type SystemTitles, systemTitle, systemTitles } from '../titles.ts';
import type { View } from '../view.ts';

const TEXTS = {
  ...LINKAGE_TEXTS,
  points: both('{count} 个点', '{count} points'),
  value: both('取值', 'Value'),
  why: both('取值依据', 'Why this value'),
  from: both('来源', 'From'),
  otherValues: both('其他来源的值', 'Values of others'),
  conflict: both('来源不一致', 'sources differ'),
  noTrusted: both('没有可信的值', 'no trusted value'),
  mergedNote: both('所查编号 {asked} 已并入本实体。', 'The id asked for, {asked}, has been merged into this entity.'),
  splitNote: both('曾从本实体分出：', 'Split off from this entity:'),
  overriddenBy: both('人工更正', 'Overridden by'),
  overriddenAt: both('更正于 {time}', 'set {time}'),
  overrideUntil: both('有效至 {until}', 'until {until}'),
  gone: both('本实体的来源记录均已删除。', 'Every source record of this entity has been deleted.'),
  sourcesOf: both('来源记录', 'Source records'),
  position: both('日志位置', 'Log position'),
  origin: both('来源位置', 'Place in the source'),
  observedAt: both('来源时间', 'Observed'),
  recordedAt: both('入库时间', 'Recorded'),
  linkedBy: both('归并依据', 'Linked by'),
  issues: both('质量问题', 'Findings'),
  deleted: both('来源已删除', 'deleted at source'),
  truncated: both('只列出前 {count} 条。', 'Only the first {count} are listed.'),
  updatedAt: both('更新时间', 'Updated'),
  contributing: both('来源数', 'Sources'),
} as const satisfies Texts;

type EntityPage = View<keyof typeof TEXTS>;

const params = z.strictObject({ base: z.string().max(40), id: z.string().max(40) });

export const entityPage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    server.get<{ Params: z.infer<typeof params> }>(
      '/bases/:base/entities/:id',
      {
        config: { access: 'entity.read' },
        schema: { hide: true, params: inputSchema(params), querystring: inputSchema(langQuery) },
      },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const base = requireBase(bases, request.params.base);
        const why = await explainEntity(base, request.params.id);
        const linked = base.linkage === undefined ? null : await showEdges(base, request.params.id);
        const systems = systemTitles(await directory.entries());
        return sendPage(reply, view, { bases, title: why.id, content: showEntity(view, base, why, linked, systems) });
      },
    );
  },
};

/** An entity with the reason for each value, what links its rows, and the rows down to their place in the log. */
function showEntity(
  view: EntityPage,
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
function geometryText(view: EntityPage, value: JsonValue): string | null {
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

function reasonRow(view: EntityPage, reason: AttributeReason, systems: SystemTitles): Html {
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

function recordCard(view: EntityPage, base: CatalogBase, record: RecordView, systems: SystemTitles): Html {
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
