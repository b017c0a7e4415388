import type pg from 'pg';
import { type Logger, silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openClientBeside, openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { transactionOn } from '../../schemas/store/transaction.ts';
import { type Member, openMember } from './embedded-member.ts';
import * as sql from './embedded-sql.ts';
import type { EventLog, LogBatch, NewMessage, SubscribeOptions, TopicSpec } from './event-log.ts';
import { createPartitioner } from './partitioner.ts';
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
 * transaction, so all of it is there or none. Every subscriber takes a connection of its own beside the pool.
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
  const members = new Set<Member>();
  const partitionOf = createPartitioner();
  const spare: Scratch[] = [];
  const notifying = new Set<number>();
  let closed = false;

  async function topicOf(name: string): Promise<sql.Topic> {
    const known = topics.get(name);
    if (known !== undefined) return known;
    const { rows } = await pool.query<sql.Topic>(sql.TOPIC_BY_NAME, [name]);
    const topic = rows[0];
    if (topic === undefined) throw sql.topicMissing(name);
    topics.set(name, topic);
    return topic;
  }

  /** Readers in this process wake at once; the others by a notification that needs no disk write. */
  function announce(topic: sql.Topic): void {
    for (const member of members) member.wake();
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
      const topic = await topicOf(name);
      await write(topic, encodeMessages(name, messages, topic.partitions, partitionOf, scratch), signal);
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
      const found = await Promise.all([...new Set(names)].map(topicOf));
      const maxBatch = Math.max(1, how.maxBatch ?? MAX_BATCH_MESSAGES);
      return await openMember({
        client: openClientBeside(pool, 'hub log reader'),
        topics: found,
        group,
        maxBatch,
        pollMs,
        position: how.position,
        log,
      });
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
    try {
      await pool.query(sql.ENSURE_TOPICS, [specs.map((spec) => spec.name), specs.map((spec) => spec.partitions)]);
    } catch (error) {
      throw sql.embeddedError(error, 'Creating topics');
    }
  }

  async function lag(name: string, group: string): Promise<number> {
    try {
      const topic = await topicOf(name);
      const { rows } = await pool.query<{ lag: number }>(sql.LAG, [topic.id, group]);
      return rows[0]?.lag ?? 0;
    } catch (error) {
      throw sql.embeddedError(error, `Measuring the lag of ${group} on ${name}`);
    }
  }

  async function end(name: string): Promise<number> {
    try {
      const topic = await topicOf(name);
      const { rows } = await pool.query<{ next: number }>(sql.HEADS, [[topic.id]]);
      return rows.reduce((sum, { next }) => sum + next, 0);
    } catch (error) {
      throw sql.embeddedError(error, `Looking for the end of ${name}`);
    }
  }

  return {
    ensureTopics,
    append,
    subscribe,
    lag,
    end,
    async [Symbol.asyncDispose]() {
      closed = true;
      await Promise.all([...members].map((member) => member.close()));
      await ownPool?.end();
    },
  };
}

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
