// for `hide` in route schemas
import type {} from '@fastify/swagger';
import { inputSchema, langQuery } from '../../api/schema.ts';
import type { CatalogBase } from '../../options.ts';
import type { CrossRuleState, Quality, RuleShown, StreamQuality, SystemQuality } from '../../quality/quality.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { errorTitle } from '../titles.ts';
import type { View } from '../view.ts';

const TEXTS = {
  qualityHint: both(
    '各来源系统现有记录中质量规则发现的问题，每日清点；跨库规则每日核对一次，问题消除后自动撤销。',
    'What the quality rules find in the records of each system, counted daily; rules over several bases are asked daily, and what they found is withdrawn when it is mended.',
  ),
  bySystem: both('按来源系统', 'By source system'),
  system: both('来源系统', 'System'),
  clean: both('无问题', 'Clean'),
  withErrors: both('有错误', 'With errors'),
  withWarnings: both('有警告', 'With warnings'),
  inQuarantine: both('隔离待处理', 'In quarantine'),
  topFindings: both('主要问题', 'Most frequent'),
  notCounted: both('尚未清点', 'not counted yet'),
  crossRules: both('跨库核对', 'Across base databases'),
  openFindings: both('未消除问题', 'Open findings'),
  examples: both('例如', 'For example'),
  since: both('最早发现', 'Since'),
  askedAt: both('最近核对', 'Last asked'),
  neverAsked: both('尚未核对', 'not asked yet'),
  askFailed: both('核对失败', 'failed'),
} as const satisfies Texts;

type QualityPage = View<keyof typeof TEXTS>;

export const qualityPage: Page = {
  texts: TEXTS,
  register(server, { bases, quality }) {
    server.get(
      '/quality',
      { config: { access: 'quality.read' }, schema: { hide: true, querystring: inputSchema(langQuery) } },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const content = showQuality(view, bases, await quality.get());
        return sendPage(reply, view, { bases, title: view.t('quality'), content });
      },
    );
  },
};

const TOP = 3;

