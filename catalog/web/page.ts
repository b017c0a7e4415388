import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import { NOBODY } from '../access/principal.ts';
import type { Cached } from '../cached.ts';
import type { Directory } from '../directory/directory.ts';
import type { CatalogBase } from '../options.ts';
import type { Quality } from '../quality/quality.ts';
import type { Text, Texts } from '../texts.ts';
import { type Framed, layout } from './layout.ts';
import { createView, type View } from './view.ts';

/** What pages show. */
export interface Site {
  readonly bases: readonly CatalogBase[];
  readonly directory: Directory;
  readonly quality: Cached<Quality>;
  /** null: whoever reaches the catalog is answered, and nobody signs in. */
  readonly access: Access | null;
}

/** One page of the site: its routes, and the texts that it alone shows. */
export interface Page {
  readonly texts: Texts;
  /** @param server what is added to it (a parser, a hook) is of this page alone. */
  register(server: FastifyInstance, site: Site): void;
}

/** What is said in the language of the request. @param own texts of the page. */
export function viewOf<Own extends string = never>(
  { url, principal }: FastifyRequest,
  own?: Readonly<Record<Own, Text>>,
): View<Own> {
  const [, path = '/', query = ''] = /^(\/[^?]*)\??(.*)$/s.exec(url) ?? [];
  const asked = new URLSearchParams(query);
  const lang = asked.get('lang') === 'en' ? 'en' : 'zh';
  asked.delete('lang');
  return createView(lang, asked.size === 0 ? path : `${path}?${asked}`, principal ?? NOBODY, own);
}

export const sendPage = (reply: FastifyReply, view: View, page: Framed): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(layout(view, page));
