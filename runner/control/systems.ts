import { isDeepStrictEqual } from 'node:util';
import type { Pool, PoolClient } from 'pg';
import type { Source, SourceContext } from '../../connectors/connector.ts';
import { connectorByType } from '../../connectors/index.ts';
import { nearest } from '../../pipelines/nearest.ts';
import { type Logger, silentLogger } from '../../schemas/kernel/context.ts';
import { type ErrorCode, HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';
import type { ColumnSpec, StreamSpec } from '../../schemas/stream.ts';
import { mappingsOf, type SystemFile, systemFile } from '../../schemas/system.ts';
import { sentenceOf } from '../settings/problems.ts';
import { type Environment, fillSecrets } from '../settings/secrets.ts';
import { connectorInput, connectorIssues } from './system-file.ts';

export { openSystemFile, parseSystemFile, readSystemFile, validateSystem, warningsOf } from './system-file.ts';

/** halted: a person has to look, and `stateCode` says why. It is read all the same: the source may have mended itself. */
type StreamState = 'ready' | 'paused' | 'halted';

export interface StoredStream {
  readonly stream: string;
  readonly state: StreamState;
  readonly stateMessage: string | null;
  readonly stateCode: string | null;
  /** The columns agreed with the source; null until it is first read. */
  readonly columns: readonly ColumnSpec[] | null;
  readonly rowEstimate: number | null;
  readonly rowsRead: number;
  readonly rowsAppended: number;
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  /** Known rows that the last read of everything did not meet, and that stay: nobody has said whether they are to be deleted. */
  readonly rowsGone: number;
  readonly lastReadAt: Date | null;
}

export interface StoredSystem {
  readonly spec: SystemFile;
  readonly enabled: boolean;
  readonly appliedAt: Date;
  readonly streams: readonly StoredStream[];
}

interface ApplyResult {
  readonly outcome: 'created' | 'changed' | 'unchanged';
  /** Streams that are no longer in the file; their checkpoints are gone. */
  readonly removed: readonly string[];
  /** Streams that are read from the start, because connector or `source` changed and the old checkpoint means nothing. */
  readonly restarted: readonly string[];
  /** Streams of which rows were read under another mapping or authority, and are kept in their base as that made them. */
  readonly remapped: readonly { readonly stream: string; readonly base: string; readonly rows: number }[];
  /** Streams that fed another base: what they gave it stays there. */
  readonly moved: readonly { readonly stream: string; readonly from: string }[];
}

/** `hub.system` and `hub.stream`: what is to be read, and in which state that is. */
export interface SystemStore {
  /** Takes a valid spec, secrets still as `${NAME}`. Ends every `halted` but that of rows which cannot be taken: only a run can tell. The next run agrees on columns anew, and changes seen so far are closed. */
  apply(spec: SystemFile): Promise<ApplyResult>;
  /** By name. A stored file that this program version does not understand is logged and left out. */
  list(): Promise<readonly StoredSystem[]>;
  /** HUB_CATALOG_NOT_FOUND with the known names. */
  get(name: string): Promise<StoredSystem>;
  setEnabled(name: string, enabled: boolean): Promise<void>;
  setStreamState(
    system: string,
    stream: string,
    state: StreamState,
    why?: Pick<HubError, 'code' | 'message'>,
  ): Promise<void>;
  setRowsGone(system: string, stream: string, rows: number): Promise<void>;
  /** Keeps columns and estimates of streams that the system has. */
  saveDiscovered(system: string, specs: readonly StreamSpec[]): Promise<void>;
}

const SYSTEMS = `SELECT y.system, y.spec, y.enabled, y.applied_at, coalesce(
    (SELECT json_agg(json_build_object('stream', s.stream, 'state', s.state, 'stateMessage', s.state_message, 'stateCode', s.state_code,
        'columns', s.columns, 'rowEstimate', s.row_estimate, 'rowsRead', s.rows_read, 'rowsAppended', s.rows_appended,
        'rowsUnchanged', s.rows_unchanged, 'rowsRejected', s.rows_rejected, 'rowsGone', s.rows_gone, 'lastReadAt', s.last_read_at) ORDER BY s.stream)
      FROM hub.stream s WHERE s.system = y.system), '[]') AS streams
  FROM hub.system y`;

interface SystemRow {
  readonly system: string;
  readonly spec: unknown;
  readonly enabled: boolean;
  readonly applied_at: Date;
  readonly streams: readonly (Omit<StoredStream, 'lastReadAt'> & { readonly lastReadAt: string | null })[];
}

export function openSystemStore(pool: Pool, log: Logger = silentLogger): SystemStore {
  const rowsOf = async <Row extends object>(what: string, sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await query<Row>(pool, what, sql, values)).rows;

  return {
    async apply(spec) {
      return await inTransaction(pool, `applying system ${spec.system}`, (client) => applyIn(client, spec));
    },

    async list() {
      const rows = await rowsOf<SystemRow>('listing the systems', `${SYSTEMS} ORDER BY y.system`);
      return rows.flatMap((row) => {
        try {
          return [toSystem(row)];
        } catch (error) {
          log.error({ system: row.system, error }, 'the stored file of a system is not understood; apply it again');
          return [];
        }
      });
    },

    async get(name) {
      const [row] = await rowsOf<SystemRow>(`reading system ${name}`, `${SYSTEMS} WHERE y.system = $1`, [name]);
      if (row !== undefined) return toSystem(row);
      const rows = await rowsOf<{ system: string }>('listing systems', 'SELECT system FROM hub.system ORDER BY system');
      throw unknown('system', name, rows);
    },

    async setEnabled(name, enabled) {
      const sql = 'UPDATE hub.system SET enabled = $2 WHERE system = $1 RETURNING system';
      if ((await rowsOf(`switching system ${name}`, sql, [name, enabled])).length === 0) await this.get(name);
    },

    async setStreamState(system, stream, state, why) {
      const sql = `UPDATE hub.stream SET state = $3, state_code = $4, state_message = $5
        WHERE system = $1 AND stream = $2 RETURNING stream`;
      const message = why === undefined ? null : `${why.code}: ${why.message}`.replaceAll('\0', '\u2400');
      const values = [system, stream, state, why?.code ?? null, message];
      if ((await rowsOf(`setting the state of ${system}/${stream}`, sql, values)).length > 0) return;
      const { streams } = await this.get(system);
      throw unknown(
        `stream of ${system}`,
        stream,
        streams.map((one) => ({ system: one.stream })),
      );
    },

    async setRowsGone(system, stream, rows) {
      const sql = 'UPDATE hub.stream SET rows_gone = $3 WHERE system = $1 AND stream = $2 AND rows_gone <> $3';
      await rowsOf(`keeping what is gone from ${system}/${stream}`, sql, [system, stream, rows]);
    },

    async saveDiscovered(system, specs) {
      const sql = `UPDATE hub.stream s SET columns = d.columns::jsonb, row_estimate = d.estimate
        FROM unnest($2::text[], $3::text[], $4::bigint[]) AS d (stream, columns, estimate)
        WHERE s.system = $1 AND s.stream = d.stream`;
      await rowsOf(`keeping the columns of ${system}`, sql, [
        system,
        specs.map(({ name }) => name),
        specs.map(({ columns }) => JSON.stringify(columns)),
        specs.map(({ rowEstimate }) => (rowEstimate === null ? null : Math.round(rowEstimate))),
      ]);
    },
  };
}

function toSystem({ system, spec, enabled, applied_at, streams }: SystemRow): StoredSystem {
  const parsed = systemFile.safeParse(spec);
  if (!parsed.success)
    throw new HubError('HUB_CONFIG_INVALID', `the stored file of system ${system} is not valid`, {
      problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    });
  return {
    spec: parsed.data,
    enabled,
    appliedAt: applied_at,
    streams: streams.map((row) => ({ ...row, lastReadAt: row.lastReadAt === null ? null : new Date(row.lastReadAt) })),
  };
}

function unknown(kind: string, name: string, rows: readonly { readonly system: string }[]): HubError {
  const allowed = rows.map(({ system }) => system);
  const meant = nearest(name, allowed);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  const known = allowed.length === 0 ? 'none has been applied' : `there are ${allowed.join(', ')}`;
  return new HubError('HUB_CATALOG_NOT_FOUND', `There is no ${kind} ${name}${hint} (${known})`, { name, allowed });
}

async function applyIn(client: PoolClient, spec: SystemFile): Promise<ApplyResult> {
  const text = JSON.stringify(spec);
  // Two applies of one system at once: the second compares with what the first has written.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('hub.apply:' || $1, 0))", [spec.system]);
  const { rows: before } = await client.query<{ same: boolean; spec: SystemFile; rows: Record<string, number> }>(
    `SELECT spec = $2::jsonb AS same, spec, coalesce((SELECT json_object_agg(s.stream, s.rows_appended)
       FROM hub.stream s WHERE s.system = y.system), '{}') AS rows
     FROM hub.system y WHERE system = $1`,
    [spec.system, text],
  );
  // A worker that goes on with the old file would save over what follows: it is fenced, and the run starts again.
  if (before[0]?.same === false)
    await client.query("UPDATE hub.run SET state = 'pending' WHERE system = $1 AND state = 'running'", [spec.system]);
  const restarted = await client.query<{ stream: string }>(
    `UPDATE hub.stream s SET checkpoint = NULL FROM hub.system y
      WHERE y.system = $1 AND s.system = y.system AND s.checkpoint IS NOT NULL AND $2::jsonb->'streams' ? s.stream
        AND (y.spec->'connector' <> $2::jsonb->'connector'
          OR y.spec->'streams'->s.stream->'source' <> $2::jsonb->'streams'->s.stream->'source')
      RETURNING s.stream`,
    [spec.system, text],
  );
  await client.query(
    `INSERT INTO hub.system (system, spec) VALUES ($1, $2::jsonb)
      ON CONFLICT (system) DO UPDATE SET spec = EXCLUDED.spec, applied_at = now()`,
    [spec.system, text],
  );
  const names = Object.keys(spec.streams);
  const removed = await client.query<{ stream: string }>(
    'DELETE FROM hub.stream WHERE system = $1 AND stream <> ALL ($2::text[]) RETURNING stream',
    [spec.system, names],
  );
  await client.query(
    `INSERT INTO hub.stream AS s (system, stream) SELECT $1, unnest($2::text[])
      ON CONFLICT (system, stream) DO UPDATE SET state = 'ready', state_code = NULL, state_message = NULL, columns = NULL
      WHERE s.state = 'halted' AND s.state_code <> $3`,
    [spec.system, names, 'HUB_SOURCE_ROWS_REJECTED' satisfies ErrorCode],
  );
  await client.query('UPDATE hub.stream_change SET closed_at = now() WHERE system = $1 AND closed_at IS NULL', [
    spec.system,
  ]);
  const again = restarted.rows.map(({ stream }) => stream);
  return {
    outcome: before[0] === undefined ? 'created' : before[0].same ? 'unchanged' : 'changed',
    removed: removed.rows.map(({ stream }) => stream),
    restarted: again,
    ...(before[0] === undefined || before[0].same ? { remapped: [], moved: [] } : keptAsBefore(spec, before[0], again)),
  };
}

/** What the log and the bases hold of a system as its file was before. */
function keptAsBefore(
  now: SystemFile,
  { spec: before, rows }: { readonly spec: SystemFile; readonly rows: Readonly<Record<string, number>> },
  restarted: readonly string[],
): Pick<ApplyResult, 'remapped' | 'moved'> {
  const remapped: { stream: string; base: string; rows: number }[] = [];
  const moved: { stream: string; from: string }[] = [];
  for (const [stream, entry] of Object.entries(now.streams)) {
    const earlier = before.streams[stream];
    const count = rows[stream] ?? 0;
    if (earlier === undefined || count === 0) continue;
    if (earlier.base !== entry.base) {
      if (earlier.base !== undefined) moved.push({ stream, from: earlier.base });
      continue;
    }
    const isSame =
      before.authority === now.authority &&
      isDeepStrictEqual(mappingsOf(earlier), JSON.parse(JSON.stringify(mappingsOf(entry))));
    if (entry.base !== undefined && !isSame && !restarted.includes(stream))
      remapped.push({ stream, base: entry.base, rows: count });
  }
  return { remapped, moved };
}

/**
 * Secrets filled in, settings checked by the connector, source opened. Nothing is asked of the source yet.
 * @throws HUB_CONFIG_SECRET_MISSING, HUB_CONFIG_INVALID
 */
export async function openSource(spec: SystemFile, env: Environment, context: SourceContext): Promise<Source> {
  const connector = connectorByType(spec.connector);
  const input = connectorInput(spec, fillSecrets(spec.connection, env, `system ${spec.system}`));
  const parsed = connector.config.safeParse(input);
  if (parsed.success) return connector.open(parsed.data, { ...context, system: spec.system });
  const isSecret = ([part]: readonly unknown[]): boolean => part === 'connection';
  const problems = connectorIssues(parsed.error.issues, spec, input, undefined, isSecret);
  throw new HubError('HUB_CONFIG_INVALID', `system ${spec.system}: ${problems.map(sentenceOf).join('; ')}`, {
    problems,
  });
}
