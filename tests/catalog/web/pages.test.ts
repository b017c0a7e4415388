import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { FRESHNESS } from '../../../catalog/directory/freshness.ts';
import { fill, TEXTS, textOf } from '../../../catalog/texts.ts';
import { escapeHtml, html, textOfHtml } from '../../../catalog/web/html.ts';
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

describe('texts', () => {
  test('every text is there in both languages, and with the same places', () => {
    const places = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    const wrong = Object.entries(TEXTS).filter(
      ([key, { zh, en }]) =>
        zh.trim() === '' || en.trim() === '' || (key !== 'foundOne' && places(zh).join() !== places(en).join()),
    );
    expect(wrong).toEqual([]);
    const latinOnly = Object.entries(TEXTS).filter(
      ([key, { zh }]) => key !== 'otherLanguage' && !/\p{Script=Han}/u.test(zh),
    );
    expect(latinOnly).toEqual([]);
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

  test('pages hold no text of their own', () => {
    const folder = projectPath('catalog', 'web');
    const chinese = readdirSync(folder)
      .filter((name) => name.endsWith('-page.ts') || name === 'layout.ts')
      .filter((name) =>
        /\p{Script=Han}/u.test(readFileSync(`${folder}/${name}`, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')),
      );
    expect(chinese).toEqual([]);
  });

  test('places are filled once', () => {
    expect(fill('{a} {b} {c}', { a: '{b}', b: 2 })).toBe('{b} 2 {c}');
  });
});

describe('view', () => {
  test('links keep the language and encode values', () => {
    expect(createView('en', '/').link('/', { q: '企业 &a', base: '', limit: 20 })).toBe(
      '/?q=%E4%BC%81%E4%B8%9A+%26a&limit=20&lang=en',
    );
    expect(createView('zh', '/').link('/resources/x')).toBe('/resources/x');
    expect(withQuery('/?q=a', { lang: 'en' })).toBe('/?q=a&lang=en');
  });

  test('times are those of the province', () => {
    expect(createView('zh', '/').time('2024-05-01T16:30:00Z')).toBe('2024-05-02 00:30');
    expect(createView('zh', '/').number(1234567)).toBe('1,234,567');
  });
});

test('the style sheet loads nothing from elsewhere', () => {
  const style = readFileSync(projectPath('catalog', 'web', 'style.css'), 'utf8');
  expect(style).not.toMatch(/@import|url\(|https?:/);
});
