import type pg from 'pg';
import { type Logger, silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openClientBeside, openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { transactionOn } from '../../schemas/store/transaction.ts';
import { type Member, openMember } from './embedded-member.ts';
import { createSessions } from './embedded-session.ts';
import * as sql from './embedded-sql.ts';
import { tidyLog } from './embedded-tidy.ts';
import type {
  EventLog,
  Keep,
  Kept,
  KeptOtherwise,
  LogBatch,
  NewMessage,
  Position,
  SubscribeOptions,
  TopicSpec,
} from './event-log.ts';
import { createPartitioner } from './partitioner.ts';
import { beginningAt, requireKept, requireSame, topicRenewed } from './positions.ts';
import {
  createScratch,
  type Encoded,
  type EncodedBatch,
  encodeMessages,
  MAX_BATCH_MESSAGES,
  type Scratch,
} from './record-batch.ts';

/** Bytes sent to the server in one statement; larger appends take several in one transaction. */
const STATEMENT_BYTES = 8_000_000;
/** Other processes hear of new messages at most this often a topic. */
const NOTIFY_MS = 10;
/** Appends that encode at the same time; their buffers are kept for the next ones. */
const SPARE_BUFFERS = 4;
/** A buffer larger than this was for one unusual append and is not kept. */
const SPARE_BYTES = 32_000_000;

export interface EmbeddedLogOptions {
  /** A pool of the caller, who also ends it, or a URL for a pool of the log's own. */
  readonly pool: pg.Pool | string;
  readonly log?: Logger | undefined;
  /** How often a reader looks for messages when no notification came. Default 200. */
  readonly pollMs?: number | undefined;
}

/**
 * The event log in tables of PostgreSQL (hub.log_*, runner/control/migrations/0002-embedded-log.sql). An append is one
 * transaction, so all of it is there or none. The subscribers of a process share one connection beside the pool.
 * @throws HUB_LOG_UNAVAILABLE, HUB_STORE_MIGRATION
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EventLog> {
  const log = options.log ?? silentLogger;
  const pollMs = options.pollMs ?? 200;
  const ownPool =
    typeof options.pool === 'string'
      ? openPool({ url: options.pool, name: 'hub log', max: 4, patience: PATIENCE.short, log })
      : null;
  const pool = ownPool ?? (options.pool as pg.Pool);

  const topics = new Map<string, sql.Topic>();
  const sessions = createSessions(() => openClientBeside(pool, 'hub log reader'), pollMs);
  /** That these exist is our own doing: when one is missing, another try makes it again. */
  const made = new Set<string>();
  const members = new Set<Member>();
  const partitionOf = createPartitioner();
  const spare: Scratch[] = [];
  const notifying = new Set<number>();
  let closed = false;

  async function topicOf(name: string, fresh = false): Promise<sql.Topic> {
    const known = fresh ? undefined : topics.get(name);
    if (known !== undefined) return known;
    const { rows } = await pool.query<sql.Topic>(sql.TOPIC_BY_NAME, [name]);
    const topic = rows[0];
    if (topic === undefined) throw missing(name);
    topics.set(name, topic);
    return topic;
  }

  function missing(name: string): HubError {
    topics.delete(name);
    return made.has(name) ? topicRenewed(name) : sql.topicMissing(name);
  }

  /** Readers in this process wake at once; the others by a notification that needs no disk write. */
  function announce(topic: sql.Topic): void {
    sessions.look(topic.id);
    if (notifying.has(topic.id)) return;
    notifying.add(topic.id);
    setTimeout(() => {
      notifying.delete(topic.id);
      if (closed) return;
      pool.query(sql.NOTIFY, [sql.APPEND_CHANNEL, String(topic.id)]).catch((error: unknown) => {
        log.debug({ error }, 'append not announced; readers poll');
      });
    }, NOTIFY_MS).unref();
  }

  async function write(topic: sql.Topic, encoded: Encoded, signal: AbortSignal | undefined): Promise<void> {
    const statements = cut(encoded);
    if (statements.length === 1) {
      await pool.query(sql.APPEND, parameters(topic, statements[0]!));
      return;
    }
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      await transactionOn(client, async () => {
        for (const statement of statements) {
          signal?.throwIfAborted();
          await client.query(sql.APPEND, parameters(topic, statement));
        }
      });
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      client.release(failure);
    }
  }

  async function append(name: string, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (closed) throw sql.logClosed();
    if (messages.length === 0) return;
    const scratch = spare.pop() ?? createScratch();
    try {
      let topic = await topicOf(name);
      const send = (): Promise<void> =>
        write(topic, encodeMessages(name, messages, topic.partitions, partitionOf, scratch), signal);
      try {
        await send();
      } catch (error) {
        if (!sql.isGone(error)) throw error;
        // deleted and made again since we looked: it has another id, and nothing was written
        topic = await topicOf(name, true);
        await send();
      }
      announce(topic);
    } catch (error) {
      signal?.throwIfAborted();
      throw sql.embeddedError(error, `Appending to ${name}`);
    } finally {
      if (spare.length < SPARE_BUFFERS && scratch.bytes.length <= SPARE_BYTES) spare.push(scratch);
    }
  }

  async function join(names: readonly string[], group: string, how: SubscribeOptions): Promise<Member> {
    try {
      const found = await Promise.all([...new Set(names)].map((name) => topicOf(name, true)));
      const maxBatch = Math.max(1, how.maxBatch ?? MAX_BATCH_MESSAGES);
      return await openMember({ sessions, pool, topics: found, group, maxBatch, position: how.position, log });
    } catch (error) {
      throw sql.embeddedError(error, `Subscribing to ${names.join(', ')} as ${group}`);
    }
  }

  async function* subscribe(names: readonly string[], group: string, how: SubscribeOptions): AsyncGenerator<LogBatch> {
    if (closed) throw sql.logClosed();
    if (how.signal.aborted) return;
    const member = await join(names, group, how);
    members.add(member);
    how.signal.addEventListener('abort', member.end, { once: true });
    try {
      if (how.signal.aborted || closed) return;
      for (let batch = await member.next(); batch !== null; batch = await member.next()) yield batch;
    } finally {
      how.signal.removeEventListener('abort', member.end);
      await member.close();
      members.delete(member);
    }
  }

  async function ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const { name, partitions } of specs) {
      if (Number.isInteger(partitions) && partitions > 0) continue;
      throw new HubError('HUB_CONFIG_INVALID', `Topic ${name} cannot have ${partitions} partitions`, {
        allowed: '1 or more',
      });
    }
    const unique = [...new Map(specs.map((spec) => [spec.name, spec])).values()];
    try {
      await pool.query(sql.ENSURE_TOPICS, [
        unique.map(({ name }) => name),
        unique.map(({ partitions }) => partitions),
        unique.map(({ keep }) => (typeof keep === 'object' ? keep.ms : null)),
        unique.map(({ keep }) => keep === 'latest'),
      ]);
      for (const { name } of unique) {
        made.add(name);
        topics.delete(name);
      }
    } catch (error) {
      throw sql.embeddedError(error, 'Creating topics');
    }
  }

  interface KeptRow {
    readonly life: string;
    readonly partition: number;
    readonly first: number;
    readonly next: number;
    readonly committed: number | null;
  }

  async function keptRows(what: string, name: string, group: string | null = null): Promise<readonly KeptRow[]> {
    try {
      const { rows } = await pool.query<KeptRow>(sql.KEPT, [name, group]);
      if (rows.length === 0) throw missing(name);
      return rows;
    } catch (error) {
      throw sql.embeddedError(error, what);
    }
  }

  async function lag(topic: string, group: string): Promise<number> {
    let total = 0;
    for (const { partition, first, next, committed } of await keptRows(
      `Measuring the lag of ${group} on ${topic}`,
      topic,
      group,
    )) {
      const position = Math.max(committed ?? 0, first);
      requireKept({ topic, partition, group }, position, { first, next });
      total += next - position;
    }
    return total;
  }

  async function kept(name: string): Promise<Kept> {
    const rows = await keptRows(`Looking at what ${name} holds`, name);
    return { life: rows[0]?.life ?? '', partitions: rows.map(({ first, next }) => ({ first, next })) };
  }

  async function checkPosition(name: string, partition: number, position: Position): Promise<void> {
    try {
      const topic = await topicOf(name, true);
      const extent = (await kept(name)).partitions[partition] ?? { first: 0, next: 0 };
      const place = { topic: name, partition, group: 'the reader' };
      const next = beginningAt(place, position.next, extent);
      const { rows } = await pool.query<{ at: number }>(sql.APPENDED_BEFORE, [topic.id, partition, next]);
      requireSame(place, position, rows[0]?.at ?? null);
    } catch (error) {
      throw sql.embeddedError(error, `Looking for a position in ${name}`);
    }
  }

  async function since(name: string): Promise<number | null> {
    try {
      return (await pool.query<{ at: number | null }>(sql.SINCE, [name])).rows[0]?.at ?? null;
    } catch (error) {
      throw sql.embeddedError(error, `Looking for the beginning of ${name}`);
    }
  }

  async function keptOtherwise(specs: readonly TopicSpec[]): Promise<readonly KeptOtherwise[]> {
    try {
      const { rows } = await pool.query<HowKept & { readonly topic: string }>(sql.HOW_KEPT, [
        specs.map(({ name }) => name),
      ]);
      return rows.flatMap((row) => {
        const wanted = specs.find(({ name }) => name === row.topic)?.keep ?? 'everything';
        return isKeptSo(row, wanted) ? [] : [{ topic: row.topic, found: wordsOf(row), wanted: wordsOf(rowOf(wanted)) }];
      });
    } catch (error) {
      throw sql.embeddedError(error, 'Reading how topics are kept');
    }
  }

  async function readers(name: string): Promise<readonly string[]> {
    try {
      const { rows } = await pool.query<{ group: string }>(sql.READERS, [name]);
      return rows.map(({ group }) => group);
    } catch (error) {
      throw sql.embeddedError(error, `Looking for readers of ${name}`);
    }
  }

  return {
    ensureTopics,
    append,
    subscribe,
    lag,
    end: async (name) =>
      (await keptRows(`Looking for the end of ${name}`, name)).reduce((sum, { next }) => sum + next, 0),
    kept,
    checkPosition,
    since,
    keptOtherwise,
    readers,
    tidy: (signal) => tidyLog(pool, signal),
    async [Symbol.asyncDispose]() {
      closed = true;
      await Promise.all([...members].map((member) => member.close()));
      await ownPool?.end();
    },
  };
}

