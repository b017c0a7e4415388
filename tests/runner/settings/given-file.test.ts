import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readGiven, writeGiven } from '../../../runner/settings/given-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-given-'));
  mkdirSync(join(folder, 'inner'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const refused = (says: RegExp) =>
  expect.objectContaining({ code: 'HUB_ARGUMENT_INVALID', message: expect.stringMatching(says) });

test('a file is written once and read', () => {
  const path = join(folder, 'a.yaml');
  writeGiven(path, 'a: 1\n');
  expect(readGiven(path)).toBe('a: 1\n');
  expect(() => writeGiven(path, 'b: 2\n')).toThrow(refused(/a\.yaml cannot be written: it is there already/));
  expect(readFileSync(path, 'utf8')).toBe('a: 1\n');
});

test.each([
  ['none.yaml', /none\.yaml cannot be read: there is no such file/],
  ['inner', /inner cannot be read: it is a folder/],
  ['a.yaml/b', /cannot be read: a part of its path is no folder/],
])('%s is refused in words, with its name', (name, says) => {
  expect(() => readGiven(join(folder, name))).toThrow(refused(says));
});

test.each([
  ['none/d.yaml', /d\.yaml cannot be written: there is no such file or folder/],
  ['inner', /inner cannot be written: it is (?:there already|a folder)/],
])('a draft cannot go to %s', (name, says) => {
  expect(() => writeGiven(join(folder, name), 'x')).toThrow(refused(says));
});
