import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EventLog, Position } from '../../runner/log/event-log.ts';
import { bytes, eventLogHarness, numbered, range, type StoredLog, values } from './event-log-harness.ts';

const TIMEOUT_MS = 90_000;

/**
 * What every EventLog does about the lives of its topics, about what it no longer has, and about what it has again after
 * an older state of it was restored. Part of `eventLogContract`.
 */
export function eventLogKeptContract(name: string, open: () => Promise<EventLog>, stored: StoredLog): void {
  describe(`event log contract, what is kept: ${name}`, () => {
    const { opened, controller, withTopic, take, member, until, close } = eventLogHarness(open);
    afterEach(close, TIMEOUT_MS);

    const it = (title: string, run: () => Promise<void>): void => test(title, run, TIMEOUT_MS);
    const missing = (): string => `contract.${randomUUID()}`;

    it('forty topics made in a row are each written and read at once', async () => {
      const log = await opened();
      const other = await opened();
      for (const i of range(40)) {
        const topic = missing();
        await log.ensureTopics([{ name: topic, partitions: 2 }]);
        const [one, two] = i % 2 === 0 ? [log, other] : [other, log];
        await one.append(topic, numbered(3));
        expect(values(await take(two, topic, `group.${topic}`, 3))).toEqual(range(3));
      }
    });

    it('two processes make the same topics at once, and both can use them at once', async () => {
      const logs = [await opened(), await opened()];
      for (const round of range(5)) {
        const specs = range(3).map((i) => ({ name: `contract.both.${round}.${i}.${randomUUID()}`, partitions: 2 }));
        await Promise.all(logs.map((log, i) => log.ensureTopics(i === 0 ? specs : [...specs].reverse())));
        await Promise.all(logs.map((log, i) => log.append(specs[0]!.name, numbered(5, 5, i * 5))));
        expect(values(await take(logs[1]!, specs[0]!.name, `group.${randomUUID()}`, 10))).toEqual(range(10));
      }
    });

    it('a position beyond the end stops the reader, and nothing counts as taken', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(5));
      const reading = take(log, topic, group, 1, { position: async () => 8 });
      await expect(reading).rejects.toMatchObject({
        code: 'HUB_LOG_BEHIND_BASE',
        recovery: 'stop',
        details: { topic, partition: 0, position: 8, kept: { first: 0, next: 5 } },
      });
      expect(await log.lag(topic, group)).toBe(5);
    });

    it('an older log that has gone past the position with other messages stops the reader', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(9));
      const seen = await take(log, topic, `${group}.first`, 9);
      const at = seen[7]!.timestamp;
      const older: Position = { next: 8, seenUntil: at - 60_000 };
      const reading = take(log, topic, group, 1, { position: async () => older });
      await expect(reading).rejects.toMatchObject({ code: 'HUB_LOG_BEHIND_BASE' });
      expect(await log.lag(topic, group)).toBe(9);
      const same: Position = { next: 8, seenUntil: at };
      expect(values(await take(log, topic, group, 1, { position: async () => same }))).toEqual([8]);
      expect(await log.lag(topic, group)).toBe(0);
    });

    it('a position before the first offset kept stops the reader; a new one begins with what there is', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(40));
      await take(log, topic, group, 1, { maxBatch: 10 });
      await stored.trim(topic, 25);
      const gone = { code: 'HUB_LOG_TRIMMED', recovery: 'stop', details: { position: 10 } };
      await expect(take(log, topic, group, 1, { position: async () => 10 })).rejects.toMatchObject(gone);
      await expect(take(log, topic, group, 1)).rejects.toMatchObject(gone);
      expect((await log.kept(topic)).partitions).toEqual([{ first: 25, next: 40 }]);
      expect(await log.end(topic)).toBe(40);
      expect(await log.lag(topic, group)).toBe(15);
      expect(await log.lag(topic, 'nobody')).toBe(15);
      expect(values(await take(log, topic, `${group}.new`, 15))).toEqual(range(15, 25));
      expect(values(await take(log, topic, group, 15, { position: async () => 0 }))).toEqual(range(15, 25));
      expect(await log.lag(topic, group)).toBe(0);
    });

    it('a reader that is overtaken while it reads sees each message in turn or an error, and no gap', async () => {
      const { log, topic, group } = await withTopic(1);
      const large = 'x'.repeat(40_000);
      const message = (i: number) => ({ key: null, value: bytes(`${i} ${large}`) });
      for (let from = 0; from < 200; from += 20) await log.append(topic, range(20, from).map(message));
      const got: number[] = [];
      const reading = async (): Promise<void> => {
        for await (const batch of log.subscribe([topic], group, { signal: controller().signal, maxBatch: 5 })) {
          got.push(...batch.messages.map(({ offset }) => offset));
          if (got.length === 5) await stored.trim(topic, 180);
          await batch.commit();
          if (got.at(-1) === 199) break;
        }
      };
      await expect(reading()).rejects.toMatchObject({ code: 'HUB_LOG_TRIMMED' });
      expect(got).toEqual(range(got.length));
    });

    it('a topic that was deleted and made again lives another life and is read from its start', async () => {
      const { log, topic } = await withTopic(1);
      const group = `group.${randomUUID()}`;
      const first = (await log.kept(topic)).life;
      await log.append(topic, numbered(40));
      /** As a base keeps it: by life. */
      const positions = new Map<string, number>();
      const position = async (_: string, __: number, life: string) => positions.get(life) ?? 0;
      const seen = (batch: { life: string; messages: readonly { offset: number }[] }): void => {
        positions.set(batch.life, batch.messages.at(-1)!.offset + 1);
      };
      await take(log, topic, group, 40, { position, seen });
      expect(positions).toEqual(new Map([[first, 40]]));
      expect((await (await opened()).kept(topic)).life).toBe(first);

      await stored.remove(topic);
      await log.ensureTopics([{ name: topic, partitions: 1 }]);
      await log.append(topic, numbered(50, 50, 100));
      const second = (await log.kept(topic)).life;
      expect(second).not.toBe(first);
      expect(await log.end(topic)).toBe(50);
      expect(await log.lag(topic, group)).toBe(50);
      expect(values(await take(log, topic, group, 50, { position, seen }))).toEqual(range(50, 100));
      expect(positions.get(second)).toBe(50);
      expect(await log.lag(topic, group)).toBe(0);
    });

    it('a topic that is deleted and made again under a reader ends the reading by a retry, and all arrives', async () => {
      const { log, topic, group } = await withTopic(1);
      const other = await opened();
      const first = (await log.kept(topic)).life;
      await log.append(topic, numbered(5));
      const reader = member(log, topic, group);
      const ended = expect(reader.done).rejects.toMatchObject({ code: 'HUB_LOG_TOPIC_RENEWED', recovery: 'retry' });
      await until('read', () => reader.messages.length === 5);
      await stored.remove(topic);
      await other.ensureTopics([{ name: topic, partitions: 1 }]);
      await other.append(topic, numbered(20, 50, 100));
      await ended;
      const position = async (_: string, __: number, life: string) => (life === first ? 5 : 0);
      expect(values(await take(log, topic, group, 20, { position }))).toEqual(range(20, 100));
    });

    it('a topic made again with fewer partitions loses no message of an append', async () => {
      const { log, topic, group } = await withTopic(4);
      await log.append(topic, numbered(20));
      await stored.remove(topic);
      await (await opened()).ensureTopics([{ name: topic, partitions: 1 }]);
      try {
        await log.append(topic, numbered(20));
      } catch (error) {
        expect(error).toMatchObject({ recovery: 'retry' });
        await log.append(topic, numbered(20));
      }
      const got = await take(log, topic, group, 20);
      expect([...new Set(values(got))]).toEqual(range(20));
    });

    it('a topic that was deleted is a retry for who had made it, and disturbs no other topic', async () => {
      const { log, topic, group } = await withTopic(1);
      const { topic: kept } = await withTopic(1);
      await log.append(topic, numbered(5));
      await log.append(kept, numbered(5));
      expect(await log.lag(topic, group)).toBe(5);
      await stored.remove(topic);
      await expect(log.lag(topic, group)).rejects.toMatchObject({ code: 'HUB_LOG_TOPIC_RENEWED', recovery: 'retry' });
      await expect(take(log, topic, group, 1)).rejects.toMatchObject({ code: 'HUB_LOG_TOPIC_RENEWED' });
      const stranger = await opened();
      await expect(stranger.lag(topic, group)).rejects.toMatchObject({ code: 'HUB_LOG_TOPIC_MISSING' });
      const fresh = missing();
      await log.ensureTopics([{ name: fresh, partitions: 1 }]);
      for (const name of [kept, fresh]) {
        await log.append(name, numbered(5, 50, 5));
        expect((await take(log, name, group, 5)).length).toBeGreaterThanOrEqual(5);
        expect(await log.lag(name, group)).toBe(0);
      }
    });

    it('who reads is known before anything was there to read', async () => {
      const { log, topic, group } = await withTopic(2);
      expect(await log.readers(topic)).toEqual([]);
      const reader = member(log, topic, group);
      await until('known', async () => (await log.readers(topic)).includes(group));
      await log.append(topic, numbered(5));
      await until('read', () => reader.messages.length === 5);
      await reader.stop();
      expect(await (await opened()).readers(topic)).toEqual([group]);
      expect(await log.readers((await withTopic(1)).topic)).toEqual([]);
    });

    it('a topic is kept as its spec says; what is kept for less is named', async () => {
      const log = await opened();
      const spec = (keep: 'everything' | 'latest' | { ms: number }) => ({ name: missing(), partitions: 1, keep });
      const specs = [spec('everything'), spec('latest'), spec({ ms: 86_400_000 })];
      await log.ensureTopics(specs);
      expect(await log.keptOtherwise([...specs, { name: missing(), partitions: 1 }])).toEqual([]);
      const [all, latest, day] = specs.map(({ name }) => name) as [string, string, string];
      const wrong = await log.keptOtherwise([
        { name: all, partitions: 1, keep: { ms: 1_000 } },
        { name: latest, partitions: 1 },
        { name: day, partitions: 1 },
      ]);
      expect(wrong.map(({ topic }) => topic).sort()).toEqual([latest, day].sort());
      for (const { found, wanted } of wrong) expect(found).not.toBe(wanted);
    });
  });
}
