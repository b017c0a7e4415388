import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSystemFile } from '../../../runner/control/system-file.ts';
import { worldSystemFiles } from '../../../runner/demo/stage.ts';
import { redactText } from '../../../runner/settings/secrets.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';
import { propertySeed } from '../../contracts/source.contract.ts';

/* What somebody reads who has written a system file in the wrong shape. */

const messageOf = (change: object | string): string => {
  const spec = {
    ...{ system: 'some', title: { zh: '数', en: 'some' }, owner: { name: '局', uscc: '11630000015000126U' } },
    ...{ authority: 'a', connector: 'csv', connection: { folder: '/x' }, schedule: '0 2 * * *' },
    streams: { rows: { title: '行', source: { files: '*.csv', encoding: 'utf-8', key: ['id'] } } },
  };
  try {
    readSystemFile(typeof change === 'string' ? change : JSON.stringify({ ...spec, ...change }), 's.yaml');
    return 'valid';
  } catch (error) {
    return (error as Error).message;
  }
};
const source = (change: object) => ({
  streams: { rows: { title: '行', source: { files: '*.csv', encoding: 'utf-8', key: ['id'], ...change } } },
});

/** How libraries speak of themselves. */
const LIBRARY =
  /expected \w+, received|Invalid (?:input|string|key|option|element)|Too (?:big|small)|undefined|\[object/;

describe('each wrong shape is told in words of the file', () => {
  test.each<[string, object, RegExp]>([
    ['text in the place of a group', { title: 'x' }, /title: must be a group of settings.*given "x".*allowed: zh, en/],
    ['text in the place of a list', source({ key: 'id' }), /source\.key: must be a list.*given "id"/],
    ['a number in the place of text', { authority: 7 }, /authority: must be text; write it in quotes.*given 7/],
    ['two characters for one', source({ delimiter: ';;' }), /source\.delimiter: .*given ";;"/],
    ['an empty list', source({ key: [] }), /must have at least 1 item/],
    ['a name that is none', { streams: { 数据: {} } }, /数据 cannot be a name here: lower-case letters/],
    ['a setting that is not there', source({ delimeter: ',' }), /no such setting; did you mean delimiter/],
    ['a choice that is none', source({ remote: 1 }), /no such setting/],
    ['nothing', { owner: undefined }, /owner: is missing/],
  ])('%s', (_, change, says) => {
    const message = messageOf(change);
    expect(message).toMatch(says);
    expect(message).not.toMatch(LIBRARY);
  });
  test('data in the place of a system file', () => expect(messageOf('id,v\n1,x\n')).not.toMatch(LIBRARY));
});

test('whatever is broken in a system file, the answer names the place and speaks of no library', async () => {
  const seed = propertySeed('words');
  const files = await worldSystemFiles();
  const wrong = fc.constantFrom<unknown>(7, 'x', '', null, true, [], {}, [1], { a: 1 }, -1, 1e9, '\\t');
  const paths = (value: unknown, at: readonly string[] = []): (readonly string[])[] =>
    typeof value !== 'object' || value === null
      ? [at]
      : [at, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...at, key]))];
  fc.assert(
    fc.property(fc.nat({ max: files.length - 1 }), fc.nat(), wrong, (which, pick, value) => {
      const spec = structuredClone(files[which]) as unknown as Record<string, unknown>;
      const all = paths(spec).filter((path) => path.length > 0);
      const path = all[pick % all.length] as readonly string[];
      let at = spec;
      for (const step of path.slice(0, -1)) at = at[step] as Record<string, unknown>;
      at[path.at(-1) as string] = value;
      try {
        readSystemFile(JSON.stringify(spec), 's.yaml');
      } catch (error) {
        expect(isHubError(error)).toBe(true);
        expect([path.join('.'), value, (error as Error).message]).not.toEqual([
          path.join('.'),
          value,
          expect.stringMatching(LIBRARY),
        ]);
        expect((error as Error).message).toMatch(/s\.yaml/);
      }
    }),
    { seed, numRuns: 400 },
  );
});

test.each([
  ['http://x.example/a?token=CLEAR&page=1', 'http://x.example/a?token=***&page=1'],
  ['https://x.example/a?page=1&apiKey=CLEAR', 'https://x.example/a?page=1&apiKey=***'],
  ['http://u:CLEAR@x.example/a?size=5', 'http://u:***@x.example/a?size=5'],
])('secrets in an address are not said again: %s', (address, shown) => expect(redactText(address)).toBe(shown));
