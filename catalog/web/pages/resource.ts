// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { z } from 'zod';
import { idSchema } from '../../api/resources.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import type { Resource } from '../../directory/directory.ts';
import type { DirectoryItem } from '../../directory/entry.ts';
import type { CatalogBase } from '../../options.ts';
import { both, type Texts, textOf } from '../../texts.ts';
import { freshnessBadge } from '../freshness.ts';
import { type Html, html, type Part } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import { resourceTitle } from '../titles.ts';
import type { View } from '../view.ts';

const TEXTS = {
  code: both('资源代码', 'Code'),
  providerCode: both('提供方代码', 'Provider code'),
  sharingCondition: both('共享条件', 'Sharing condition'),
  open: both('向社会开放', 'Open to the public'),
  keywords: both('关键字', 'Keywords'),
  sourceSystem: both('来源系统', 'Source system'),
  lastCommitted: both('最近入库', 'Last stored'),
  dueBy: both('应更新于', 'Due by'),
  noItems: both(
    '尚未登记信息项；首次读取来源后自动列出。',
    'No items declared; they appear after the first reading of the source.',
  ),
  itemName: both('信息项名称', 'Item'),
  itemNameEn: both('英文名称', 'English name'),
  column: both('字段', 'Column'),
  type: both('数据类型', 'Type'),
  sensitivity: both('敏感级', 'Sensitivity'),
  changes: both('来源结构变化', 'Changes at the source'),
  changesHint: both(
    '自系统文件上次应用以来来源字段的变化；核对后重新应用系统文件即可确认。',
    'Since the system file was last applied; applying it again after a look confirms them.',
  ),
  decision: both('处理', 'Decision'),
  change: both('变化', 'Change'),
  before: both('原为', 'Before'),
  after: both('现为', 'Now'),
  seenAt: both('发现时间', 'Seen'),
  processing: both('汇聚情况', 'Processing'),
  read: both('读取', 'read'),
  inserted: both('新增', 'inserted'),
  updated: both('更新', 'updated'),
  unchanged: both('未变', 'unchanged'),
  stale: both('过时', 'stale'),
  conservation: both(
    '读取 = 新增 + 更新 + 未变 + 过时 + 隔离',
    'read = inserted + updated + unchanged + stale + rejected',
  ),
} as const satisfies Texts;

type ResourcePage = View<keyof typeof TEXTS>;

export const resourcePage: Page = {
  texts: TEXTS,
  register(server, { bases, directory }) {
    server.get<{ Params: z.infer<typeof idSchema> }>(
      '/resources/:id',
      {
        config: { access: 'everybody' },
        schema: { hide: true, params: inputSchema(idSchema), querystring: inputSchema(langQuery) },
      },
      async (request, reply) => {
        const view = viewOf(request, TEXTS);
        const resource = await directory.show(request.params.id, request.principal);
        const title = resourceTitle(view, resource);
        return sendPage(reply, view, { bases, title, content: showResource(view, bases, resource) });
      },
    );
  },
};

/** 信息资源详情: the elements of the 2017 guide in its order, then freshness, counts and 信息项. */
function showResource(view: ResourcePage, bases: readonly CatalogBase[], resource: Resource): Html {
  const { t } = view;
  const { provider, sharing, updateCycle, system, rows, freshness } = resource;
  const base = bases.find(({ name }) => name === resource.base);
  return html`<nav class="crumbs"><a href="${view.link('/')}">${t('directory')}</a></nav>
<h1>${resourceTitle(view, resource)}</h1>
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

function processing(view: ResourcePage, { rows }: Resource): Html {
  const outcomes = ['read', 'inserted', 'updated', 'unchanged', 'stale', 'rejected'] as const;
  return html`<h2>${view.t('processing')}</h2>
<dl class="counts" title="${view.t('conservation')}">
${outcomes.map((name) => html`<div><dt>${view.t(name)}</dt><dd>${view.number(rows[name])}</dd></div>`)}
</dl>`;
}

function changes(view: ResourcePage, { changes: found }: Resource): Html {
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

function items(view: ResourcePage, { kind, items: listed }: Resource): Html {
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
