import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { CONNECTORS } from '../../connectors/index.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';

/* What is asked of each connector of the list, so that none is forgotten. */

const TYPES = Object.keys(CONNECTORS).sort();

/** Texts of the test files below tests/connectors that run the contract of sources, and how they name what runs. */
const runs = readdirSync(projectPath('tests/connectors'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(projectPath(`tests/connectors/${name}`), 'utf8'))
  .filter((text) => text.includes('sourceContract('));

test.each(TYPES)('%s runs the contract of sources', (type) => {
  const isOpened = (text: string): boolean =>
    new RegExp(`from '[./]*/connectors/${type}/(connector|config)\\.ts'`).test(text);
  expect(runs.filter(isOpened).length).toBeGreaterThan(0);
});

test.each(
  TYPES.filter((type) => readFileSync(projectPath(`connectors/${type}/connector.ts`), 'utf8').includes('fileSource(')),
)('%s, which reads files, is tried with a broken file among good ones', (type) => {
  const own = runs.filter((text) => text.includes(`/connectors/${type}/connector.ts'`));
  expect(own.some((text) => text.includes('brokenFiles'))).toBe(true);
});

/** Texts of the tests that try servers which fall silent. */
const silences = readdirSync(projectPath('tests/connectors'))
  .filter((name) => /^network\b.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(projectPath(`tests/connectors/${name}`), 'utf8'));

test.each(
  TYPES.filter((type) =>
    /from '\.\.\/(http|sql)\//.test(readFileSync(projectPath(`connectors/${type}/connector.ts`), 'utf8')),
  ),
)('%s, which reads over a network, is tried with a server that falls silent', (type) => {
  const isTried = (text: string): boolean =>
    text.includes('networkContract(') && text.includes(`/connectors/${type}/connector.ts'`);
  expect(silences.some(isTried)).toBe(true);
});

const readmeOf = (type: string): string => readFileSync(projectPath(`connectors/${type}/README.md`), 'utf8');

/** A table with a column that says how values travel, or for formats of one type what they become. */
const TYPE_MAP = /^\|.*\b(travels as|becomes)\b.*\|\n\|[-| ]+\|\n\|.*\|/m;

test.each(TYPES)('the README of %s has a table of types, and says how it is configured', (type) => {
  const text = readmeOf(type);
  expect(text).toMatch(TYPE_MAP);
  expect(text).toContain(`connector: ${type}`);
});

test('the list of connectors in the README of the folder is complete', () => {
  const text = readFileSync(projectPath('connectors/README.md'), 'utf8');
  expect(TYPES.filter((type) => !text.includes(`\`${type}/\``))).toEqual([]);
});
