import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from '../api/failures.ts';
import type { CatalogBase } from '../options.ts';
import { both, type Texts } from '../texts.ts';
import { html, type Part } from './html.ts';
import { sendPage, viewOf } from './page.ts';

export const FAILURE_TEXTS = {
  notFound: both('未找到', 'Not found'),
  failed: both('无法完成请求', 'The request could not be answered'),
  allowed: both('允许：{values}', 'Allowed: {values}'),
  more: both('等 {count} 项', 'and {count} more'),
  backHome: both('返回资源目录', 'Back to the directory'),
} as const satisfies Texts;

const MOST_SHOWN = 20;

/** What stands between backticks is typed. */
const spoken = (text: string): readonly Part[] =>
  text.split('`').map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`));

/** What browsers get in the place of the JSON. */
export function sendFailurePage(
  request: FastifyRequest,
  reply: FastifyReply,
  bases: readonly CatalogBase[],
  status: number,
  { message, remedy, code, allowed }: Failure,
): FastifyReply {
  // The address that failed is not said again, not even as a link to itself: it may hold an identity number.
  const view = { ...viewOf(request, FAILURE_TEXTS), here: '/' };
  const title = view.t(status === 404 ? 'notFound' : 'failed');
  const values = allowed === null ? [] : [allowed].flat();
  const left = values.length - MOST_SHOWN;
  const listed = [...values.slice(0, MOST_SHOWN), ...(left > 0 ? [view.t('more', { count: left })] : [])];
  const content = html`<h1>${title}</h1>
<p>${view.pick(message)}</p>
${listed.length > 0 && html`<p>${view.t('allowed', { values: listed.join(view.lang === 'zh' ? '、' : ', ') })}</p>`}
<p class="quiet">${spoken(view.pick(remedy))} <code>${code}</code></p>
<p><a href="${view.link('/')}">${view.t('backHome')}</a></p>`;
  return sendPage(reply.code(status), view, { bases, title, content });
}
