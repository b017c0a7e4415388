import { expect, test } from '@jest/globals';
import { createTurns, type Turns } from '../../catalog/turns.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';

const never = new AbortController().signal;
const code = (turn: Promise<unknown>): Promise<unknown> =>
  turn.then(
    () => 'taken',
    (error: unknown) => (isHubError(error) ? error.code : (error as Error).name),
  );
/** What has settled when everything that can has. */
const now = (turn: Promise<unknown>): Promise<unknown> =>
  Promise.race([code(turn), new Promise((resolve) => setImmediate(resolve, 'waits'))]);

const open = (waiting: number, waitMs = 60_000): Turns => createTurns({ atOnce: 2, waiting, waitMs });

test('not more at once than allowed; whoever waits comes in order, and each turn ends once', async () => {
  const turns = open(5);
  const [first, second] = [await turns.take(never), await turns.take(never)];
  const [third, fourth] = [turns.take(never), turns.take(never)];
  expect(await now(third)).toBe('waits');
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect([await now(third), await now(fourth)]).toEqual(['taken', 'waits']);
  second[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  (await fourth)[Symbol.dispose]();
  expect(await now(turns.take(never))).toBe('taken');
});

test('too many that wait, and one that waits too long, are told that it is busy', async () => {
  const turns = open(1, 1);
  const held = [await turns.take(never), await turns.take(never)];
  const waiting = turns.take(never);
  expect(await now(turns.take(never))).toBe('HUB_CATALOG_BUSY');
  expect(await code(waiting)).toBe('HUB_CATALOG_BUSY');
  for (const turn of held) turn[Symbol.dispose]();
  expect([await now(turns.take(never)), await now(turns.take(never))]).toEqual(['taken', 'taken']);
});

test('whoever goes away leaves the queue', async () => {
  const turns = open(1);
  const held = await turns.take(never);
  await turns.take(never);
  const gone = new AbortController();
  const waiting = turns.take(gone.signal);
  gone.abort();
  expect(await code(waiting)).toBe('AbortError');
  const next = turns.take(never);
  expect(await now(next)).toBe('waits');
  held[Symbol.dispose]();
  expect(await now(next)).toBe('taken');
  expect(await code(turns.take(gone.signal))).toBe('AbortError');
});
