import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from '../api/failures.ts';
import type { CatalogBase } from '../options.ts';
import { both, type Texts } from '../texts.ts';
import { html } from './html.ts';
import { sendPage, viewOf } from './page.ts';

export const FAILURE_TEXTS = {
  notFound: both('未找到', 'Not found'),
  failed: both('无法完成请求', 'The request could not be answered'),
  backHome: both('返回资源目录', 'Back to the directory'),
} as const satisfies Texts;

/** What browsers get in the place of the JSON. */
export function sendFailurePage(
  request: FastifyRequest,
  reply: FastifyReply,
  bases: readonly CatalogBase[],
  status: number,
  { message, remedy, code }: Failure,
): FastifyReply {
  // The address that failed is not said again, not even as a link to itself: it may hold an identity number.
  const view = { ...viewOf(request, FAILURE_TEXTS), here: '/' };
  const title = view.t(status === 404 ? 'notFound' : 'failed');
  const content = html`<h1>${title}</h1>
<p>${message}</p>
<p class="quiet">${remedy} <code>${code}</code></p>
<p><a href="${view.link('/')}">${view.t('backHome')}</a></p>`;
  return sendPage(reply.code(status), view, { bases, title, content });
}
