import type { Buffer } from 'node:buffer';
import type pg from 'pg';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { createBell } from './bell.ts';
import * as sql from './embedded-sql.ts';
import type { LogBatch, StoredMessage } from './event-log.ts';
import { decodeBatch, MAX_BATCH_BYTES } from './record-batch.ts';

/** How often the shares of a group are looked at without a notification: what a crashed member costs at most. */
const BALANCE_MS = 500;
/** While a partition that is ours is still held by its former owner. */
const HANDOVER_MS = 50;
/** Batches read ahead of the consumer; each is at most about MAX_BATCH_BYTES before decoding, twice that at worst. */
const READ_AHEAD = 2;
const CLOSE_MS = 2_000;

export interface MemberOptions {
  /** Not connected yet, and of this member alone. */
  readonly client: pg.Client;
  readonly topics: readonly sql.Topic[];
  readonly group: string;
  readonly maxBatch: number;
  readonly pollMs: number;
  readonly position?: ((topic: string, partition: number) => Promise<number | null>) | undefined;
  readonly log: Logger;
}

/** One subscriber with a database session of its own. The session's advisory locks are what it owns. */
export interface Member {
  /** The next batch; the previous one counts as dealt with. Null after end or close. @throws HUB_LOG_UNAVAILABLE */
  next(): Promise<LogBatch | null>;
  /** New messages may be there. */
  wake(): void;
  /** No further batches; the one in the consumer's hands can still be committed. */
  end(): void;
  /** Gives the partitions back without committing anything. Idempotent. */
  close(): Promise<void>;
}

interface Slot {
  readonly topic: sql.Topic;
  readonly topicIndex: number;
  readonly partition: number;
  readonly lock: sql.LockKey;
  held: boolean;
  revoking: boolean;
  /** raised by every assignment: a batch of an earlier one can no longer commit */
  epoch: number;
  cursor: number;
  committed: number;
  head: number;
}

interface Ready {
  readonly slot: Slot;
  readonly messages: readonly StoredMessage[];
}

interface Row {
  base: number;
  count: number;
  appended: number;
  bytes: Buffer;
}

