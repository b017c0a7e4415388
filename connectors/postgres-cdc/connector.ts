import { HubError } from '../../schemas/kernel/errors.ts';
import type { Checkpoint, Connector, Source, SourceContext } from '../connector.ts';
import { type SqlConnection, sqlConnection, sqlStream } from '../sql/config.ts';
import { type Database, guarded } from '../sql/database.ts';
import type { PgDatabase } from '../sql/pg.ts';
import { openStream, sqlSource } from '../sql/source.ts';
import { type CdcConfig, type CdcStream, cdcConfig } from './config.ts';
import { parseLsn } from './pgoutput.ts';
import { preparedTransactions } from './prepared.ts';
import { lookAtPublication } from './publication.ts';
import { readChanges, withoutRenewal } from './read.ts';
import { openSlot, type Slot } from './slot.ts';

export const postgresCdc: Connector<CdcConfig> = {
  type: 'postgres-cdc',
  summary: 'Tables of PostgreSQL by their log of changes (pgoutput): a snapshot, then every insert, update and delete',
  config: cdcConfig,
  canFollow: true,
  async open(config, context) {
    const { openPg } = await import('../sql/pg.ts');
    return openCdc(openPg(connectionOf(config)), config, context);
  },
};

function connectionOf({ connection: { publication: _, pollMs: __, ...rest } }: CdcConfig): SqlConnection {
  return sqlConnection.parse({ client: 'pg', ...rest });
}

function openCdc(db: PgDatabase, config: CdcConfig, ctx: SourceContext): Source {
  const { publication, pollMs } = config.connection;
  const connection = connectionOf(config);
  const streams = Object.fromEntries(
    Object.entries(config.streams).map(([name, { slot: _, ...table }]) => [name, sqlStream.parse(table)]),
  );
  const tables = sqlSource(db, { connection, streams }, ctx);
  const settings = (name: string): CdcStream => {
    const stream = Object.hasOwn(config.streams, name) ? config.streams[name] : undefined;
    if (stream !== undefined) return stream;
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `there is no stream ${name}`, {
      stream: name,
      allowed: Object.keys(config.streams),
    });
  };
  const slots = new Map<string, Slot>();
  const slotOf = (name: string): Slot => {
    const known = slots.get(name);
    if (known !== undefined) return known;
    const own = `hub_${ctx.system ?? 'source'}_${name}`
      .toLowerCase()
      .replace(/[^a-z0-9_]/g, '_')
      .slice(0, 63);
    const slot = openSlot(db, settings(name).slot ?? own, publication);
    slots.set(name, slot);
    return slot;
  };

  const publicationFault = async (name: string): Promise<string | undefined> => {
    const stream = await openStream(db, name, streams[name] ?? sqlStream.parse(settings(name)), connection.pageRows);
    return (await lookAtPublication(db, publication, stream)).fault ?? undefined;
  };

  return {
    async check() {
      const report = await tables.check();
      const notes = [
        ...report.notes,
        ...(await logNotes(
          db,
          publication,
          Object.keys(streams).map((name) => slotOf(name).name),
        )),
      ];
      const problem = notes.find((note) => note.startsWith('!'))?.slice(2);
      const lines = [];
      for (const line of report.streams) {
        const why = problem ?? (line.ok || line.isRead === true ? await publicationFault(line.stream) : undefined);
        lines.push(why === undefined ? line : { ...line, ok: false, message: `${line.message}; ${why}` });
      }
      return { ok: lines.every(({ ok }) => ok), streams: lines, notes, lateCommits: 'log' };
    },
    discover: () => tables.discover(),
    async *read(name, after, { follow = false, sample = false } = {}) {
      ctx.signal.throwIfAborted();
      // A slot that nobody reads on would make the source keep its log for ever.
      if (sample) {
        settings(name);
        yield* tables.read(name, null);
        return;
      }
      const stream = await openStream(db, name, streams[name] ?? sqlStream.parse(settings(name)), connection.pageRows);
      yield* readChanges({ db, publication, stream, slot: slotOf(name), pollMs, ctx }, after, follow);
    },
    renewed: (_, checkpoint) => withoutRenewal(checkpoint),
    keys: (name) => (tables.keys as NonNullable<Source['keys']>)(name),
    async saved(name, checkpoint: Checkpoint) {
      const { phase, lsn } = checkpoint as { phase?: string; lsn?: string };
      if (phase === 'stream' && lsn !== undefined) await slotOf(name).advance(parseLsn(lsn));
    },
    [Symbol.asyncDispose]: () => tables[Symbol.asyncDispose](),
  };
}

/** What a steward must see of the log; a line that begins with `!` is to be mended. Nothing is made here. */
async function logNotes(db: Database, publication: string, slots: readonly string[]): Promise<readonly string[]> {
  const ask = (sql: string, values: readonly unknown[] = []) =>
    guarded(db, 'looking at the settings of replication', () => db.rows(db.knex.raw(sql, values as string[])));
  const [row = []] = await ask(
    `SELECT current_setting('wal_level'), (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user),
       EXISTS (SELECT 1 FROM pg_publication WHERE pubname = ?)`,
    [publication],
  );
  const [level, mayReplicate, isPublished] = row;
  const notes = [`wal_level ${level}`];
  if (level !== 'logical') notes.push('! wal_level must be logical: the owner sets it and restarts the server');
  if (mayReplicate !== 't') notes.push('! the login may not replicate: ALTER ROLE ... REPLICATION');
  if (isPublished !== 't')
    notes.push(`! there is no publication ${publication}: CREATE PUBLICATION ${publication} FOR TABLE ...`);
  const found = await ask(
    `SELECT slot_name, wal_status, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint::text
     FROM pg_replication_slots WHERE slot_name = ANY(?)`,
    [`{${slots.join(',')}}`],
  );
  for (const [name, status, bytes] of found) {
    const isLost = status === 'lost' || status === 'unreserved';
    notes.push(`${isLost ? '! ' : ''}slot ${name}: ${status}, ${bytes} bytes behind`);
    if (isLost)
      notes.push('the changes that it kept are gone: read everything anew by another `slot` in the system file');
  }
  for (const waiting of await preparedTransactions(db)) notes.push(`! ${waiting}`);
  return notes;
}
