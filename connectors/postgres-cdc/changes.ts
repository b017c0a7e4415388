import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import { type Cell, type Database, guarded, type OpenStream, qualified, type Row } from '../sql/database.ts';
import { recordMaker } from '../sql/records.ts';
import type { Change, Relation, Tuple } from './pgoutput.ts';

/** The table was emptied, or another one has its name: what it holds now is to be read anew. */
export class BeginAnew {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** Makes records of the changes of one table; the columns of a change are those of its time. */
export class ChangeReader {
  readonly #db: Database;
  readonly #stream: OpenStream;
  readonly #make: ReturnType<typeof recordMaker>;
  readonly #relations = new Map<number, Relation>();
  /** The table as the last relation said: where its columns are in a tuple, -1 for one that was not there yet. */
  #own: { readonly oid: number; readonly places: readonly number[] } | null = null;

  /** The table whose rows were read; null where a program before this did not keep it. */
  readonly #oid: number | null;

  constructor(db: Database, stream: OpenStream, oid: number | null) {
    this.#db = db;
    this.#stream = stream;
    this.#oid = oid;
    this.#make = recordMaker({ ...stream, cursor: null });
  }

  /** Tables may change between two changes: told in the order of the log. @throws BeginAnew */
  learn(relation: Relation): void {
    this.#relations.set(relation.oid, relation);
    const { schema, table, columns } = this.#stream;
    const isNamed = relation.schema === schema && relation.table === table;
    if (isNamed && this.#oid !== null && relation.oid !== this.#oid)
      throw new BeginAnew(`another table has the name ${qualified(this.#stream)}`);
    if (isNamed) this.#own = { oid: relation.oid, places: columns.map(({ name }) => relation.columns.indexOf(name)) };
    else if (this.#own?.oid === relation.oid) this.#own = null;
  }

  /** Adds what the change says to `records`; nothing for other tables. @throws BeginAnew by TRUNCATE */
  async read(change: Change, atMs: number, records: RawRecord[]): Promise<void> {
    if (change.kind === 'truncate') this.#lookForTruncate(change.oids);
    if (change.kind !== 'insert' && change.kind !== 'update' && change.kind !== 'delete') return;
    if (change.oid !== this.#own?.oid) return;
    const { places } = this.#own;
    if (change.kind === 'delete') {
      records.push(this.#gone(change.old, places, atMs));
      return;
    }
    const old = change.kind === 'update' ? change.old : null;
    const tuple = old === null ? change.row : filled(change.row, old);
    const row = places.every((at) => at >= 0 && tuple[at] !== undefined)
      ? rowOf(tuple, places)
      : await this.#readAgain(tuple, places);
    const record = row === null ? null : this.#make(row, atMs);
    if (old !== null) {
      const before = this.#gone(old, places, atMs);
      if (record === null || before.key !== record.key) records.push(before);
    }
    if (record !== null) records.push(record);
  }

  #lookForTruncate(oids: readonly number[]): void {
    const { schema, table } = this.#stream;
    const known = oids.map((oid) => this.#relations.get(oid));
    if (!known.some((one) => one?.schema === schema && one?.table === table)) return;
    throw new BeginAnew(`${qualified(this.#stream)} was emptied by TRUNCATE`);
  }

  /** @throws HUB_SOURCE_LOG_PARTIAL when the log does not say which row it was */
  #gone(tuple: Tuple, places: readonly number[], atMs: number): RawRecord {
    const { columns, key } = this.#stream;
    const unsaid = key.filter((column) => {
      const at = places[columns.indexOf(column)] as number;
      return at < 0 || typeof tuple[at] !== 'string';
    });
    if (unsaid.length > 0)
      throw new HubError(
        'HUB_SOURCE_LOG_PARTIAL',
        `a change of ${qualified(this.#stream)} does not say ${unsaid.map(({ name }) => name).join(', ')} of the row that was: the replica identity does not hold the key`,
        { table: qualified(this.#stream) },
      );
    return { ...this.#make(rowOf(tuple, places), atMs), op: 'delete', value: null };
  }

  /**
   * A large value that did not change is not in the log, nor is a column that was added or published later: the row is read
   * again. It may be newer by now; then its change follows. null when it is gone by now; then its deletion follows.
   */
  async #readAgain(tuple: Tuple, places: readonly number[]): Promise<Row | null> {
    const { columns, key, schema, table } = this.#stream;
    const { quote, knex } = this.#db;
    const values = key.map((column) => String(tuple[places[columns.indexOf(column)] as number]));
    const names = columns.map(({ name }) => quote(name)).join(', ');
    const where = key.map(({ name }) => `${quote(name)} = ?`).join(' AND ');
    const query = knex.raw(
      `SELECT ${names} FROM ${[schema ?? 'public', table].map(quote).join('.')} WHERE ${where}`,
      values,
    );
    const what = `reading a row of ${qualified(this.#stream)} again`;
    const [now] = await guarded(this.#db, what, () => this.#db.rows(query));
    if (now === undefined) return null;
    return places.map((at, i): Cell => {
      const cell = at < 0 ? undefined : tuple[at];
      return cell === undefined ? (now[i] as Cell) : cell;
    });
  }
}

/** Of an old row only the key is of use. */
const rowOf = (tuple: Tuple, places: readonly number[]): Row =>
  places.map((at) => (at < 0 ? null : (tuple[at] ?? null)));

/** Values that did not change and were not sent, from the old row where the replica identity is FULL. */
const filled = (row: Tuple, old: Tuple): Tuple =>
  row.map((cell, i) => (cell === undefined ? (old[i] ?? undefined) : cell));