export async function openMember(options: MemberOptions): Promise<Member> {
  const { client, group, topics, log } = options;
  const topicIds = topics.map((topic) => topic.id);
  const memberLocks = topics.map((topic) => sql.lockKey('member', group, topic.name));
  const slots: Slot[] = topics.flatMap((topic, topicIndex) =>
    Array.from({ length: topic.partitions }, (_, partition) => ({
      topic,
      topicIndex,
      partition,
      lock: sql.lockKey('partition', group, topic.name, partition),
      held: false,
      revoking: false,
      epoch: 0,
      cursor: 0,
      committed: 0,
      head: 0,
    })),
  );
  // topics with few partitions must not all begin with the same member
  const shift = topics.map((topic) => sql.lockKey('shift', topic.name).low);

  const work = createBell();
  const arrived = createBell();
  let ready: Ready[] = [];
  let inHand: Slot | null = null;
  let failure: unknown = null;
  let ending = false;
  let closing = false;
  let balanceDue = 0;
  let headsDue = 0;
  let turn = 0;

  const fail = (error: unknown): void => {
    failure ??= sql.embeddedError(error, `Reading ${topics.map((topic) => topic.name).join(', ')} for group ${group}`);
    arrived.ring();
    work.ring();
  };
  client.on('error', fail);
  client.on('end', () => {
    if (!closing)
      fail(new HubError('HUB_LOG_UNAVAILABLE', 'The database closed the session of a log reader', { group }));
  });
  client.on('notification', ({ channel, payload }) => {
    if (channel === sql.GROUP_CHANNEL) {
      if (payload === group) balanceDue = 0;
      else return;
    } else headsDue = 0;
    work.ring();
  });

  async function rows<T extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<T[]> {
    return (await client.query<T>(text, values)).rows;
  }

  /** Which partitions are ours follows from the members alone, so all members agree without talking. */
  async function balance(): Promise<void> {
    const members = await rows<{ topic: string; self: boolean }>(sql.MEMBERS, [
      memberLocks.map((lock) => lock.high),
      memberLocks.map((lock) => lock.low),
    ]);
    const count = topics.map(() => 0);
    const rank = topics.map(() => -1);
    for (const member of members) {
      const index = Number(member.topic);
      if (member.self) rank[index] = count[index]!;
      count[index]!++;
    }
    const ours = (slot: Slot): boolean =>
      (slot.partition + shift[slot.topicIndex]!) % count[slot.topicIndex]! === rank[slot.topicIndex];

    for (const slot of slots) slot.revoking = slot.held && !ours(slot);
    // a batch in the consumer's hands keeps its partition until it is dealt with
    await release(slots.filter((slot) => slot.revoking && slot !== inHand));
    const wanted = slots.filter((slot) => !slot.held && ours(slot));
    if (wanted.length > 0) await acquire(wanted);
    balanceDue = performance.now() + (wanted.every((slot) => slot.held) ? BALANCE_MS : HANDOVER_MS);
  }

  async function release(given: readonly Slot[]): Promise<void> {
    if (given.length === 0) return;
    for (const slot of given) {
      slot.held = false;
      slot.revoking = false;
    }
    ready = ready.filter(({ slot }) => slot.held);
    await rows(sql.UNLOCK, [given.map((slot) => slot.lock.key), group]);
  }

  async function acquire(wanted: readonly Slot[]): Promise<void> {
    const got = await rows<{ key: string }>(sql.TRY_LOCK, [wanted.map((slot) => slot.lock.key)]);
    if (got.length === 0) return;
    const keys = new Set(got.map(({ key }) => key));
    const committed = await rows<{ topic_id: number; partition: number; next: number }>(sql.COMMITTED, [
      group,
      topicIds,
    ]);
    for (const slot of wanted) {
      if (!keys.has(slot.lock.key)) continue;
      const stored = committed.find((row) => row.topic_id === slot.topic.id && row.partition === slot.partition);
      const own = await options.position?.(slot.topic.name, slot.partition);
      slot.cursor = own ?? stored?.next ?? 0;
      slot.committed = slot.cursor;
      // the reader knows better than the group offset: let lag tell the same story
      if (own !== null && own !== undefined && own !== stored?.next) {
        await rows(sql.COMMIT, [group, slot.topic.id, slot.partition, own]);
      }
      slot.head = 0;
      slot.epoch++;
      slot.held = true;
      log.debug(
        { topic: slot.topic.name, partition: slot.partition, group, offset: slot.cursor },
        'partition assigned',
      );
    }
    headsDue = 0;
  }

  async function readHeads(): Promise<void> {
    headsDue = performance.now() + options.pollMs;
    for (const row of await rows<{ topic_id: number; partition: number; next: number }>(sql.HEADS, [topicIds])) {
      const slot = slots.find((one) => one.topic.id === row.topic_id && one.partition === row.partition);
      if (slot === undefined) continue;
      if (slot.held && slot.cursor > row.next && slot.head === 0) {
        log.warn(
          { topic: slot.topic.name, partition: slot.partition, group, position: slot.cursor, end: row.next },
          'the position lies beyond the end of the log: was an older log restored?',
        );
      }
      slot.head = row.next;
    }
  }

  function slotWithMessages(): Slot | null {
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[(turn + i) % slots.length]!;
      if (slot.held && !slot.revoking && slot.cursor < slot.head) {
        turn = (turn + i + 1) % slots.length;
        return slot;
      }
    }
    return null;
  }

  async function read(slot: Slot): Promise<void> {
    const stored = await rows<Row>(sql.READ, [
      slot.topic.id,
      slot.partition,
      slot.cursor,
      options.maxBatch,
      MAX_BATCH_BYTES,
    ]);
    const messages: StoredMessage[] = [];
    for (const row of stored) {
      const decoded = decodeBatch(row.bytes, row.count, row.base, row.appended, Math.max(slot.cursor, row.base));
      for (const message of decoded) messages.push(message);
    }
    if (messages.length === 0) {
      const { topic, partition, cursor } = slot;
      throw new HubError('HUB_INTERNAL', `${topic.name}/${partition} has no batch at offset ${cursor}`, {
        partition,
        cursor,
      });
    }
    slot.cursor = messages.at(-1)!.offset + 1;
    for (let from = 0; from < messages.length; from += options.maxBatch) {
      const whole = messages.length <= options.maxBatch;
      ready.push({ slot, messages: whole ? messages : messages.slice(from, from + options.maxBatch) });
    }
    arrived.ring();
  }

  async function pump(): Promise<void> {
    while (!ending && failure === null) {
      if (performance.now() >= balanceDue) await balance();
      if (ready.length < READ_AHEAD) {
        const slot = slotWithMessages();
        if (slot !== null) {
          await read(slot);
          continue;
        }
        if (performance.now() >= headsDue) {
          await readHeads();
          continue;
        }
      }
      const due = ready.length < READ_AHEAD ? Math.min(balanceDue, headsDue) : balanceDue;
      await work.wait(due - performance.now());
    }
  }

  async function commit(slot: Slot, epoch: number, next: number): Promise<void> {
    if (closing || !slot.held || slot.epoch !== epoch || next <= slot.committed) return;
    slot.committed = next;
    try {
      await client.query(sql.COMMIT, [group, slot.topic.id, slot.partition, next]);
    } catch (error) {
      throw sql.embeddedError(error, `Committing ${slot.topic.name}/${slot.partition} for group ${group}`);
    }
  }

  function deliver({ slot, messages }: Ready): LogBatch {
    const epoch = slot.epoch;
    const next = messages.at(-1)!.offset + 1;
    return { topic: slot.topic.name, partition: slot.partition, messages, commit: () => commit(slot, epoch, next) };
  }

  await client.connect();
  let pumping: Promise<void>;
  try {
    await client.query(sql.SESSION_SETTINGS);
    await rows(sql.JOIN, [memberLocks.map((lock) => lock.key)]);
    await rows(sql.NOTIFY, [sql.GROUP_CHANNEL, group]);
    pumping = pump().catch(fail);
  } catch (error) {
    closing = true;
    await client.end();
    throw error;
  }

  let closed: Promise<void> | null = null;
  function end(): void {
    ending = true;
    work.ring();
    arrived.ring();
  }
  async function shut(): Promise<void> {
    closing = true;
    end();
    const leave = async (): Promise<void> => {
      await pumping;
      if (failure === null) await rows(sql.UNLOCK_ALL, [group]).catch(fail);
      await client.end();
    };
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([leave().catch(fail), timeout]);
    clearTimeout(timer);
  }

  return {
    async next() {
      if (inHand?.revoking) balanceDue = 0;
      inHand = null;
      work.ring();
      for (;;) {
        if (ending) return null;
        if (failure !== null) throw failure;
        const one = ready.shift();
        if (one !== undefined) {
          inHand = one.slot;
          work.ring();
          return deliver(one);
        }
        await arrived.wait();
      }
    },
    wake() {
      headsDue = 0;
      work.ring();
    },
    end,
    close() {
      closed ??= shut();
      return closed;
    },
  };
}
