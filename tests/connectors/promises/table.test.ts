import { expect, test } from '@jest/globals';
import { CONNECTORS } from '../../../connectors/index.ts';
import { PROMISED, PROMISES, type Promised, type PromiseName } from '../../../connectors/promises.ts';
import { expectGenerated } from '../../support/generated.ts';
import { CASES } from './cases.ts';

const TYPES = Object.keys(CONNECTORS).sort();
const NAMES = Object.keys(PROMISES) as PromiseName[];

const answerOf = (type: string, name: PromiseName): Promised => (PROMISED[type] as (typeof PROMISED)[string])[name];

test('there is an answer for every connector and every promise', () => {
  expect(Object.keys(PROMISED).sort()).toEqual(TYPES);
  for (const type of TYPES) expect(Object.keys(PROMISED[type] ?? {}).sort()).toEqual([...NAMES].sort());
});

test('each promise that is made is broken by a case, and no other', () => {
  const made = TYPES.flatMap((type) =>
    NAMES.flatMap((name) => ('promised' in answerOf(type, name) ? [`${type} ${name}`] : [])),
  );
  const broken = [...new Set(CASES.map(({ connector, promise }) => `${connector} ${promise}`))];
  expect(broken.sort()).toEqual(made.sort());
});

const inWords = (answer: Promised): string => {
  if ('not' in answer) return `**no.** ${answer.not}`;
  if ('none' in answer) return `nothing to promise: ${answer.none}`;
  return answer.promised === '' ? 'yes' : `yes, ${answer.promised}`;
};

test('the README has the table', () => {
  const lines = NAMES.flatMap((name) => {
    const byAnswer = new Map<string, string[]>();
    for (const type of TYPES) {
      const words = inWords(answerOf(type, name));
      byAnswer.set(words, [...(byAnswer.get(words) ?? []), `\`${type}\``]);
    }
    return [...byAnswer].map(
      ([words, types], at) =>
        `| ${at === 0 ? `**${name}**: ${PROMISES[name]}` : ''} | ${types.join(', ')} | ${words} |`,
    );
  });
  expectGenerated('connectors/README.md', 'promises', [
    '| promise | connector | promised |',
    '|---|---|---|',
    ...lines,
  ]);
});
