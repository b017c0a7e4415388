import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { hub } from '../../journeys/program.ts';
import { testFolder } from '../files/folder.ts';

test('hub check says what it does not promise, for people and for programs', async () => {
  await using folder = await testFolder();
  await folder.write('a.csv', 'ID,NAME\n1,a\n');
  const file = join(folder.path, 'first.yaml');
  await writeFile(
    file,
    `system: first
title: { zh: 甲, en: A }
owner: { name: 厅, uscc: '116300000150040478' }
authority: quality-supervision
connector: csv
connection: { folder: '${folder.path}', stableSeconds: 0 }
streams:
  rows: { title: rows, source: { files: '*.csv', encoding: utf-8, key: [ID] } }
`,
  );
  const text = await hub(['check', file], {}, folder.path);
  expect([text.code, text.stdout]).toEqual([0, expect.stringContaining('Nothing to mend.')]);
  expect(text.stdout).toContain('- not promised (complete): A CSV does not say how many rows it has');
  const json = await hub(['check', file, '--json'], {}, folder.path);
  const { notPromised } = JSON.parse(json.stdout) as { notPromised: readonly { promise: string }[] };
  expect(notPromised.map(({ promise }) => promise)).toEqual(['complete', 'news', 'deletes', 'time']);
});