/** 数据质量: sums, rules over several bases, and each system with what its records most often have. */
function showQuality(view: QualityPage, bases: readonly CatalogBase[], { systems, crossRules }: Quality): Html {
  const { t } = view;
  const streams = systems.flatMap((one) => one.streams);
  const total = (field: 'records' | 'clean' | 'errors' | 'warnings' | 'quarantined'): number =>
    streams.reduce((sum, one) => sum + one[field], 0);
  const open = crossRules.reduce((sum, { findings }) => sum + findings, 0);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a></nav>
<h1>${t('quality')}</h1>
<p class="lead">${t('qualityHint')}</p>
<dl class="counts">
<div><dt>${t('sourceRecords')}</dt><dd>${view.number(total('records'))}</dd></div>
<div><dt>${t('clean')}</dt><dd>${percent(total('clean'), total('records'))}</dd></div>
<div><dt>${t('withErrors')}</dt><dd>${view.number(total('errors'))}</dd></div>
<div><dt>${t('withWarnings')}</dt><dd>${view.number(total('warnings'))}</dd></div>
<div><dt>${t('inQuarantine')}</dt><dd>${view.number(total('quarantined'))}</dd></div>
<div><dt>${t('crossRules')}</dt><dd>${view.number(open)}</dd></div>
</dl>
${crossRules.length > 0 && acrossBases(view, crossRules, systems)}
<h2>${t('bySystem')} <span class="quiet">${view.number(systems.length)}</span></h2>
<table class="stack">
<thead><tr><th scope="col">${t('system')}</th><th scope="col">${t('base')}</th><th scope="col" class="number">${t('records')}</th><th scope="col" class="number">${t('clean')}</th><th scope="col" class="number">${t('withErrors')}</th><th scope="col" class="number">${t('withWarnings')}</th><th scope="col" class="number">${t('inQuarantine')}</th><th scope="col">${t('topFindings')}</th></tr></thead>
<tbody>${systems.flatMap((system) => rowsOf(view, bases, system))}</tbody>
</table>`;
}

/** Never 100 % while one record is not clean. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '—';
  const share = (part / whole) * 100;
  return `${part === whole ? '100' : Math.min(share, 99.9).toFixed(1)}\u00a0%`;
}

const badge = (view: View, severity: string): Html =>
  html`<span class="badge severity-${severity}">${view.pick(textOf('severity', severity))}</span>`;

/** What a conversion reports under a code of its own is named by `finding.…`. */
function nameOf(view: View, { rule, title, zh }: RuleShown): string {
  if (title === null) return view.pick(textOf('finding', rule, ''));
  return view.lang === 'zh' ? (zh ?? title) : title;
}

function acrossBases(view: QualityPage, rules: readonly CrossRuleState[], systems: readonly SystemQuality[]): Html {
  const { t } = view;
  const titleOf = (name: string): string => {
    const known = systems.find(({ system }) => system === name);
    return known === undefined ? name : view.pick(known.title);
  };
  return html`<h2>${t('crossRules')} <span class="quiet">${view.number(rules.length)}</span></h2>
<table class="stack">
<thead><tr><th scope="col">${t('rule')}</th><th scope="col">${t('severity')}</th><th scope="col" class="number">${t('openFindings')}</th><th scope="col">${t('system')}</th><th scope="col">${t('since')}</th><th scope="col">${t('askedAt')}</th></tr></thead>
<tbody>${rules.map(
    (rule) => html`<tr>
<td class="title"><code>${rule.rule}</code> ${nameOf(view, rule)}${rule.examples.length > 0 && html`<div class="quiet">${t('examples')} ${rule.examples.map(({ base, id }) => html`<a href="${view.link(`/bases/${base}/entities/${id}`)}">${id}</a> `)}</div>`}</td>
<td data-label="${t('severity')}">${badge(view, rule.severity)}</td>
<td data-label="${t('openFindings')}" class="number">${view.number(rule.findings)}</td>
<td data-label="${t('system')}">${rule.systems.length === 0 ? '—' : rule.systems.map(({ system, findings }) => html`<div>${titleOf(system)} <span class="quiet">${view.number(findings)}</span></div>`)}</td>
<td data-label="${t('since')}">${rule.since === null ? '—' : html`<time>${view.time(rule.since)}</time>`}</td>
<td data-label="${t('askedAt')}">${askedAt(view, rule)}</td>
</tr>`,
  )}</tbody>
</table>`;
}

function askedAt(view: QualityPage, { askedAt: at, failed }: CrossRuleState): Html {
  if (at === null) return html`<span class="quiet">${view.t('neverAsked')}</span>`;
  return html`<time>${view.time(at)}</time>${failed !== null && html` <span class="badge severity-E">${view.t('askFailed')}</span> <span class="quiet">${errorTitle(view, failed)} <code>${failed}</code></span>`}`;
}

function rowsOf(view: QualityPage, bases: readonly CatalogBase[], quality: SystemQuality): readonly Html[] {
  const { t } = view;
  const { system, title, department, streams } = quality;
  const name = html`${view.pick(title)} <code>${system}</code><div class="quiet">${department}</div>`;
  if (streams.length === 0)
    return [
      html`<tr><th scope="row">${name}</th><td colspan="7"><span class="quiet">${t('notCounted')}</span>${findingsOf(view, quality)}</td></tr>`,
    ];
  return streams.map(
    (one, at) => html`<tr>
<th scope="row">${at === 0 ? name : html`<span class="visually-hidden">${view.pick(title)}</span>`}${streams.length > 1 && html`<div><code>${one.stream}</code></div>`}</th>
<td data-label="${t('base')}">${baseTitle(view, bases, one.base)}</td>
<td data-label="${t('records')}" class="number">${view.number(one.records)}</td>
<td data-label="${t('clean')}" class="number">${percent(one.clean, one.records)}</td>
<td data-label="${t('withErrors')}" class="number">${view.number(one.errors)}</td>
<td data-label="${t('withWarnings')}" class="number">${view.number(one.warnings)}</td>
<td data-label="${t('inQuarantine')}" class="number">${view.number(one.quarantined)}</td>
<td data-label="${t('topFindings')}">${problems(view, quality, at)}</td>
</tr>`,
  );
}

/** Of the stream; those of the system as a whole stand with its first stream. */
function problems(view: View, quality: SystemQuality, at: number): readonly Html[] | string {
  const stream = quality.streams[at];
  const found = [...(stream === undefined ? [] : topOf(view, stream)), ...(at === 0 ? findingsOf(view, quality) : [])];
  return found.length === 0 ? '—' : found;
}

function baseTitle(view: View, bases: readonly CatalogBase[], name: string): Html | string {
  const base = bases.find((one) => one.name === name);
  return base === undefined ? name : html`<a href="${view.link(`/bases/${name}`)}">${view.pick(base.title)}</a>`;
}

/** Information is no finding to be mended. */
const topOf = (view: View, { rules }: StreamQuality): readonly Html[] =>
  rules
    .filter(({ severity }) => severity !== 'I')
    .slice(0, TOP)
    .map(
      (one) =>
        html`<div>${badge(view, one.severity)} <code>${one.rule}</code> ${nameOf(view, one)} <span class="quiet">${view.number(one.records)}</span></div>`,
    );

/** Of rules over many records of a base; those over several bases have a table of their own. */
const findingsOf = (view: View, { findings }: SystemQuality): readonly Html[] =>
  findings
    .filter(({ scope }) => scope !== 'cross')
    .map(
      (one) =>
        html`<div>${badge(view, one.severity)} <code>${one.rule}</code> ${nameOf(view, one)} <span class="quiet">${view.number(one.findings)}</span></div>`,
    );