interface HowKept {
  readonly keepMs: number | null;
  readonly latestOnly: boolean;
}

const rowOf = (keep: Keep): HowKept => ({
  keepMs: typeof keep === 'object' ? keep.ms : null,
  latestOnly: keep === 'latest',
});

/** Longer than wanted is no fault. */
const isKeptSo = ({ keepMs, latestOnly }: HowKept, keep: Keep): boolean => {
  const wanted = rowOf(keep);
  return latestOnly === wanted.latestOnly && (keepMs === null || keepMs >= (wanted.keepMs ?? Infinity));
};

const wordsOf = ({ keepMs, latestOnly }: HowKept): string => `keep_ms=${keepMs ?? 'null'},latest_only=${latestOnly}`;

interface Statement {
  readonly batches: readonly EncodedBatch[];
  readonly payload: Buffer;
}

function cut({ batches, payload }: Encoded): readonly Statement[] {
  const statements: Statement[] = [];
  let from = 0;
  let start = 0;
  let end = 0;
  batches.forEach((batch, index) => {
    end += batch.length;
    if (end - start < STATEMENT_BYTES && index < batches.length - 1) return;
    statements.push({ batches: batches.slice(from, index + 1), payload: payload.subarray(start, end) });
    from = index + 1;
    start = end;
  });
  return statements;
}

const parameters = (topic: sql.Topic, { batches, payload }: Statement): unknown[] => [
  topic.id,
  batches.map((batch) => batch.partition),
  batches.map((batch) => batch.count),
  batches.map((batch) => batch.length),
  payload,
];
