import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../../runner/settings/config.ts';
import { describePolicies } from '../../../runner/tidy/policies.ts';

test('the page about tidying says what the policies say', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../runner/tidy/README.md'), 'utf8');
  const { goes, kept } = describePolicies(loadConfig({ env: {} }).keep);
  expect(page).toContain(`|---|---|---|---|\n${goes}\n`);
  expect(page).toContain(`|---|---|\n${kept}\n`);
});
