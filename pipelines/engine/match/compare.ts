import type { ClientBase, Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import { decideStored } from './match.ts';
import { type MatchingBase, readModel, withActiveModel } from './model.ts';
import type { StoredChoice } from './store.ts';

/** Schemes of an array of `scheme:value`. */
export const schemesOf = (column: string): string =>
  `ARRAY (SELECT split_part(k.key, ':', 1) FROM unnest(${column}) AS k (key))`;

interface ChangedPair {
  readonly rows: readonly [string, string];
  /** Bits; null where the pair was not among the choices. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What would be different under another model, over records without a deciding identifier. */
export interface Comparison {
  readonly version: string;
  /** The active one. */
  readonly against: string;
  readonly records: number;
  /** Choices that link by themselves, by what becomes of them. */
  readonly pairs: { readonly kept: number; readonly gained: number; readonly lost: number };
  /** Records that wait for a person. */
  readonly review: { readonly before: number; readonly after: number };
  readonly examples: { readonly gained: readonly ChangedPair[]; readonly lost: readonly ChangedPair[] };
}

const READ_AT_ONCE = 2_000;
const MOST_EXAMPLES = 10;

/**
 * Decides under both models and says what differs; nothing is written.
 * @param sample records to draw, evenly over the base; null: all of them.
 */
export async function compareModels(
  pool: Pool,
  base: MatchingBase,
  version: string,
  sample: number | null,
): Promise<Comparison> {
  return await inTransaction(
    pool,
    `comparing link models of ${base.name}`,
    async (client) => {
      const candidate = await readModel(client, base, version);
      const active = (await withActiveModel(client, base)).matching.model;
      const found = new Findings(active.version, version);
      const names = await sourceNames(client, base.schema);
      const orderOf = (sourceId: number, key: string): string => `${names.get(sourceId)} ${key}`;
      for await (const ids of openRecords(client, base, sample)) {
        const [before = [], after = []] = await decideStored(client, base, ids, [active, candidate], orderOf);
        found.add(ids.length, before, after);
      }
      return await found.told(client, base.schema);
    },
    // What is read must not change between two slices.
    { snapshot: true },
  );
}

async function sourceNames(client: ClientBase, schema: string): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ id: number; name: string }>(
    `SELECT source_id AS id, system || '/' || stream AS name FROM ${schema}.source`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

async function* openRecords(
  client: ClientBase,
  { schema, matching, name }: MatchingBase,
  sample: number | null,
): AsyncGenerator<readonly number[]> {
  const where = `NOT deleted AND NOT ${schemesOf('link_keys')} && $1::text[]`;
  // A cursor: the ids of a province are not held at once, and the draw is the same each time.
  const order = sample === null ? 'record_id' : 'hashint8(record_id), record_id';
  try {
    await client.query(
      `DECLARE open_record CURSOR FOR SELECT record_id::float8 AS id FROM ${schema}.source_record WHERE ${where}
        ORDER BY ${order} LIMIT ${sample ?? 'ALL'}`,
      [matching.anchors],
    );
    for (;;) {
      const { rows } = await client.query<{ id: number }>(`FETCH ${READ_AT_ONCE} FROM open_record`);
      if (rows.length === 0) return;
      yield rows.map(({ id }) => id);
    }
  } catch (error) {
    throw storeFailure(error, `reading records of ${name}`);
  }
}

interface Found {
  readonly left: number;
  readonly right: number;
  readonly before: number | null;
  readonly after: number | null;
}

class Findings {
  readonly #against: string;
  readonly #version: string;
  #records = 0;
  readonly #pairs = { kept: 0, gained: 0, lost: 0 };
  readonly #review = { before: 0, after: 0 };
  readonly #gained: Found[] = [];
  readonly #lost: Found[] = [];

  constructor(against: string, version: string) {
    this.#against = against;
    this.#version = version;
  }

  add(records: number, before: readonly StoredChoice[], after: readonly StoredChoice[]): void {
    this.#records += records;
    this.#review.before += waiting(before);
    this.#review.after += waiting(after);
    const [old, now] = [byPair(before), byPair(after)];
    for (const [pair, choice] of now) {
      if (choice.state !== 'auto') continue;
      const earlier = old.get(pair);
      if (earlier?.state === 'auto') this.#pairs.kept += 1;
      else {
        this.#pairs.gained += 1;
        keep(this.#gained, choice, earlier?.weight ?? null, choice.weight);
      }
    }
    for (const [pair, choice] of old) {
      if (choice.state !== 'auto' || now.get(pair)?.state === 'auto') continue;
      this.#pairs.lost += 1;
      keep(this.#lost, choice, choice.weight, now.get(pair)?.weight ?? null);
    }
  }

  async told(client: ClientBase, schema: string): Promise<Comparison> {
    const ids = [...this.#gained, ...this.#lost].flatMap(({ left, right }) => [left, right]);
    const { rows } = await client.query<{ id: number; row: string }>(
      `SELECT r.record_id::float8 AS id, s.system || '/' || s.stream || ' ' || r.source_key AS row
       FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id) WHERE r.record_id = ANY ($1::bigint[])`,
      [ids],
    );
    const named = new Map(rows.map(({ id, row }) => [id, row]));
    const tell = ({ left, right, before, after }: Found): ChangedPair => ({
      ...{ rows: [named.get(left) ?? String(left), named.get(right) ?? String(right)], before, after },
    });
    return {
      ...{ version: this.#version, against: this.#against, records: this.#records },
      ...{ pairs: this.#pairs, review: this.#review },
      examples: { gained: this.#gained.map(tell), lost: this.#lost.map(tell) },
    };
  }
}

const byPair = (choices: readonly StoredChoice[]): ReadonlyMap<string, StoredChoice> =>
  new Map(choices.map((choice) => [`${choice.recordId} ${choice.otherId}`, choice]));

const waiting = (choices: readonly StoredChoice[]): number =>
  new Set(choices.filter(({ state }) => state === 'review').map(({ recordId }) => recordId)).size;

function keep(into: Found[], { recordId, otherId }: StoredChoice, before: number | null, after: number | null): void {
  if (into.length < MOST_EXAMPLES) into.push({ left: recordId, right: otherId, before, after });
}
