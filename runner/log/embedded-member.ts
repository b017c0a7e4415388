import type { Buffer } from 'node:buffer';
import type { Pool } from 'pg';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { createBell } from './bell.ts';
import type { Guest, Session, Sessions } from './embedded-session.ts';
import * as sql from './embedded-sql.ts';
import type { AskPosition, LogBatch, StoredMessage } from './event-log.ts';
import { beginningAt, positionOf, requireKept, requireSame, topicRenewed } from './positions.ts';
import { decodeBatch, MAX_BATCH_BYTES } from './record-batch.ts';

/** How often the shares of a group are looked at without a notification: what a crashed member costs at most. */
const BALANCE_MS = 500;
/** While a partition that is ours is still held by its former owner. */
const HANDOVER_MS = 50;
/** Batches read ahead of the consumer; each is at most about MAX_BATCH_BYTES before decoding, twice that at worst. */
const READ_AHEAD = 2;
const CLOSE_MS = 2_000;

export interface MemberOptions {
  readonly sessions: Sessions;
  /** Batches are read over it, so that one member with much to read does not keep the others of its session. */
  readonly pool: Pool;
  readonly topics: readonly sql.Topic[];
  readonly group: string;
  readonly maxBatch: number;
  readonly position?: AskPosition | undefined;
  readonly log: Logger;
}

/** One subscriber. What it owns are advisory locks of the session that it shares with others of its process. */
export interface Member {
  /** The next batch; the previous one counts as dealt with. Null after end or close. @throws HUB_LOG_UNAVAILABLE */
  next(): Promise<LogBatch | null>;
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
  const { group, topics, log } = options;
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
  let turn = 0;
  let session: Session;

