import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { projectPath } from '../../schemas/kernel/paths.ts';
import { type Html, html, textOfHtml } from './html.ts';
import { type View, withQuery } from './view.ts';

export const STYLE: string = readFileSync(projectPath('catalog', 'web', 'style.css'), 'utf8');
/** Changes with the text, so that browsers may keep it. */
export const STYLE_PATH = `/assets/style-${createHash('sha256').update(STYLE).digest('hex').slice(0, 10)}.css`;

/** Three rivers. */
export const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" height="36"><rect width="32" height="32" rx="5" fill="#17457a"/>' +
  '<g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"><path d="M5 10c4-4 7 4 11 0s7 4 11 0"/>' +
  '<path d="M5 17c4-4 7 4 11 0s7 4 11 0"/><path d="M5 24c4-4 7 4 11 0s7 4 11 0"/></g></svg>';
const ICON = `data:image/svg+xml,${encodeURIComponent(ICON_SVG)}`;

/** A page with everything around it. */
export interface Framed {
  readonly title: string;
  readonly content: Html;
  /** Bases for the navigation. */
  readonly bases: readonly { readonly name: string; readonly title: { readonly zh: string; readonly en: string } }[];
}

export function layout(view: View, { title, content, bases }: Framed): string {
  const { t, lang } = view;
  const other = lang === 'zh' ? 'en' : 'zh';
  const page = html`<html lang="${lang === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${t('siteName')}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<a class="skip" href="#main">${t('skip')}</a>
<header class="site">
<div class="wrap">
<a class="brand" href="${view.link('/')}"><img src="${ICON}" alt="" width="36" height="36"><span><strong>${t('siteName')}</strong><small>${t('platform')}</small></span></a>
<nav aria-label="${t('siteName')}">
<a href="${view.link('/')}">${t('directory')}</a>
${bases.map((base) => html`<a href="${view.link(`/bases/${base.name}`)}">${view.pick(base.title)}</a>`)}
${view.may('quality.read') && html`<a href="${view.link('/quality')}">${t('quality')}</a>`}
${view.who !== null && view.may('people.manage') && html`<a href="${view.link('/people')}">${t('people')}</a>`}
${view.who !== null && view.may('organisation.manage') && html`<a href="${view.link('/organisations')}">${t('organisations')}</a>`}
<a href="/api/docs">${t('apiDocs')}</a>
<a href="${withQuery(view.here, { lang: other })}" lang="${other === 'zh' ? 'zh-CN' : 'en'}" hreflang="${other === 'zh' ? 'zh-CN' : 'en'}">${t('otherLanguage')}</a>
${view.who === null ? !view.may('directory.read') && html`<a href="${view.link('/sign-in', { next: view.here })}">${t('signIn')}</a>` : html`<a href="${view.link('/me')}">${view.who.name}</a>`}
</nav>
</div>
</header>
<main id="main" class="wrap">
${content}
</main>
<footer class="site"><div class="wrap"><p>${t('platform')}</p><p>${t('footer')}</p></div></footer>
</body>
</html>`;
  return `<!DOCTYPE html>\n${textOfHtml(page)}\n`;
}
