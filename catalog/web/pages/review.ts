// for `hide` in route schemas
import type {} from '@fastify/swagger';
import { z } from 'zod';
import { REVIEW_KINDS, type ReviewKind } from '../../../schemas/linkage.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { type ReviewView, type RowRef, requireReview, showReview } from '../../entities/linked.ts';
import { requireBase } from '../../entities/read.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { type Html, html } from '../html.ts';
import { bits, entityLink, pairLink } from '../linkage.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { type SystemTitles, systemTitle, systemTitles } from '../titles.ts';
import { valuesTable } from '../values.ts';
import type { View } from '../view.ts';

const TEXTS = {
  reviewHint: both(
    '下列事项须由人工判断。目前通过命令行登记核定意见，请将 NAME、TEXT 替换为核定人和理由；系统暂无登录认证，核定人以所填姓名为准。',
    'These matters want a person. Decisions are entered on the command line for now, with your name for NAME and the reason for TEXT; nobody signs in yet, so the name is taken at its word.',
  ),
  reviewNothing: both('目前没有待核对的事项。', 'Nothing waits at present.'),
  reviewMost: both('每类至多列出 {count} 项。', 'At most {count} of each kind are listed.'),
  'reviewHint.pair': both(
    '记录没有可单独认定主体的标识，相似度不足以自动关联，或有多个相近的候选。',
    'The record has no identifier that decides alone; likeness does not suffice, or several candidates are near.',
  ),
  'reviewHint.apart': both(
    '记录的证件号码或代码相同，但其他内容相互矛盾，因此未归为同一主体：可能是登记错误，也可能是一号多人。',
    'The records bear one number, and something else contradicts: a mistake in one of them, or two who share a number.',
  ),
  keptApartBy: both('分立依据', 'Kept apart by'),
  'reviewHint.second': both(
    '核定将合并两个以上来源的实体，须由另一人复核后生效。',
    'The decision joins entities of more than two sources and counts once another person has seconded it.',
  ),
  'reviewHint.bridge': both(
    '实体仅凭一处把握不大的相似度相连，去掉它就分为两个。',
    'Only a match that is hardly sure holds the entity together; without it there would be two.',
  ),
  'reviewHint.large': both(
    '一个实体的来源记录超过 {count} 条，请查看其关联依据，将误并的记录核定为不同主体。',
    'More than {count} source records are in one entity; look at what links them and keep apart what was joined by mistake.',
  ),
  candidate: both('候选', 'Candidate'),
  recordCount: both('{count} 条来源记录', '{count} source records'),
  decideBy: both('登记核定意见', 'To decide'),
  record: both('记录', 'Record'),
} as const satisfies Texts;

type ReviewPage = View<keyof typeof TEXTS>;

const params = z.strictObject({ base: z.string().max(40) });
/** Of each kind; a person takes them one by one. */
const SHOWN = 20;

export const reviewPage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    server.get<{ Params: z.infer<typeof params> }>(
      '/bases/:base/review',
      {
        config: { access: 'linkage.read' },
        schema: { hide: true, params: inputSchema(params), querystring: inputSchema(langQuery) },
      },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const base = requireBase(bases, request.params.base);
        const { large } = requireReview(base);
        const queue = { items: await showReview(base, undefined, SHOWN), limit: SHOWN, large };
        const systems = systemTitles(await directory.entries());
        return sendPage(reply, view, {
          bases,
          title: view.t('review'),
          content: showQueue(view, base, queue, systems),
        });
      },
    );
  },
};

interface Queue {
  readonly items: readonly ReviewView[];
  /** Of each kind at most. */
  readonly limit: number;
  /** An entity with more records than this is large. */
  readonly large: number;
}

/** What waits for a person, by kind, with the commands that decide. */
function showQueue(view: ReviewPage, base: CatalogBase, queue: Queue, systems: SystemTitles): Html {
  const { t } = view;
  const { items, limit, large } = queue;
  const sections = REVIEW_KINDS.map((kind) => [kind, items.filter((item) => item.kind.code === kind)] as const);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a> › <a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a></nav>
<h1>${t('review')}</h1>
${items.length === 0 ? html`<p class="notice">${t('reviewNothing')}</p>` : html`<p class="lead">${t('reviewHint')} ${t('reviewMost', { count: limit })} ${t('maskedNote')}</p>`}
${sections.map(([kind, own]) => own.length > 0 && section(view, base, kind, own, large, systems))}`;
}

function section(
  view: ReviewPage,
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

function card(view: ReviewPage, base: CatalogBase, item: ReviewView, systems: SystemTitles): Html {
  const { t } = view;
  const { row, candidates, records, reasons, decision, commands } = item;
  return html`<section class="review">
<h3>${view.pick(item.kind)} <span class="quiet">#${row.recordId}</span></h3>
<dl class="sides">
<div><dt>${t('record')}</dt><dd>${place(view, row, systems)} · ${t('entity')} ${entityLink(view, base, row.entity)}${records !== null && html` · ${t('recordCount', { count: records })} · <a href="${view.link(`/bases/${base.name}/entities/${row.entity}`)}#linkage">${t('linkage')}</a>`}</dd></div>
${reasons.length > 0 && html`<div><dt>${t('keptApartBy')}</dt><dd>${reasons.map((reason, i) => html`${i > 0 && ' · '}${view.pick(reason)}`)}</dd></div>`}
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