  const fail = (error: unknown): void => {
    failure ??= sql.embeddedError(error, `Reading ${topics.map((topic) => topic.name).join(', ')} for group ${group}`);
    arrived.ring();
    work.ring();
  };
  const placeOf = ({ topic, partition }: Slot) => ({ topic: topic.name, partition, group });
  const guest: Guest = {
    ...{ group, topics, fail },
    rebalance() {
      balanceDue = 0;
      work.ring();
    },
    ask() {
      const asked = new Map(slots.filter((slot) => slot.held).map((slot) => [slot, slot.cursor]));
      return (rows) => {
        if (ending || failure !== null) return;
        try {
          for (const row of rows) {
            const slot = slots.find((one) => one.topic.id === row.topicId && one.partition === row.partition);
            const cursor = slot === undefined ? undefined : asked.get(slot);
            if (slot?.held !== true || cursor === undefined) continue;
            requireKept(placeOf(slot), cursor, row);
            slot.head = Math.max(row.next, slot.cursor);
          }
          work.ring();
        } catch (error) {
          fail(error);
        }
      };
    },
  };
  /** Which partitions are ours follows from the members alone, so all members agree without talking. */
  async function balance(): Promise<void> {
    const members = await session.rows<{ topic: string; self: boolean }>(sql.MEMBERS, [
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
    await session.rows(sql.UNLOCK, [given.map((slot) => slot.lock.key), group]);
  }

  async function acquire(wanted: readonly Slot[]): Promise<void> {
    const got = await session.rows<{ key: string }>(sql.TRY_LOCK, [wanted.map((slot) => slot.lock.key)]);
    if (got.length === 0) return;
    const keys = new Set(got.map(({ key }) => key));
    const committed = await session.rows<{ topic_id: number; partition: number; next: number }>(sql.COMMITTED, [
      group,
      topicIds,
    ]);
    const heads = await session.rows<sql.Head>(sql.HEADS, [topicIds]);
    for (const slot of wanted) {
      if (!keys.has(slot.lock.key)) continue;
      const isOurs = (row: { readonly partition: number }, id: number): boolean =>
        id === slot.topic.id && row.partition === slot.partition;
      const stored = committed.find((row) => isOurs(row, row.topic_id));
      const head = heads.find((row) => isOurs(row, row.topicId));
      if (head === undefined) throw topicRenewed(slot.topic.name);
      await begin(slot, head, stored?.next ?? null);
      log.debug(
        { topic: slot.topic.name, partition: slot.partition, group, offset: slot.cursor },
        'partition assigned',
      );
    }
  }

  /** @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE, and what `position` throws */
  async function begin(slot: Slot, head: sql.Head, stored: number | null): Promise<void> {
    const { topic, partition } = slot;
    const own = positionOf(await options.position?.(topic.name, partition, topic.life));
    try {
      slot.cursor = beginningAt(placeOf(slot), own?.next ?? stored ?? 0, head);
      if (own !== null) {
        const [last] = await session.rows<{ at: number }>(sql.APPENDED_BEFORE, [topic.id, partition, slot.cursor]);
        requireSame(placeOf(slot), own, last?.at ?? null);
      }
    } catch (error) {
      // nothing of this log is known to have been taken: let lag say so
      if (own !== null && isHubError(error) && error.code === 'HUB_LOG_BEHIND_BASE')
        await session.rows(sql.COMMIT, [group, topic.id, partition, head.first]);
      throw error;
    }
    slot.committed = slot.cursor;
    // The reader knows better than the group offset: let lag tell the same story. And it reads, from now on.
    if (slot.cursor !== stored) await session.rows(sql.COMMIT, [group, topic.id, partition, slot.cursor]);
    slot.head = head.next;
    slot.epoch++;
    slot.held = true;
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
    const { topic, partition, cursor } = slot;
    const { rows: stored } = await options.pool.query<Row>(sql.READ, [
      ...[topic.id, partition, cursor, options.maxBatch, MAX_BATCH_BYTES],
    ]);
    const messages: StoredMessage[] = [];
    for (const row of stored) {
      // What lies before a hole is delivered; the next reading begins at the hole and says so.
      if (!topic.hasGaps && row.base > (messages.at(-1)?.offset ?? cursor - 1) + 1) break;
      const decoded = decodeBatch(row.bytes, row.count, row.base, row.appended, Math.max(cursor, row.base));
      for (const message of decoded) messages.push(message);
    }
    if (messages[0]?.offset !== cursor) await explainGap(slot);
    const last = messages.at(-1);
    if (last === undefined) return;
    slot.cursor = last.offset + 1;
    for (let from = 0; from < messages.length; from += options.maxBatch) {
      const whole = messages.length <= options.maxBatch;
      ready.push({ slot, messages: whole ? messages : messages.slice(from, from + options.maxBatch) });
    }
    arrived.ring();
  }

  /** What is not there was compacted away: the reading goes on behind it. @throws HUB_LOG_TRIMMED, HUB_LOG_DAMAGED */
  async function explainGap(slot: Slot): Promise<void> {
    const { topic, partition, cursor } = slot;
    const heads = await session.rows<sql.Head>(sql.HEADS, [[topic.id]]);
    const head = heads.find((row) => row.partition === partition);
    if (head === undefined) throw topicRenewed(topic.name);
    requireKept(placeOf(slot), cursor, head);
    const [next] = await session.rows<{ base: number }>(sql.NEXT_BATCH, [topic.id, partition, cursor]);
    const goesOn = next?.base ?? slot.head;
    if (!topic.hasGaps)
      throw new HubError(
        'HUB_LOG_DAMAGED',
        `${topic.name}/${partition} lacks its messages from offset ${cursor} to before ${goesOn}`,
        { topic: topic.name, partition, group, position: cursor, goesOn },
      );
    slot.cursor = goesOn;
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
      }
      await work.wait(balanceDue - performance.now());
    }
  }

  async function commit(slot: Slot, epoch: number, next: number): Promise<void> {
    if (closing || !slot.held || slot.epoch !== epoch || next <= slot.committed) return;
    slot.committed = next;
    try {
      await session.rows(sql.COMMIT, [group, slot.topic.id, slot.partition, next]);
    } catch (error) {
      throw sql.embeddedError(error, `Committing ${slot.topic.name}/${slot.partition} for group ${group}`);
    }
  }

  function deliver({ slot, messages }: Ready): LogBatch {
    const epoch = slot.epoch;
    const next = messages.at(-1)!.offset + 1;
    const { topic, partition } = slot;
    const { name, life } = topic;
    return { topic: name, life, partition, messages, commit: () => commit(slot, epoch, next) };
  }

  session = await options.sessions.enter(guest);
  let pumping: Promise<void>;
  try {
    await session.rows(sql.JOIN, [memberLocks.map((lock) => lock.key)]);
    await session.rows(sql.NOTIFY, [sql.GROUP_CHANNEL, group]);
    pumping = pump().catch(fail);
  } catch (error) {
    closing = true;
    await session.leave(guest);
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
      const held = slots.filter((slot) => slot.held).map((slot) => slot.lock.key);
      for (const slot of slots) slot.held = false;
      await session.rows(sql.LEAVE, [held, memberLocks.map((lock) => lock.key), group]).catch(fail);
      await session.leave(guest);
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
    end,
    close() {
      closed ??= shut();
      return closed;
    },
  };
}
