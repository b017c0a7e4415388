import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { Connector, Source } from '../connector.ts';
import { sqlConnection, sqlStream } from '../sql/config.ts';
import { type Database, guarded } from '../sql/database.ts';
import { openStream, sqlSource } from '../sql/source.ts';
import { type ChangesConfig, changesConfig } from './config.ts';
import { readChanges, selectVersions, trackingStatement } from './read.ts';

export const mssqlChanges: Connector<ChangesConfig> = {
  type: 'mssql-changes',
  summary: 'Tables of SQL Server by its change tracking: a snapshot, then what changed and what was deleted',
  config: changesConfig,
  async open(config, context) {
    const { openMssql } = await import('../sql/mssql.ts');
    return changesSource(openMssql(sqlConnection.parse({ client: 'mssql', ...config.connection })), config, context);
  },
};

/** Apart from `open`, so that tests can give a database of their own. */
export function changesSource(db: Database, config: ChangesConfig, ctx: RunContext): Source {
  const connection = sqlConnection.parse({ client: 'mssql', ...config.connection });
  const streams = Object.fromEntries(
    Object.entries(config.streams).map(([name, stream]) => [name, sqlStream.parse(stream)]),
  );
  const tables = sqlSource(db, { connection, streams }, ctx);
  const open = async (name: string) => {
    const stream = Object.hasOwn(streams, name) ? streams[name] : undefined;
    if (stream !== undefined) return await openStream(db, name, stream, connection.pageRows);
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `there is no stream ${name}`, {
      stream: name,
      allowed: Object.keys(streams),
    });
  };
  return {
    ...tables,
    async check() {
      const report = await tables.check();
      const lines = [];
      for (const line of report.streams) lines.push(line.ok || line.isRead === true ? await tracked(line) : line);
      return { ...report, ok: lines.every(({ ok }) => ok), streams: lines, lateCommits: 'log' };
    },
    async *read(name, after) {
      ctx.signal.throwIfAborted();
      yield* readChanges(db, await open(name), after, ctx);
    },
    [Symbol.asyncDispose]: () => tables[Symbol.asyncDispose](),
  };

  async function tracked(line: { readonly stream: string; readonly ok: boolean; readonly message: string }) {
    const stream = await open(line.stream);
    try {
      const [row] = await guarded(db, 'asking for change tracking', () => db.rows(selectVersions(db, stream)));
      if (row?.[1] !== null && row?.[1] !== undefined)
        return { ...line, message: `${line.message.replace(/; no cursor: .*$/, '')}; tracked from version ${row[1]}` };
    } catch (error) {
      if (!isHubError(error) || error.recovery === 'retry') throw error;
    }
    return { ...line, ok: false, message: `not tracked: the owner runs ${trackingStatement(stream)}` };
  }
}
