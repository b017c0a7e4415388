import { HubError } from '../../schemas/kernel/errors.ts';
import { guarded, type OpenStream, qualified } from '../sql/database.ts';
import type { PgDatabase } from '../sql/pg.ts';

/** What the server says of a table and of how a publication gives it. */
interface Given {
  readonly isPublished: boolean;
  readonly viaRoot: boolean;
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  readonly truncate: boolean;
  readonly oid: number | null;
  readonly kind: string | null;
  readonly isLogged: boolean;
  readonly isPartition: boolean;
  readonly hasChildren: boolean;
  readonly hidesRows: boolean;
  readonly isListed: boolean;
  readonly columns: readonly string[] | null;
  readonly rowFilter: string | null;
  readonly generated: readonly string[];
  readonly identity: string | null;
  readonly identityColumns: readonly string[];
}

/** Column lists and row filters came with PostgreSQL 15, published generated columns with 18. */
const WITH_COLUMNS = 150_000;

async function ask(db: PgDatabase, publication: string, { schema, table }: OpenStream): Promise<Given> {
  const rows = async (sql: string, values: readonly string[]): Promise<string> => {
    const what = `asking what publication ${publication} gives of ${table}`;
    const [row] = await guarded(db, what, () => db.rows(db.knex.raw(sql, values as string[])));
    return String(row?.[0] ?? 'null');
  };
  const version = Number(await rows("SELECT current_setting('server_version_num')", []));
  const listed =
    version >= WITH_COLUMNS
      ? `SELECT to_json(t.attnames::text[]) AS columns, t.rowfilter AS filter FROM pg_publication_tables t
         WHERE t.pubname = p.pubname AND t.schemaname = n.nspname AND t.tablename = c.relname`
      : `SELECT NULL::json AS columns, NULL::text AS filter FROM pg_publication_tables t
         WHERE t.pubname = p.pubname AND t.schemaname = n.nspname AND t.tablename = c.relname`;
  const text = await rows(
    `SELECT json_build_object(
       'isPublished', p.oid IS NOT NULL, 'viaRoot', coalesce(p.pubviaroot, false),
       'insert', coalesce(p.pubinsert, false), 'update', coalesce(p.pubupdate, false),
       'delete', coalesce(p.pubdelete, false), 'truncate', coalesce(p.pubtruncate, false),
       'oid', c.oid::bigint, 'kind', c.relkind, 'isLogged', c.relpersistence = 'p', 'isPartition', coalesce(c.relispartition, false),
       'hasChildren', EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid) AND c.relkind = 'r',
       'hidesRows', coalesce(row_security_active(c.oid), false),
       'isListed', l.listed IS NOT NULL, 'columns', l.columns, 'rowFilter', l.filter,
       'generated', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> ''),
       'identity', c.relreplident,
       'identityColumns', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_index x
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
         WHERE x.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN x.indisprimary WHEN 'i' THEN x.indisreplident ELSE false END))::text
     FROM (SELECT 1) AS one LEFT JOIN pg_publication p ON p.pubname = ?
     LEFT JOIN pg_class c ON c.relname = ? AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?)
     LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN LATERAL (SELECT true AS listed, f.* FROM (${listed}) AS f LIMIT 1) AS l ON true`,
    [publication, table, schema ?? 'public'],
  );
  return JSON.parse(text) as Given;
}

/** The first thing by which the changes would be less than the table, and what the owner is to do; null: nothing is. */
function faultOf(given: Given, publication: string, stream: OpenStream): string | null {
  const place = qualified(stream);
  const names = stream.columns.map(({ name }) => name);
  const key = stream.key.map(({ name }) => name);
  if (!given.isPublished)
    return `there is no publication ${publication}: CREATE PUBLICATION ${publication} FOR TABLE ${place}`;
  if (given.oid === null) return null;
  if (given.kind !== 'r' && given.kind !== 'p') return `${place} is no table, and only tables have a log of changes`;
  if (!given.isLogged) return `${place} is an unlogged or temporary table: its changes are in no log`;
  if (given.hasChildren)
    return `${place} has children by inheritance, whose rows are read with it and whose changes come under their own names: read them as streams of their own`;
  if (!given.isListed) {
    if (given.kind === 'p' && !given.viaRoot)
      return `publication ${publication} gives the changes of ${place} under the names of its partitions: ALTER PUBLICATION ${publication} SET (publish_via_partition_root = true)`;
    if (given.isPartition && given.viaRoot)
      return `publication ${publication} gives the changes of ${place} under the name of the table that it is a partition of: read that one`;
    return `${place} is not in publication ${publication}: ALTER PUBLICATION ${publication} ADD TABLE ${place}`;
  }
  const lacking = (['insert', 'update', 'delete', 'truncate'] as const).filter((operation) => !given[operation]);
  if (lacking.length > 0)
    return `publication ${publication} leaves out ${lacking.join(', ')}: ALTER PUBLICATION ${publication} SET (publish = 'insert, update, delete, truncate')`;
  if (given.rowFilter !== null)
    return `publication ${publication} gives only rows of ${place} with ${given.rowFilter}: ALTER PUBLICATION ${publication} SET TABLE ${place}`;
  const given_ = given.columns;
  const left =
    given_ === null
      ? names.filter((name) => given.generated.includes(name))
      : names.filter((name) => !given_.includes(name));
  if (left.length > 0) {
    const generated = left.filter((name) => given.generated.includes(name));
    return generated.length === left.length
      ? `${left.join(', ')} of ${place} is generated and not in the log of changes: list the other columns under \`columns\``
      : `publication ${publication} leaves out columns of ${place} (${left.join(', ')}): publish them, or list the others under \`columns\``;
  }
  if (given.hidesRows)
    return `row level security hides rows of ${place} from the login, and the log of changes does not: ALTER ROLE ... BYPASSRLS`;
  const outside = given.identity === 'f' ? [] : key.filter((name) => !given.identityColumns.includes(name));
  if (outside.length > 0)
    return `${outside.join(', ')} is no part of the replica identity of ${place}, so a deletion does not say which row it means: ALTER TABLE ${place} REPLICA IDENTITY USING INDEX ... (of ${key.join(', ')}), or FULL`;
  return null;
}

/**
 * The publication gives of this table exactly what the snapshot reads: every operation, row and column, under its own name,
 * with the key in the replica identity.
 * @returns the number of the table, by which the log names it; null where the publication or the table is gone
 */
export async function lookAtPublication(
  db: PgDatabase,
  publication: string,
  stream: OpenStream,
): Promise<{ readonly oid: number | null; readonly fault: string | null }> {
  const given = await ask(db, publication, stream);
  return { oid: given.oid, fault: faultOf(given, publication, stream) };
}

/** @throws HUB_SOURCE_LOG_PARTIAL with what the owner is to do */
export async function requirePublished(
  db: PgDatabase,
  publication: string,
  stream: OpenStream,
): Promise<number | null> {
  const { oid, fault } = await lookAtPublication(db, publication, stream);
  if (fault === null) return oid;
  throw new HubError('HUB_SOURCE_LOG_PARTIAL', fault, { table: qualified(stream), publication });
}
