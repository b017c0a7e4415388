import { expect } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { systemOf } from './fake-source.ts';
import { failingLog, type PullWorld } from './pull-world.ts';

/** A source of one stream `one` with rows of id, value and time of change, in seconds; windows reach back 300 of them. */
export interface Repeater {
  readonly system: string;
  open(): Promise<Source>;
  put(id: string, v: string, seconds: number | null): Promise<void>;
  remove(id: string): Promise<void>;
  /** It lists its keys, so that deletes are found. Default true. */
  readonly deletesShow?: boolean;
  /** No row is without its time. */
  readonly alwaysDated?: boolean;
}

/** Whatever the source: each run is another worker, and what it appends is what really changed. */
export async function tellTheStory(world: PullWorld, source: Repeater): Promise<void> {
  const { system, deletesShow = true, alwaysDated = false } = source;
  const spec = systemOf(system, { one: deletesShow ? { base: 'legal-entity', detectDeletes: true } : {} });
  await world.systems.apply(spec);
  const known = new Set<string>();
  const pull = async (change: object = {}) => {
    await using opened = await source.open();
    const result = await world.pullApplied(spec, opened, {
      knownKeys: async function* (_system: string, _stream: string, present: AsyncIterable<readonly string[]>) {
        const here = new Set<string>();
        for await (const keys of present) for (const key of keys) here.add(key);
        const gone = [...known].filter((key) => !here.has(key));
        if (gone.length > 0) yield gone;
        known.clear();
        for (const key of here) known.add(key);
      },
      ...change,
    });
    const [one] = result.streams;
    expect(one?.read).toBe((one?.appended ?? 0) + (one?.unchanged ?? 0) + (one?.rejected ?? 0));
    return one?.appended;
  };
  const appendsOnce = async (count: number): Promise<void> => {
    expect(await pull()).toBe(count);
    for (let i = 0; i < 2; i++) expect(await pull()).toBe(0);
  };
  const valuesOf = async (id: string): Promise<readonly unknown[]> =>
    (await world.records(`raw.${system}.one`))
      .filter(({ key }) => key === id)
      .map(({ value }) => value?.['v'] ?? value?.['V'] ?? null);

  // many rows of one moment, and then quiet
  for (let i = 0; i < 11; i++) await source.put(`k${i}`, 'first', 1_000);
  await appendsOnce(11);

  await source.put('late', 'committed late, with an earlier time', 990);
  await appendsOnce(1);

  await source.put('k1', 'changed, its time not', 1_000);
  await appendsOnce(1);

  await source.put('k2', 'there', 1_001);
  await appendsOnce(1);
  await source.put('k2', 'first', 1_000);
  await appendsOnce(1);
  expect(await valuesOf('k2')).toEqual(['first', 'there', 'first']);

  if (deletesShow) {
    await source.remove('k3');
    await appendsOnce(0);
    await source.put('k3', 'first', 1_000);
    await appendsOnce(1);
    expect(await valuesOf('k3')).toEqual(['first', null, 'first']);
  } else {
    await source.remove('k3');
    await source.put('k3', 'first', 1_000);
    await appendsOnce(0);
  }

  if (!alwaysDated) {
    await source.put('undated', 'a', null);
    await appendsOnce(1);
    await source.put('undated', 'b', null);
    await appendsOnce(1);
  }

  for (const when of ['before', 'after'] as const) {
    await source.put('k4', `${when} the break`, 1_002);
    const down = new HubError('HUB_LOG_UNAVAILABLE', 'the brokers are gone');
    await expect(pull({ log: failingLog(world.log, 1, when, down) })).rejects.toBe(down);
    await pull();
    await appendsOnce(0);
    expect((await valuesOf('k4')).at(-1)).toBe(`${when} the break`);
  }

  // what broke off behind its append, and goes back to what it was
  await source.put('k7', 'there', 1_002);
  const gone = new HubError('HUB_LOG_UNAVAILABLE', 'the brokers are gone');
  await expect(pull({ log: failingLog(world.log, 1, 'after', gone) })).rejects.toBe(gone);
  await source.put('k7', 'first', 1_000);
  // The pass that broke off is ended where it stood; the next one finds what went back behind it.
  await pull();
  await pull();
  await appendsOnce(0);
  expect(await valuesOf('k7')).toEqual(['first', 'there', 'first']);

  // the window moves on: all but the last rows leave it
  await source.put('k5', 'later', 5_000);
  await appendsOnce(1);
  await source.put('k6', 'later', 5_001);
  await appendsOnce(1);
}
