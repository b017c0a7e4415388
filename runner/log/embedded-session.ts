import type pg from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { createBell } from './bell.ts';
import * as sql from './embedded-sql.ts';
import { topicRenewed } from './positions.ts';

/** A member as its session knows it. */
export interface Guest {
  readonly group: string;
  readonly topics: readonly sql.Topic[];
  /** Members of its group came, went or let go of a partition. */
  rebalance(): void;
  /**
   * Its topics are about to be looked at. @returns what takes the answer; by then the guest may have read on, over another
   * connection, behind the heads that were seen.
   */
  ask(): (rows: readonly sql.Head[]) => void;
  fail(error: unknown): void;
}

/** One connection for the subscriptions of a process: it holds their locks, hears for them and looks for them. */
export interface Session {
  /** Statements of all guests, one after the other. */
  rows<T extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<T[]>;
  /** New messages may be there. */
  look(topicId: number): void;
  leave(guest: Guest): Promise<void>;
}

export interface Sessions {
  /** Two members of one group never share a session: its locks could not tell them apart. */
  enter(guest: Guest): Promise<Session>;
  look(topicId: number): void;
}

/** @param connect makes a connection, not connected yet. */
export function createSessions(connect: () => pg.Client, pollMs: number): Sessions {
  interface Open {
    readonly guests: Set<Guest>;
    readonly session: Promise<Session>;
    broken: boolean;
  }
  const open = new Set<Open>();

  return {
    async enter(guest) {
      let place = [...open].find(
        ({ guests, broken }) => !broken && [...guests].every(({ group }) => group !== guest.group),
      );
      if (place === undefined) {
        const guests = new Set<Guest>();
        const fresh: Open = {
          ...{ guests, broken: false },
          session: openSession(connect(), pollMs, guests, () => {
            fresh.broken = true;
            open.delete(fresh);
          }),
        };
        fresh.session.catch(() => open.delete(fresh));
        open.add(fresh);
        place = fresh;
      }
      place.guests.add(guest);
      return place.session;
    },
    look(topicId) {
      for (const { session } of open) void session.then((one) => one.look(topicId)).catch(() => {});
    },
  };
}

/** @param ended called when the session takes no more guests */
async function openSession(client: pg.Client, pollMs: number, guests: Set<Guest>, ended: () => void): Promise<Session> {
  const bell = createBell();
  const dirty = new Set<number>();
  let closing = false;
  let turn: Promise<unknown> = Promise.resolve();

  const fail = (error: unknown): void => {
    ended();
    closing = true;
    for (const guest of guests) guest.fail(error);
    bell.ring();
    // what it still holds goes to others at once, also when it was a statement that failed and not the connection
    void client.end().catch(() => {});
  };
  client.on('error', fail);
  client.on('end', () => {
    if (!closing) fail(new HubError('HUB_LOG_UNAVAILABLE', 'The database closed the session of the log readers'));
  });
  client.on('notification', ({ channel, payload }) => {
    if (channel === sql.GROUP_CHANNEL) {
      for (const guest of guests) if (guest.group === payload) guest.rebalance();
    } else look(Number(payload));
  });

  function look(topicId: number): void {
    dirty.add(topicId);
    bell.ring();
  }

  function rows<T extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<T[]> {
    const work = turn.then(async () => (await client.query<T>(text, values)).rows);
    turn = work.catch(() => {});
    return work;
  }

  /** All topics every `pollMs`, and those of which there is news at once. */
  async function watch(): Promise<void> {
    let due = performance.now() + pollMs;
    while (!closing) {
      await bell.wait(due - performance.now());
      const all = performance.now() >= due;
      const ids = new Set([...guests].flatMap(({ topics }) => topics.map(({ id }) => id)));
      const asked = [...ids].filter((id) => all || dirty.has(id));
      dirty.clear();
      if (all) due = performance.now() + pollMs;
      if (asked.length === 0 || closing) continue;
      const present = [...guests].map((guest) => ({ guest, answer: guest.ask() }));
      const byTopic = new Map<number, sql.Head[]>(asked.map((id) => [id, []]));
      for (const row of await rows<sql.Head>(sql.HEADS, [asked])) byTopic.get(row.topicId)?.push(row);
      for (const { guest, answer } of present) {
        const own = guest.topics.filter(({ id }) => byTopic.has(id));
        const gone = own.find(({ id }) => byTopic.get(id)?.length === 0);
        if (gone !== undefined) guest.fail(topicRenewed(gone.name));
        else answer(own.flatMap(({ id }) => byTopic.get(id) ?? []));
      }
    }
  }

  async function close(): Promise<void> {
    closing = true;
    bell.ring();
    await turn;
    await client.end();
  }

  await client.connect();
  try {
    await client.query(sql.SESSION_SETTINGS);
  } catch (error) {
    closing = true;
    await client.end();
    throw error;
  }
  void watch().catch((error: unknown) => {
    if (!closing) fail(error);
  });
  return {
    rows,
    look,
    async leave(guest) {
      guests.delete(guest);
      if (guests.size > 0 || closing) return;
      ended();
      await close();
    },
  };
}
