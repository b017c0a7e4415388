import { expect, test } from '@jest/globals';
import { scorecards } from '../../../../pipelines/engine/reports/scorecard.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { openScene } from '../scene.ts';

test('a scorecard counts records, not findings, and leaves deleted ones out', async () => {
  await using scene = await openScene(population);
  const issue = (rule: string, severity: string, attribute = 'name') => ({ rule, severity, attribute, message: 'm' });
  const issues = (...all: object[]): { issues: string } => ({ issues: JSON.stringify(all) });
  const source = await scene.source('shield');
  await scene.take(source, [
    { key: '1', name: 'a' },
    { key: '2', name: 'b', ...issues(issue('P18', 'I')) },
    { key: '3', name: 'c', ...issues(issue('P20', 'W'), issue('P20', 'W', 'formerName'), issue('P13', 'E', 'sex')) },
    { key: '4', name: 'd', ...issues(issue('P20', 'W')) },
    { key: '5', name: 'e', ...issues(issue('P13', 'E', 'sex')) },
  ]);
  await scene.take(source, [{ key: '5', at: 1_700_000_000_001, deleted: true }]);
  await scene.source('empty');
  const [none, card] = await scorecards(scene.pool, 'population', population.rules);
  expect(none).toMatchObject({ system: 'empty', records: 0, clean: 0, rules: [] });
  expect(card).toMatchObject({ system: 'shield', records: 4, clean: 2, errors: 1, warnings: 2, quarantined: 0 });
  expect(card?.rules.map(({ rule, severity, records }) => `${rule} ${severity} ${records}`)).toEqual([
    'P20 W 2',
    'P13 E 1',
    'P18 I 1',
  ]);
  expect(card?.rules[0]?.title).toBe(population.rules.find(({ id }) => id === 'P20')?.title);
});
