import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { EventLog, LogBatch, NewMessage, StoredMessage, SubscribeOptions } from '../../runner/log/event-log.ts';

export const bytes = (text: string): Buffer => Buffer.from(text);
export const text = (value: Uint8Array | null): string => (value === null ? '<null>' : Buffer.from(value).toString());
export const numbered = (count: number, keys = 50, from = 0): NewMessage[] =>
  Array.from({ length: count }, (_, i) => ({ key: bytes(`key-${(from + i) % keys}`), value: bytes(String(from + i)) }));
export const values = (messages: readonly StoredMessage[]): number[] =>
  messages.map((message) => Number(text(message.value))).sort((a, b) => a - b);
export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

/** What happens to a log behind the back of its readers. Both are over when they return. */
export interface StoredLog {
  remove(topic: string): Promise<void>;
  /** Takes away what lies before an offset of partition 0. */
  trim(topic: string, before: number): Promise<void>;
}

/** Handles and readers of one test, all closed by `close`. */
export function eventLogHarness(open: () => Promise<EventLog>) {
  const handles: EventLog[] = [];
  const aborts: AbortController[] = [];

  const opened = async (): Promise<EventLog> => {
    const log = await open();
    handles.push(log);
    return log;
  };
  const controller = (): AbortController => {
    const abort = new AbortController();
    aborts.push(abort);
    return abort;
  };
  const withTopic = async (partitions: number): Promise<{ log: EventLog; topic: string; group: string }> => {
    const log = await opened();
    const topic = `contract.${randomUUID()}`;
    await log.ensureTopics([{ name: topic, partitions }]);
    return { log, topic, group: `group.${randomUUID()}` };
  };

  /** Reads until `count` messages have come, then leaves. */
  async function take(
    log: EventLog,
    topic: string,
    group: string,
    count: number,
    options: Partial<SubscribeOptions> & { commit?: boolean; seen?: (batch: LogBatch) => void } = {},
  ): Promise<StoredMessage[]> {
    const { commit = true, seen, ...rest } = options;
    const messages: StoredMessage[] = [];
    for await (const batch of log.subscribe([topic], group, { signal: controller().signal, ...rest })) {
      messages.push(...batch.messages);
      seen?.(batch);
      if (commit) await batch.commit();
      if (messages.length >= count) break;
    }
    return messages;
  }

  /** A member that reads in the background until stopped. */
  function member(log: EventLog, topic: string, group: string, commit = true) {
    const abort = controller();
    const messages: StoredMessage[] = [];
    const partitions = new Set<number>();
    const done = (async () => {
      for await (const batch of log.subscribe([topic], group, { signal: abort.signal, maxBatch: 100 })) {
        messages.push(...batch.messages);
        partitions.add(batch.partition);
        if (commit) await batch.commit();
      }
    })();
    const stop = async (): Promise<void> => {
      abort.abort();
      await done;
    };
    return { messages, partitions, stop, done };
  }

  async function until(what: string, true_: () => boolean | Promise<boolean>, ms = 40_000): Promise<void> {
    const end = Date.now() + ms;
    while (!(await true_())) {
      if (Date.now() > end) expect(`${what}: not within ${ms} ms`).toBe('reached');
      await sleep(25);
    }
  }

  async function close(): Promise<void> {
    for (const abort of aborts.splice(0)) abort.abort();
    await Promise.all(handles.splice(0).map((log) => log[Symbol.asyncDispose]()));
  }

  return { opened, controller, withTopic, take, member, until, close };
}
