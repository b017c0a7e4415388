// for `hide` in route schemas
import type {} from '@fastify/swagger';
import { z } from 'zod';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { explainPair, type PairView } from '../../entities/linked.ts';
import { requireBase } from '../../entities/read.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts } from '../../texts.ts';
import { type Html, html, type Part } from '../html.ts';
import { bits, entityLink } from '../linkage.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { type SystemTitles, systemTitle, systemTitles } from '../titles.ts';
import { valuesTable } from '../values.ts';
import type { View } from '../view.ts';

const TEXTS = {
  pairTitle: both('两条记录是否同一主体', 'Are two records one subject?'),
  result: both('目前结论', 'As it stands'),
  together: both('同一主体', 'one subject'),
  apart: both('不同主体', 'two subjects'),
  keysShared: both('共同标识', 'Identifiers in common'),
  vetoes: both('否决理由', 'Vetoes'),
  decisionWaits: both('尚待第二人复核，暂不生效', 'waits for a second person; counts for nothing yet'),
  secondedBy: both('复核人：{name}', 'seconded by {name}'),
  choiceStored: both('机器比对结果', 'Outcome of matching'),
  'choice.auto': both('自动关联', 'linked by itself'),
  'choice.review': both('转人工核对', 'left to a person'),
  notCompared: both('无共同的比对线索，机器不作比对', 'no clue in common: never compared by machine'),
  fieldWeights: both('逐项权重', 'Weights, field by field'),
  field: both('比对项', 'Field'),
  level: both('比对结果', 'Outcome'),
  shareSame: both('同一主体中所占比例', 'Share among same'),
  shareOther: both('不同主体中所占比例', 'Share among different'),
  total: both('累计', 'Running total'),
  weightSum: both(
    '合计 {sum} 比特；达到 {link} 比特自动关联，{review} 比特起转人工核对，且须比其他候选高出 {margin} 比特。模型版本：{model}',
    'Sum {sum} bits; linked from {link} bits, left to a person from {review}, with {margin} bits before any other candidate. Model: {model}',
  ),
  askedAnyway: both(
    '各项累计 {total} 比特，本已达到自动关联；但相符的各项不足以区分相近的人（如双胞胎、同名者），因此转人工核对。',
    'The fields add up to {total} bits, enough to link; but what agrees does not tell apart who is much alike (twins, people of one name), so a person is asked.',
  ),
  pairValues: both('两条记录的取值', 'Values of the two records'),
} as const satisfies Texts;

type PairPage = View<keyof typeof TEXTS>;

const recordNumber = z.string().regex(/^\d{1,15}$/, 'the number of a source record');
const params = z.strictObject({ base: z.string().max(40), left: recordNumber, right: recordNumber });

export const pairPage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    server.get<{ Params: z.infer<typeof params> }>(
      '/bases/:base/pairs/:left/:right',
      {
        config: { access: 'linkage.read' },
        schema: { hide: true, params: inputSchema(params), querystring: inputSchema(langQuery) },
      },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const { left, right } = request.params;
        const base = requireBase(bases, request.params.base);
        const pair = await explainPair(base, left, right);
        const systems = systemTitles(await directory.entries());
        return sendPage(reply, view, {
          bases,
          title: view.t('pairTitle'),
          content: showPair(view, base, pair, systems),
        });
      },
    );
  },
};

/** Why two records are, or are not, one subject. */
function showPair(view: PairPage, base: CatalogBase, pair: PairView, systems: SystemTitles): Html {
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

function decided(view: PairPage, decision: NonNullable<PairView['decision']>): Html {
  const { id, kind, by, reason, decidedAt, secondedBy, waits } = decision;
  const second = waits
    ? view.t('decisionWaits')
    : secondedBy === null
      ? null
      : view.t('secondedBy', { name: secondedBy });
  return html`${view.t(`decided.${kind}`)} · ${by} · ${reason} <span class="quiet"><code>${id}</code> ${view.time(decidedAt)}${second !== null && html` · ${second}`}</span>`;
}

function weights(view: PairPage, match: NonNullable<PairView['match']>): Html {
  const { t } = view;
  const { fields, weight, link, review, margin, model, asked } = match;
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
${asked && html`<p><strong>${t('choice.review')}</strong> ${t('askedAnyway', { total: bits(fields.at(-1)?.total ?? weight) })}</p>`}
<p class="quiet">${t('weightSum', { sum: bits(weight), link, review, margin, model })}</p>`;
}
