import { describe, expect, test } from '@jest/globals';
import type { PreparedRecord } from '../../../../pipelines/engine/ingest/prepare.ts';
import { compareVersions, type StoredVersion } from '../../../../pipelines/engine/ingest/versions.ts';
import type { VersionOrder } from '../../../../schemas/stream.ts';

/* Which of two messages about a row is the newer one. */

const MARCH = (day: number): number => Date.UTC(2026, 2, day);
let offset = 0;
const message = (text: string, day: number, deleted = false): PreparedRecord =>
  ({ key: 'k', offset: offset++, hash: text, deleted, observedAt: MARCH(day), issues: [], keys: [] }) as never;
const stored = ({ hash, deleted, observedAt, offset: at }: PreparedRecord): ReadonlyMap<string, StoredVersion> =>
  new Map([['k', { recordId: 1, entityId: 1, naturalId: null, hash, deleted, observedAt, partition: 0, offset: at }]]);

/** What the row says after these, each in a batch of its own or all in one. */
function outcome(order: VersionOrder, messages: readonly PreparedRecord[]): string {
  let known: ReadonlyMap<string, StoredVersion> = new Map();
  for (const one of messages)
    for (const { final } of compareVersions([one], known, 0, { order }).changes) known = stored(final);
  const apart = known.get('k');
  const [together] = compareVersions(messages, new Map(), 0, { order }).changes;
  const say = (one: { hash: string; deleted: boolean } | undefined): string =>
    one === undefined ? 'nothing' : one.deleted ? 'deleted' : one.hash;
  expect(say(together?.final)).toBe(say(apart));
  return say(apart);
}

describe('where each read gives the row as it is by then', () => {
  test('what was read later stays, though the clock of the source was set back two days', () => {
    expect(outcome('read', [message('a', 3), message('b', 1)])).toBe('b');
    expect(outcome('read', [message('a', 3), message('', 1, true)])).toBe('deleted');
  });
  test('a row that was once dated in the future is followed when it changes', () => {
    expect(outcome('read', [message('a', 28), message('b', 2)])).toBe('b');
  });
});

describe('where files come late and out of order', () => {
  test('the newer file stays', () => expect(outcome('file', [message('a', 3), message('b', 1)])).toBe('a'));
  test('a row that comes back after it was found missing is taken', () => {
    expect(outcome('file', [message('a', 1), message('', 3, true), message('b', 2)])).toBe('b');
  });
});

describe('where the sender states times', () => {
  const [create, late, gone] = [
    () => message('created', 1),
    () => message('late', 2),
    () => message('', 3, true),
  ] as const;
  test.each<[string, readonly (() => PreparedRecord)[]]>([
    ['create, delete, late update', [create, gone, late]],
    ['delete, create, late update', [gone, create, late]],
    ['late update, delete, create', [late, gone, create]],
    ['delete alone', [gone]],
  ])('a deletion has its time like any change: %s', (_, makers) => {
    expect(['deleted', 'nothing']).toContain(
      outcome(
        'stated',
        makers.map((make) => make()),
      ),
    );
  });
  test('what is newer than the deletion lives', () => {
    expect(outcome('stated', [message('', 3, true), message('again', 4)])).toBe('again');
  });
});

test('an earlier offset of the same partition is a repetition, whatever the order', () => {
  const [first, second] = [message('a', 1), message('b', 2)];
  for (const order of ['read', 'file', 'stated'] as const)
    expect(compareVersions([first], stored(second), 0, { order })).toMatchObject({ stale: 1, changes: [] });
});
