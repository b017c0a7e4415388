import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { NOBODY } from '../../../catalog/access/principal.ts';
import { FRESHNESS } from '../../../catalog/directory/freshness.ts';
import { fill, TEXTS, type Texts, textOf } from '../../../catalog/texts.ts';
import { FAILURE_TEXTS } from '../../../catalog/web/failure-page.ts';
import { escapeHtml, html, textOfHtml } from '../../../catalog/web/html.ts';
import { PAGES } from '../../../catalog/web/pages.ts';
import { createView, withQuery } from '../../../catalog/web/view.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { REVIEW_KINDS } from '../../../schemas/linkage.ts';
import { SHARING, UPDATE_CYCLES } from '../../../schemas/system.ts';

describe('html', () => {
  test('text is escaped wherever it stands', () => {
    const evil = `<script>"'&`;
    expect(textOfHtml(html`<a title="${evil}">${[evil, html`<b>${evil}</b>`]}</a>`)).toBe(
      `<a title="${escapeHtml(evil)}">${escapeHtml(evil)}<b>${escapeHtml(evil)}</b></a>`,
    );
    expect(escapeHtml(evil)).toBe('&lt;script&gt;&quot;&#39;&amp;');
  });

  test('nothing leaves nothing, and zero is something', () => {
    expect(textOfHtml(html`${null}${undefined}${false}${0}${[]}`)).toBe('0');
  });

  test('an object of another kind cannot pass for markup', () => {
    const forged = JSON.parse('{"html":"<b>"}') as string;
    expect(textOfHtml(html`${forged}`)).not.toContain('<b>');
  });
});

/** Texts by who shows them: several pages, one page, or the page of failures. */
const TOLD: readonly (readonly [where: string, texts: Texts])[] = [
  ['texts.ts', TEXTS],
  ['failure-page.ts', FAILURE_TEXTS],
  ...PAGES.map(({ texts }, at) => [`page ${at}`, texts] as const),
];
const PAGES_FOLDER = projectPath('catalog', 'web', 'pages');
const pageFiles = readdirSync(PAGES_FOLDER).filter((name) => name.endsWith('.ts'));
const sourceOf = (name: string): string => readFileSync(join(PAGES_FOLDER, name), 'utf8');

describe('texts', () => {
  test.each(TOLD)('every text of %s is there in both languages, and with the same places', (_where, texts) => {
    const places = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    const wrong = Object.entries(texts).filter(
      ([key, { zh, en }]) =>
        zh.trim() === '' || en.trim() === '' || (key !== 'foundOne' && places(zh).join() !== places(en).join()),
    );
    expect(wrong).toEqual([]);
    const latinOnly = Object.entries(texts).filter(
      ([key, { zh }]) => key !== 'otherLanguage' && !/\p{Script=Han}/u.test(zh),
    );
    expect(latinOnly).toEqual([]);
  });

  test('a page is a file and a line in the list, with texts of its own that no other text hides', () => {
    expect(pageFiles).toHaveLength(PAGES.length);
    for (const { texts } of PAGES) {
      expect(Object.keys(texts)).not.toEqual([]);
      expect(Object.keys(texts).filter((key) => Object.hasOwn(TEXTS, key))).toEqual([]);
      const view = createView('en', '/', NOBODY, texts);
      expect(Object.keys(texts).filter((key) => view.t(key) === key && texts[key]?.en !== key)).toEqual([]);
    }
  });

  test('a text that one page alone shows is beside that page', () => {
    const elsewhere = readdirSync(projectPath('catalog'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && name !== 'texts.ts' && !name.startsWith(join('web', 'pages')))
      .map((name) => readFileSync(projectPath('catalog', name), 'utf8'));
    const shownBy = (key: string): readonly string[] => pageFiles.filter((name) => sourceOf(name).includes(`'${key}'`));
    const misplaced = Object.keys(TEXTS).filter(
      (key) =>
        !key.includes('.') &&
        shownBy(key).length < 2 &&
        !elsewhere.some((source) => new RegExp(`'${key}'|TEXTS\\.${key}\\b`).test(source)),
    );
    expect(misplaced).toEqual([]);
  });

  test('every value that can be shown has its text', () => {
    const named = (kind: Parameters<typeof textOf>[0], values: readonly string[]): readonly string[] =>
      values.filter((value) => textOf(kind, value).zh === value);
    expect(named('sharing', SHARING)).toEqual([]);
    expect(named('cycle', UPDATE_CYCLES)).toEqual([]);
    expect(named('freshness', FRESHNESS)).toEqual([]);
    expect(named('severity', ['F', 'E', 'W', 'I'])).toEqual([]);
    const rules = ['only', 'agreed', 'authority', 'verified', 'recent', 'complete', 'tie', 'with', 'steward'];
    expect(named('rule', rules)).toEqual([]);
    expect(named('review', REVIEW_KINDS)).toEqual([]);
  });

  test('a value without a text is shown as it is', () => {
    expect(textOf('rule', 'toString')).toEqual({ zh: 'toString', en: 'toString' });
  });

  test('pages say nothing but by their texts', () => {
    const chinese = pageFiles.filter((name) =>
      /\p{Script=Han}/u.test(
        sourceOf(name)
          .replaceAll(/\/\*[\s\S]*?\*\//g, '')
          .replace(/const TEXTS = \{[\s\S]*?\n\} as const/, ''),
      ),
    );
    expect(chinese).toEqual([]);
  });

  test('places are filled once', () => {
    expect(fill('{a} {b} {c}', { a: '{b}', b: 2 })).toBe('{b} 2 {c}');
  });
});

describe('view', () => {
  test('links keep the language and encode values', () => {
    expect(createView('en', '/', NOBODY).link('/', { q: '企业 &a', base: '', limit: 20 })).toBe(
      '/?q=%E4%BC%81%E4%B8%9A+%26a&limit=20&lang=en',
    );
    expect(createView('zh', '/', NOBODY).link('/resources/x')).toBe('/resources/x');
    expect(withQuery('/?q=a', { lang: 'en' })).toBe('/?q=a&lang=en');
  });

  test('times are those of the province', () => {
    expect(createView('zh', '/', NOBODY).time('2024-05-01T16:30:00Z')).toBe('2024-05-02 00:30');
    expect(createView('zh', '/', NOBODY).number(1234567)).toBe('1,234,567');
  });
});

test('the style sheet loads nothing from elsewhere', () => {
  const style = readFileSync(projectPath('catalog', 'web', 'style.css'), 'utf8');
  expect(style).not.toMatch(/@import|url\(|https?:/);
});
