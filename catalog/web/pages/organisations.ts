// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  listOrganisations,
  type Organisation,
  readOrganisations,
  saveOrganisations,
} from '../../access/organisations.ts';
import { requireConfirmed } from '../../api/guard.ts';
import { inputSchema, langQuery } from '../../api/schema.ts';
import { both, type Texts } from '../../texts.ts';
import { acceptForms, alertOf, formToken, marked, type Refusal, refusalOf, seeOther, tokenField } from '../form.ts';
import { type Html, html } from '../html.ts';
import { type Page, sendPage, viewOf } from '../page.ts';
import type { View } from '../view.ts';

const TEXTS = {
  code: both('代码', 'Code'),
  name: both('名称', 'Name'),
  parent: both('上级', 'Under'),
  valid: both('有效期', 'Valid'),
  import: both('导入', 'Import'),
  csv: both('CSV 文本', 'CSV'),
  csvHint: both(
    '首行为 code,kind,name,level,parent,valid_from,valid_until；kind 为 region 或 department；level 为 province、prefecture、county 或 township。已有代码按新内容更新，其余不变。',
    'The head is code,kind,name,level,parent,valid_from,valid_until; kind is region or department, level is province, prefecture, county or township. Codes that are there are changed, the others stay.',
  ),
  level: both('层级', 'Level'),
  'level.province': both('省级', 'province'),
  'level.prefecture': both('市州级', 'prefecture'),
  'level.county': both('县级', 'county'),
  'level.township': both('乡级', 'township'),
} as const satisfies Texts;

const MOST_CSV = 12_000;
const body = z.strictObject({ csv: z.string().max(MOST_CSV), formToken });

export const organisationsPage: Page = {
  texts: TEXTS,
  register(server, { bases, access }) {
    if (access === null) return;
    acceptForms(server);
    const { pool } = access;
    const page = { hide: true, querystring: inputSchema(langQuery) };
    const config = { access: 'organisation.manage' } as const;

    async function show(request: FastifyRequest, reply: FastifyReply, csv: string, refusal: Refusal | null) {
      const view = viewOf(request, TEXTS);
      const content = showOrganisations(view, await listOrganisations(pool), csv, refusal);
      return sendPage(marked(reply, refusal), view, { bases, title: view.t('organisations'), content });
    }

    server.get('/organisations', { config, schema: page }, async (request, reply) => show(request, reply, '', null));
    server.post<{ Body: z.output<typeof body> }>(
      '/organisations',
      { config, schema: { ...page, body: inputSchema(body) } },
      async (request, reply) => {
        requireConfirmed(request);
        try {
          await saveOrganisations(pool, readOrganisations(request.body.csv));
        } catch (error) {
          return show(request, reply, request.body.csv, refusalOf(error, request));
        }
        return seeOther(reply, viewOf(request), '/organisations');
      },
    );
  },
};

function showOrganisations(
  view: View<keyof typeof TEXTS>,
  organisations: readonly Organisation[],
  csv: string,
  refusal: Refusal | null,
): Html {
  const { t } = view;
  const names = new Map(organisations.map(({ code, name }) => [code, name]));
  return html`<h1>${t('organisations')}</h1>
<table class="stack"><thead><tr><th scope="col">${t('name')}</th><th scope="col">${t('code')}</th><th scope="col">${t('level')}</th><th scope="col">${t('parent')}</th><th scope="col">${t('valid')}</th></tr></thead>
<tbody>${organisations.map(
    ({ code, name, level, parent, validFrom, validUntil }) =>
      html`<tr><th scope="row">${name}</th><td data-label="${t('code')}"><code>${code}</code></td><td data-label="${t('level')}">${t(`level.${level}`)}</td><td data-label="${t('parent')}">${parent === null ? '—' : (names.get(parent) ?? parent)}</td><td data-label="${t('valid')}"><time>${validFrom}</time> – ${validUntil === null ? '' : html`<time>${validUntil}</time>`}</td></tr>`,
  )}</tbody></table>
<h2>${t('import')}</h2>
${alertOf(view, refusal)}
<form class="form wide" method="post" action="${view.link('/organisations')}">
${tokenField(view)}
<label class="field" for="csv">${t('csv')}<textarea id="csv" name="csv" rows="8" required aria-describedby="csv-hint" maxlength="${MOST_CSV}">${csv}</textarea></label>
<p class="quiet" id="csv-hint">${t('csvHint')}</p>
<button type="submit">${t('import')}</button>
</form>`;
}
