import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { failureOf } from '../api/failures.ts';
import { type Html, html, type Part } from './html.ts';
import type { View } from './view.ts';

const FORM = 'application/x-www-form-urlencoded';

/** The field that every form of a session carries; `guard` looks at it. */
export const formToken = z.string().max(100).optional();

/** The routes of this page take what forms send. */
export function acceptForms(server: FastifyInstance): void {
  server.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
}

/** Goes into every form with which a person who has signed in changes something. */
export const tokenField = ({ who }: View): Part =>
  who === null ? null : html`<input type="hidden" name="formToken" value="${who.formToken}">`;

/** A form of one button. */
export const buttonForm = (
  view: View,
  action: string,
  label: string,
  fields: Readonly<Record<string, string>> = {},
): Html =>
  html`<form class="inline" method="post" action="${view.link(action)}">${tokenField(view)}${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button type="submit" class="small">${label}</button></form>`;

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password' | 'date';
  readonly value?: string;
  /** What a browser may fill in. */
  readonly autocomplete?: string;
  readonly hint?: string;
}

export function field({ name, label, type = 'text', value = '', autocomplete = 'off', hint }: Field): Html {
  const described = hint === undefined ? null : html` aria-describedby="${name}-hint"`;
  return html`<label class="field" for="${name}">${label}<input id="${name}" type="${type}" name="${name}" value="${value}" autocomplete="${autocomplete}" required${described}></label>${hint !== undefined && html`<p class="quiet" id="${name}-hint">${hint}</p>`}`;
}

/** What went wrong with what was just sent, above the form that is shown again. */
export interface Refusal {
  readonly status: number;
  readonly text: (view: View) => string;
  readonly retryAfterMs: number | null;
}

/** @throws what is no answer to the form: failures of the server, a route that may not be used */
export function refusalOf(error: unknown, request: FastifyRequest): Refusal {
  const { status, failure } = failureOf(error, request);
  if (status >= 500 || failure.code === 'HUB_ACCESS_CONFIRM' || failure.code === 'HUB_ACCESS_FORGED') throw error;
  const wait = isHubError(error) ? error.details['retryAfterMs'] : undefined;
  return { status, text: (view) => view.pick(failure.message), retryAfterMs: typeof wait === 'number' ? wait : null };
}

/** The status of a form that is shown for the first time, or again. */
export function marked(reply: FastifyReply, refusal: Refusal | null): FastifyReply {
  if (refusal?.retryAfterMs != null) reply.header('retry-after', Math.ceil(refusal.retryAfterMs / 1_000));
  return reply.code(refusal?.status ?? 200);
}

export const alertOf = (view: View, refusal: Refusal | null): Part =>
  refusal === null ? null : html`<p class="notice" role="alert">${refusal.text(view)}</p>`;

/** After a form was taken, the page again by GET: to load it again sends nothing twice. */
export const seeOther = (reply: FastifyReply, view: View, path: string): FastifyReply =>
  reply.redirect(view.link(path), 303);
