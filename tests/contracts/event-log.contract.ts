import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EventLog, LogBatch } from '../../runner/log/event-log.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { bytes, eventLogHarness, numbered, range, type StoredLog, text, values } from './event-log-harness.ts';
import { eventLogKeptContract } from './event-log-kept.contract.ts';

const TIMEOUT_MS = 60_000;

/**
 * What every EventLog does, whatever it is made of.
 * @param open opens one more handle on the same stored log; the suite closes it
 */
export function eventLogContract(name: string, open: () => Promise<EventLog>, stored: StoredLog): void {
  eventLogKeptContract(name, open, stored);
  describe(`event log contract: ${name}`, () => {
    const { opened, controller, withTopic, take, member, until, close } = eventLogHarness(open);
    afterEach(close, TIMEOUT_MS);

    const it = (title: string, run: () => Promise<void>): void => test(title, run, TIMEOUT_MS);

    it('keeps the order within a key, and equal keys in one partition', async () => {
      const { log, topic, group } = await withTopic(4);
      for (let from = 0; from < 600; from += 200) await log.append(topic, numbered(200, 7, from));
      const partitionOf = new Map<string, Set<number>>();
      const got = await take(log, topic, group, 600, {
        seen: (batch) => {
          for (const { key } of batch.messages) {
            partitionOf.set(text(key), (partitionOf.get(text(key)) ?? new Set()).add(batch.partition));
          }
        },
      });
      const last = new Map<string, number>();
      for (const message of got) {
        const value = Number(text(message.value));
        expect(value).toBeGreaterThan(last.get(text(message.key)) ?? -1);
        last.set(text(message.key), value);
      }
      expect([...partitionOf.values()].map((set) => set.size)).toEqual(range(7).map(() => 1));
    });

    it('spreads keys, and messages without a key, over all partitions', async () => {
      const { log, topic, group } = await withTopic(3);
      await log.append(topic, numbered(60, 60));
      await log.append(
        topic,
        range(30).map((i) => ({ key: null, value: bytes(String(60 + i)) })),
      );
      const keyed = new Set<number>();
      const keyless = new Set<number>();
      const got = await take(log, topic, group, 90, {
        seen: ({ partition, messages }) => {
          for (const message of messages) (message.key === null ? keyless : keyed).add(partition);
        },
      });
      expect(values(got)).toEqual(range(90));
      expect([...keyed].sort()).toEqual([0, 1, 2]);
      expect([...keyless].sort()).toEqual([0, 1, 2]);
    });

    it('offsets rise by one from 0 and carry the time of the append', async () => {
      const before = Date.now();
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(10));
      await log.append(topic, numbered(10, 50, 10));
      const got = await take(log, topic, group, 20);
      expect(got.map((message) => message.offset)).toEqual(range(20));
      for (const { timestamp } of got) {
        expect(timestamp).toBeGreaterThanOrEqual(before - 2_000);
        expect(timestamp).toBeLessThanOrEqual(Date.now() + 2_000);
      }
    });

    it('append resolves only when a new subscriber can read it', async () => {
      const { log, topic } = await withTopic(2);
      for (let round = 0; round < 3; round++) {
        await log.append(topic, numbered(5, 5, round * 5));
        expect(await log.lag(topic, `nobody.${randomUUID()}`)).toBe((round + 1) * 5);
      }
      expect(values(await take(await opened(), topic, `late.${randomUUID()}`, 15))).toEqual(range(15));
    });

    it('a subscriber that waits is woken by an append', async () => {
      const { log, topic, group } = await withTopic(2);
      const reader = member(log, topic, group);
      await log.append(topic, numbered(10));
      await until('first append read', () => reader.messages.length === 10);
      await log.append(topic, numbered(10, 50, 10));
      await until('second append read', () => reader.messages.length === 20, 5_000);
      await reader.stop();
    });

    it('an uncommitted batch is delivered again after reopening', async () => {
      const { log, topic, group } = await withTopic(2);
      await log.append(topic, numbered(40));
      await take(log, topic, group, 40, { commit: false });
      await log[Symbol.asyncDispose]();
      expect(values(await take(await opened(), topic, group, 40))).toEqual(range(40));
    });

    it('a committed batch is not', async () => {
      const { log, topic, group } = await withTopic(2);
      await log.append(topic, numbered(40));
      await take(log, topic, group, 40);
      await log[Symbol.asyncDispose]();
      const again = await opened();
      await again.append(topic, numbered(20, 50, 40));
      const got = await take(again, topic, group, 20);
      expect(values(got)).toEqual(range(20, 40));
    });

    it('a commit covers only what was delivered', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(100));
      const first = await take(log, topic, group, 1, { maxBatch: 10 });
      expect(values(first)).toEqual(range(10));
      expect(await log.lag(topic, group)).toBe(90);
      expect(values(await take(log, topic, group, 90, { maxBatch: 10 }))).toEqual(range(90, 10));
    });

    it('a commit covers the earlier batches of its partition, and an older commit does not take it back', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(30));
      const batches: LogBatch[] = [];
      for await (const batch of log.subscribe([topic], group, { signal: controller().signal, maxBatch: 10 })) {
        batches.push(batch);
        if (batches.length < 3) continue;
        await batches[1]!.commit();
        await batches[0]!.commit();
        break;
      }
      expect(await log.lag(topic, group)).toBe(10);
      expect(values(await take(log, topic, group, 10))).toEqual(range(10, 20));
    });

    it('no batch is larger than maxBatch, and small appends are read together', async () => {
      const { log, topic, group } = await withTopic(1);
      for (let i = 0; i < 60; i++) await log.append(topic, numbered(1, 1, i));
      const sizes: number[] = [];
      const got = await take(log, topic, group, 60, {
        maxBatch: 25,
        seen: (batch) => sizes.push(batch.messages.length),
      });
      expect(values(got)).toEqual(range(60));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(25);
      expect(sizes.length).toBeLessThan(10);
    });

    it('two groups are independent', async () => {
      const { log, topic, group } = await withTopic(2);
      await log.append(topic, numbered(20));
      expect(values(await take(log, topic, group, 20))).toEqual(range(20));
      expect(await log.lag(topic, group)).toBe(0);
      expect(await log.lag(topic, `${group}.other`)).toBe(20);
      expect(values(await take(log, topic, `${group}.other`, 20))).toEqual(range(20));
    });

    it('one subscription reads several topics', async () => {
      const { log, topic, group } = await withTopic(1);
      const second = `${topic}.second`;
      await log.ensureTopics([{ name: second, partitions: 2 }]);
      await log.append(topic, numbered(10));
      await log.append(second, numbered(10, 50, 10));
      const from = new Map<string, number[]>();
      for await (const batch of log.subscribe([topic, second], group, { signal: controller().signal })) {
        from.set(
          batch.topic,
          [...(from.get(batch.topic) ?? []), ...values(batch.messages)].sort((a, b) => a - b),
        );
        await batch.commit();
        if ([...from.values()].flat().length === 20) break;
      }
      expect(from.get(topic)).toEqual(range(10));
      expect(from.get(second)).toEqual(range(10, 10));
    });

    it('two members share a group, and the one that stays takes over without loss', async () => {
      const { log, topic, group } = await withTopic(4);
      const a = member(log, topic, group);
      const b = member(await opened(), topic, group);
      let sent = 0;
      await until('both members read', async () => {
        await log.append(topic, numbered(40, 40, sent));
        sent += 40;
        return a.messages.length > 0 && b.messages.length > 0;
      });
      await b.stop();
      const before = b.messages.length;
      await log.append(topic, numbered(400, 400, sent));
      sent += 400;
      await until('everything read', async () => (await log.lag(topic, group)) === 0);
      await a.stop();
      expect(b.messages.length).toBe(before);
      expect([...new Set(values([...a.messages, ...b.messages]))]).toEqual(range(sent));
      expect([...a.partitions].sort()).toEqual([0, 1, 2, 3]);
    });

    it('null values, empty keys, empty values and headers survive', async () => {
      const { log, topic, group } = await withTopic(1);
      const headers = { 'schema-id': '7', 来源: '公安厅', empty: '' };
      await log.append(topic, [
        { key: bytes('deleted'), value: null },
        { key: bytes(''), value: bytes('empty key') },
        { key: null, value: bytes('') },
        { key: bytes('headers'), value: new Uint8Array([0, 255, 128, 10]), headers },
      ]);
      const got = await take(log, topic, group, 4);
      expect(got.map(({ key }) => (key === null ? null : text(key)))).toEqual(['deleted', '', null, 'headers']);
      expect(got[0]!.value).toBeNull();
      expect(text(got[1]!.value)).toBe('empty key');
      expect(got[2]!.value).toHaveLength(0);
      expect([...got[3]!.value!]).toEqual([0, 255, 128, 10]);
      expect(got.map((message) => message.headers ?? {})).toEqual([{}, {}, {}, headers]);
    });

    it('abort ends a waiting loop, without error', async () => {
      const { log, topic, group } = await withTopic(2);
      const reader = member(log, topic, group);
      await log.append(topic, numbered(4));
      await until('assigned', () => reader.messages.length === 4);
      await reader.stop();
    });

    it('abort with a batch in hand ends the loop and commits nothing', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(50));
      const abort = controller();
      let batches = 0;
      for await (const batch of log.subscribe([topic], group, { signal: abort.signal, maxBatch: 10 })) {
        batches += batch.messages.length / 10;
        abort.abort();
      }
      expect(batches).toBe(1);
      expect(await log.lag(topic, group)).toBe(50);
    });

    it('a batch in hand can still be committed while the work drains after an abort', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(20));
      const abort = controller();
      for await (const batch of log.subscribe([topic], group, { signal: abort.signal, maxBatch: 10 })) {
        abort.abort();
        // Work that takes its time to drain is the subject.
        await sleep(300);
        await batch.commit();
      }
      expect(await log.lag(topic, group)).toBe(10);
    });

    it('a signal that is already aborted gives nothing', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(1));
      for await (const _ of log.subscribe([topic], group, { signal: AbortSignal.abort() })) expect(_).toBeUndefined();
      await expect(log.append(topic, numbered(1), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
      expect(await log.lag(topic, group)).toBe(1);
    });

    it('a late commit of a lost partition is harmless', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(30));
      let late: LogBatch | undefined;
      for await (const batch of log.subscribe([topic], group, { signal: controller().signal, maxBatch: 10 })) {
        late = batch;
        break;
      }
      expect(values(await take(await opened(), topic, group, 20, { maxBatch: 10 }))).toEqual(range(20));
      await late!.commit();
      expect(await log.lag(topic, group)).toBe(10);
    });

    it('lag is exact at rest', async () => {
      const { log, topic, group } = await withTopic(3);
      expect(await log.lag(topic, group)).toBe(0);
      await log.append(topic, numbered(100));
      expect(await log.lag(topic, group)).toBe(100);
      await take(log, topic, group, 100);
      expect(await log.lag(topic, group)).toBe(0);
      await log.append(topic, numbered(7));
      expect(await log.lag(topic, group)).toBe(7);
      expect(await log.end(topic)).toBe(107);
    });

    it('ensureTopics twice keeps partitions and messages', async () => {
      const { log, topic, group } = await withTopic(2);
      await log.append(topic, numbered(10));
      await log.ensureTopics([
        { name: topic, partitions: 5 },
        { name: `${topic}.more`, partitions: 1 },
      ]);
      await (await opened()).ensureTopics([{ name: topic, partitions: 1 }]);
      await log.append(topic, numbered(50, 50, 10));
      const partitions = new Set<number>();
      const got = await take(log, topic, group, 60, { seen: (batch) => partitions.add(batch.partition) });
      expect(values(got)).toEqual(range(60));
      expect([...partitions].sort()).toEqual([0, 1]);
    });

    it('an unknown topic is named in the error', async () => {
      const { log, group } = await withTopic(1);
      const missing = `missing.${randomUUID()}`;
      const error = { code: 'HUB_LOG_TOPIC_MISSING', message: expect.stringContaining(missing) };
      await expect(log.append(missing, numbered(1))).rejects.toMatchObject(error);
      await expect(take(log, missing, group, 1)).rejects.toMatchObject(error);
      await expect(log.lag(missing, group)).rejects.toMatchObject(error);
    });

    it('position decides the start: before, at and after the committed offset', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(40));
      await take(log, topic, group, 1, { maxBatch: 20 });
      expect(await log.lag(topic, group)).toBe(20);
      const asked: string[] = [];
      const at = (offset: number | null) => ({
        commit: false,
        position: async (of: string, partition: number) => {
          asked.push(`${of}/${partition}`);
          return offset;
        },
      });
      expect(values(await take(log, topic, group, 35, at(5)))).toEqual(range(35, 5));
      expect(values(await take(log, topic, group, 10, at(30)))).toEqual(range(10, 30));
      expect(values(await take(log, topic, group, 40, at(0)))).toEqual(range(40));
      expect(new Set(asked)).toEqual(new Set([`${topic}/0`]));
      const other = `${group}.other`;
      expect(values(await take(log, topic, other, 40, at(null)))).toEqual(range(40));
    });

    it('position behind a fully committed partition rewinds it', async () => {
      const { log, topic, group } = await withTopic(2);
      await log.append(topic, numbered(40));
      await take(log, topic, group, 40);
      const got = await take(log, topic, group, 40, { position: async () => 0 });
      expect(values(got)).toEqual(range(40));
      expect(await log.lag(topic, group)).toBe(0);
    });

    it('an error of position ends the loop with that error', async () => {
      const { log, topic, group } = await withTopic(1);
      await log.append(topic, numbered(4));
      const position = async () => {
        throw new HubError('HUB_STORE_UNAVAILABLE', 'the base is away');
      };
      await expect(take(log, topic, group, 4, { position })).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
    });

    it('an append of 20,000 messages', async () => {
      const { log, topic, group } = await withTopic(4);
      const filler = 'x'.repeat(180);
      await log.append(
        topic,
        range(20_000).map((i) => ({ key: bytes(`k${i}`), value: bytes(`${i} ${filler}`) })),
      );
      const got = await take(log, topic, group, 20_000);
      const seen = new Set(got.map((message) => Number.parseInt(text(message.value), 10)));
      expect(seen.size).toBe(20_000);
      expect(got.length).toBe(20_000);
    });

    it('large messages pass, oversized ones are refused before any of the append is written', async () => {
      const { log, topic, group } = await withTopic(1);
      const large = Buffer.alloc(700_000, 'a');
      await log.append(
        topic,
        range(4).map(() => ({ key: null, value: large })),
      );
      const oversize = log.append(topic, [...numbered(3), { key: null, value: Buffer.alloc(1_500_000) }]);
      await expect(oversize).rejects.toMatchObject({ code: 'HUB_LOG_MESSAGE_TOO_LARGE', recovery: 'reject' });
      expect(await log.lag(topic, group)).toBe(4);
      const got = await take(log, topic, group, 4);
      expect(got.map((message) => Buffer.compare(Buffer.from(message.value!), large))).toEqual([0, 0, 0, 0]);
    });

    it('appends at the same time do not mix or lose anything', async () => {
      const { log, topic, group } = await withTopic(3);
      const other = await opened();
      await Promise.all(range(12).map((n) => (n % 2 ? log : other).append(topic, numbered(250, 50, n * 250))));
      await log.append(topic, []);
      expect(values(await take(log, topic, group, 3_000))).toEqual(range(3_000));
    });

    it('closing the log ends its subscriptions and refuses further work', async () => {
      const { log, topic, group } = await withTopic(1);
      const reader = member(log, topic, group);
      await log.append(topic, numbered(1));
      await until('assigned', () => reader.messages.length === 1);
      await log[Symbol.asyncDispose]();
      await reader.done;
      await expect(log.append(topic, numbered(1))).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE' });
    });
  });
}
