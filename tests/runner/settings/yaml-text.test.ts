import { expect, test } from '@jest/globals';
import { parseYaml } from '../../../runner/settings/yaml-text.ts';

const LIBRARY = /YAML\.|parseAllDocuments|Maximum call stack|compact mapping|resource exhaustion|Implicit keys/;

function refusal(text: string): string {
  try {
    parseYaml(text, 'f.yaml');
    return 'taken';
  } catch (error) {
    expect(error).toMatchObject({ code: 'HUB_CONFIG_INVALID' });
    return (error as Error).message;
  }
}

test.each([
  ['two documents', 'a: 1\n---\nb: 2\n', /line 2: a second document begins here.*a file of its own/],
  ['a second one after an end', 'a: 1\n...\nb: 2\n', /line 3: a second document/],
  ['a name twice', 'a: 1\nb: 2\na: 3\n', /line 3: this name stands twice/],
  ['a tab', 'a:\n\tb: 1\n', /line 2: a tab is no indent/],
  ['a line too far in', 'a: 1\n  b: 2\n', /line 1: a name with `:` stands where a value has begun/],
  ['a colon in a text', 'a: 1\nb: x: y\n', /line 2: a name with `:`.*wants quotes/],
  ['a bomb of aliases', `a: &a [x]\nb: [${'*a,'.repeat(300)}]\n`, /aliases \(\*name\) stand for more than 100 copies/],
])('%s is told with its line and in words of the file', (_, text, says) => {
  expect(refusal(text)).toMatch(says);
  expect(refusal(text)).not.toMatch(LIBRARY);
});

// The parser calls itself at each level: before it, the first of these ended the process, and none was told with its line.
test.each([
  ['lists in brackets', `\n${'['.repeat(100_000)}${']'.repeat(100_000)}`, 2],
  ['brackets that never close', '['.repeat(500_000), 1],
  ['groups in braces', `${'{a: '.repeat(5_000)}x${'}'.repeat(5_000)}`, 1],
  ['lists on one line', '- '.repeat(100_000), 1],
  ['names on one line', `a: 1\n${'? '.repeat(100_000)}`, 2],
  ['lines ever further in', Array.from({ length: 1_300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 602],
  [
    'both at once',
    `${'- '.repeat(299)}\n${Array.from({ length: 300 }, (_, i) => `${' '.repeat(600 + i)}- `).join('\n')}`,
    3,
  ],
])('%s are refused with the line', (_, text, line) => {
  const startedAt = performance.now();
  expect(refusal(text)).toBe(`f.yaml is not valid YAML: line ${line}: it is nested deeper than 60 levels`);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('what only looks deep is taken: brackets in texts, wide indents of texts and of brackets', () => {
  const open = '['.repeat(100);
  const wide = ' '.repeat(2_000);
  const text = `a: "${open}"\nb: ${'x['.repeat(100)}\nc: |\n  x\n  ${wide}${open}\nd: [1,\n${wide}2]\n# ${open}\ne: >\n  ${open}\n`;
  expect(parseYaml(text, 'f.yaml').value).toEqual({
    ...{ a: open, b: 'x['.repeat(100), c: `x\n${wide}${open}\n`, d: [1, 2], e: `${open}\n` },
  });
});
