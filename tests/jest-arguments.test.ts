import { expect, test } from '@jest/globals';
import { buildArgv } from 'jest';
import { yargsOptions } from 'jest-cli';
import { chosenFiles, jestArguments, readRequest, servicesOf } from './jest-arguments.ts';

const OWN = ['--config', 'jest.config.mjs', '--json', '--outputFile', 'result.json'];
const FAST = '\\.([a-z]+)\\.test\\.js$';

/** What jest itself understands of the arguments we hand it. */
async function asJestReads(...args: string[]): Promise<Record<string, unknown>> {
  const argv = await buildArgv([...jestArguments(readRequest(args, yargsOptions), OWN)]);
  const { _: patterns, testPathIgnorePatterns: ignored, testNamePattern: name, runInBand, reporters, config } = argv;
  return Object.fromEntries(
    Object.entries({ patterns, ignored, name, runInBand, reporters, config }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

const all = { patterns: [], config: 'jest.config.mjs' };

test.each<[string, string[], Record<string, unknown>]>([
  ['nothing', [], all],
  ['a pattern', ['architecture'], { ...all, patterns: ['architecture'] }],
  ['two patterns', ['architecture', 'readme'], { ...all, patterns: ['architecture', 'readme'] }],
  ['the fast lane', ['--fast'], { ...all, ignored: [FAST] }],
  [
    'the fast lane and a pattern: the pattern, not everything but the pattern',
    ['--fast', 'architecture'],
    { ...all, ignored: [FAST], patterns: ['architecture'] },
  ],
  [
    'the fast lane and a pattern as one word',
    ['--fast=architecture'],
    { ...all, ignored: [FAST], patterns: ['architecture'] },
  ],
  [
    'a pattern and the fast lane',
    ['architecture', 'readme', '--fast'],
    { ...all, ignored: [FAST], patterns: ['architecture', 'readme'] },
  ],
  ['an option with a value', ['-t', 'a name', 'architecture'], { ...all, name: 'a name', patterns: ['architecture'] }],
  ['an option with its value attached', ['-t=a name', 'x'], { ...all, name: 'a name', patterns: ['x'] }],
  ['an option in words', ['--test-name-pattern', 'a', 'x'], { ...all, name: 'a', patterns: ['x'] }],
  ['an option without a value', ['--runInBand', 'x'], { ...all, runInBand: true, patterns: ['x'] }],
  ['an option without a value, told one', ['-i', 'false', 'x'], { ...all, runInBand: false, patterns: ['x'] }],
  [
    'an option that takes a list, before a pattern',
    ['--testPathIgnorePatterns', 'slow', 'log'],
    { ...all, ignored: ['slow'], patterns: ['log'] },
  ],
  [
    'an option that takes a list, twice, in the fast lane',
    ['--testPathIgnorePatterns', 'slow', '--testPathIgnorePatterns', 'old', '--fast', 'log'],
    { ...all, ignored: ['slow', 'old', FAST], patterns: ['log'] },
  ],
  ['another list', ['--reporters', 'default', 'log'], { ...all, reporters: ['default'], patterns: ['log'] }],
  ['patterns behind --', ['--fast', '--', 'log', '-x'], { ...all, ignored: [FAST], patterns: ['log', '-x'] }],
  ['a file by its source', ['tests/readme.test.ts'], { ...all, patterns: ['tests/readme.test.js'] }],
])('npm test with %s', async (_, args, expected) => {
  expect(await asJestReads(...args)).toEqual(expected);
});

const FILES = ['tests/a.test.js', 'tests/log/b.pg.test.js', 'tests/log/c.kafka.test.js'].map((file) => `/x/${file}`);

test('a pattern that matches nothing is known before anything starts, also when only the fast lane has nothing', () => {
  const chosen = (...args: string[]): unknown =>
    Object.fromEntries(chosenFiles(readRequest(args, yargsOptions), FILES));
  expect(chosen('LOG', 'nonsense')).toEqual({ LOG: [FILES[1], FILES[2]], nonsense: [] });
  expect(chosen('--fast', 'log', 'a.test')).toEqual({ log: [], 'a.test': [FILES[0]] });
  expect(chosen()).toEqual({});
});

test('patterns start the services that their files need and no others', () => {
  expect(servicesOf([FILES[0] as string])).toEqual([]);
  expect(servicesOf([FILES[1] as string])).toEqual(['postgres']);
  expect(servicesOf(FILES)).toEqual(['postgres', 'kafka']);
});
