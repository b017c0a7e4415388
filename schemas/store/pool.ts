import pg from 'pg';
import { type Logger, silentLogger } from '../kernel/context.ts';

/** How long somebody waits for a connection, a statement works, and a transaction stands still. Milliseconds. */
export interface Patience {
  readonly waitMs: number;
  readonly statementMs: number;
  readonly idleInTransactionMs: number;
}

export const PATIENCE = {
  /** Somebody waits for the answer; a reader of a feed who does not take it loses the connection to others. */
  catalog: { waitMs: 10_000, statementMs: 60_000, idleInTransactionMs: 60_000 },
  /** Runs, the log, what is pushed: single statements, or a few. */
  short: { waitMs: 30_000, statementMs: 60_000, idleInTransactionMs: 60_000 },
  /** Batches, rules over whole bases, reports, rebuilding. */
  work: { waitMs: 120_000, statementMs: 3_600_000, idleInTransactionMs: 3_600_000 },
} as const satisfies Readonly<Record<string, Patience>>;

export interface ConnectionOptions {
  readonly url: string;
  /** As `pg_stat_activity` shows it. */
  readonly name: string;
  readonly patience: Patience;
  readonly log?: Logger | undefined;
}

export interface PoolOptions extends ConnectionOptions {
  /** Connections at the same time, at most. */
  readonly max: number;
}

const configOf = ({ url, name, patience }: ConnectionOptions): pg.ClientConfig => ({
  connectionString: url,
  application_name: name,
  keepAlive: true,
  connectionTimeoutMillis: patience.waitMs,
  statement_timeout: patience.statementMs,
  idle_in_transaction_session_timeout: patience.idleInTransactionMs,
});

/**
 * The one way to a pool. A client that has no statement under way when its session ends (the server restarts, an
 * administrator ends it) says so by an 'error' event, which ends the process when nobody listens; a pool listens to its
 * clients at rest only. Here every client has a listener for life: whoever uses it hears by the next statement. The caller
 * ends the pool.
 */
export function openPool({ log = silentLogger, ...options }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...{ ...configOf(options), max: options.max },
    // Compiling takes longer than anything that a page asks for; reports over whole tables gain a tenth by it at best.
    onConnect: (client) => client.query('SET jit = off'),
  });
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      // After `end` connections break with the server.
      if (!pool.ending) log.debug({ error: error.message, pool: options.name }, 'a database connection ended');
    });
  });
  survivesItsEnd(pool);
  return pool;
}

/**
 * The one way to a connection outside of a pool, for what needs a session of its own. Not connected yet, so that the caller
 * can listen first; when it ends, `end` says so.
 */
export function openClient({ log = silentLogger, ...options }: ConnectionOptions): pg.Client {
  const client = new pg.Client(configOf(options));
  client.on('error', (error) =>
    log.debug({ error: error.message, connection: options.name }, 'a database connection ended'),
  );
  return client;
}

/** A connection beside those of a pool, to where they go. As `openClient`. */
export function openClientBeside(pool: pg.Pool, name: string): pg.Client {
  // The pool hides `password` and `ssl` from enumeration, so a plain spread would lose them.
  const { password, ssl } = pool.options;
  const hidden = { ...(password === undefined ? {} : { password }), ...(ssl === undefined ? {} : { ssl }) };
  const client = new pg.Client({ ...pool.options, ...hidden, application_name: name });
  survivesItsEnd(client);
  return client;
}

/** Work on a connection that is there for it alone. Throws what the server said. */
export async function onConnection<T>(options: ConnectionOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = openClient(options);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** For clients that a library opens by itself. */
export function survivesItsEnd(client: { on(event: 'error', listener: () => void): unknown }): void {
  client.on('error', () => {});
}
