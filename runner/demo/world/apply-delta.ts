import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { csvLine } from './csv-file.ts';
import { DbfLayout, DbfWriter, DELETED } from './dbf-file.ts';
import { changeAt, deletedKeys, insertedRows, updatedRows } from './delta.ts';
import { CSV_FILES, type CsvSystem, DBF_FILES } from './file-systems.ts';
import { FileWriter } from './file-writer.ts';
import { industryCommerce, officeOf } from './industry-commerce.ts';
import type { WorldTargets } from './load-world.ts';
import { checkOptions } from './options.ts';
import type { WorldOptions } from './person.ts';
import type { Change, SampleRow, SampleSystem, SystemName } from './sample-system.ts';
import { SAMPLE_SYSTEMS } from './systems.ts';
import { copyRows, inDatabase } from './table-systems.ts';
import { columnList, qualified, TABLES, type TableSystem } from './tables.ts';

interface DeltaCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}
export type DeltaSummary = Readonly<Record<SystemName, DeltaCounts>>;

const KEYS_AT_ONCE = 5_000;
const ignore = (): void => {};

async function upsert(
  client: pg.Client,
  name: TableSystem,
  rows: Iterable<SampleRow>,
  signal: AbortSignal,
): Promise<DeltaCounts> {
  const { columns } = SAMPLE_SYSTEMS[name];
  const table = TABLES[name];
  await client.query('DROP TABLE IF EXISTS pg_temp.stage');
  await client.query(`CREATE TEMP TABLE stage (LIKE ${qualified(table)}) ON COMMIT DROP`);
  await copyRows(client, 'stage', columns, rows, ignore, signal);
  const list = columnList(columns);
  const { rows: counts } = await client.query<{ inserted: number; updated: number }>(
    `WITH written AS (
       INSERT INTO ${qualified(table)} (${list}) SELECT ${list} FROM stage
       ON CONFLICT ("${table.key}") DO UPDATE SET ${columns.map((column) => `"${column.name}" = excluded."${column.name}"`).join(', ')}
       RETURNING xmax = 0 AS is_new)
     SELECT count(*) FILTER (WHERE is_new)::int AS inserted, count(*) FILTER (WHERE NOT is_new)::int AS updated FROM written`,
  );
  return { inserted: counts[0]?.inserted ?? 0, updated: counts[0]?.updated ?? 0, deleted: 0 };
}

async function removeKeys(client: pg.Client, name: TableSystem, keys: Iterable<string>): Promise<number> {
  const table = TABLES[name];
  let deleted = 0;
  let some: string[] = [];
  const send = async (): Promise<void> => {
    const { rowCount } = await client.query(`DELETE FROM ${qualified(table)} WHERE "${table.key}" = ANY($1)`, [some]);
    deleted += rowCount ?? 0;
    some = [];
  };
  for (const key of keys) {
    some.push(key);
    if (some.length >= KEYS_AT_ONCE) await send();
  }
  if (some.length > 0) await send();
  return deleted;
}

const changeTable = (
  name: TableSystem,
  world: WorldOptions,
  url: string,
  change: Change,
  signal: AbortSignal,
): Promise<DeltaCounts> =>
  inDatabase(url, name, signal, async (client) => {
    const system = SAMPLE_SYSTEMS[name];
    const changed = await upsert(client, name, updatedRows(system, world, change), signal);
    const added = await upsert(client, name, insertedRows(system, world, change), signal);
    const deleted = await removeKeys(client, name, deletedKeys(system, world, change));
    return { inserted: changed.inserted + added.inserted, updated: changed.updated + added.updated, deleted };
  });

/** What a round does to the rows of a file, by key: a new row, or null for a deletion. About one row in a hundred. */
function edits(system: SampleSystem, world: WorldOptions, change: Change): Map<string, SampleRow | null> {
  const byKey = new Map<string, SampleRow | null>();
  for (const row of updatedRows(system, world, change)) byKey.set(row.key, row);
  for (const key of deletedKeys(system, world, change)) byKey.set(key, null);
  return byKey;
}

async function changeDbf(
  world: WorldOptions,
  folder: string,
  office: 1 | 2,
  change: Change,
  signal: AbortSignal,
): Promise<DeltaCounts> {
  const path = join(folder, DBF_FILES[office]);
  const layout = new DbfLayout(industryCommerce.columns);
  const byKey = edits(industryCommerce, world, change);
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  const keyLength = layout.fields[0]?.length ?? 0;
  const old = await open(path, 'r');
  try {
    const count = (await old.read(Buffer.alloc(4), 0, 4, 4)).buffer.readUInt32LE(0);
    await using file = await DbfWriter.create(path, layout, change.at.slice(0, 10).replaceAll('-', ''));
    const record = Buffer.alloc(layout.recordLength);
    for (let at = 0; at < count; at++) {
      signal.throwIfAborted();
      await old.read(record, 0, layout.recordLength, layout.headerLength + at * layout.recordLength);
      const edit = record[0] === DELETED ? undefined : byKey.get(record.toString('latin1', 1, 1 + keyLength).trimEnd());
      if (edit === null) {
        record[0] = DELETED;
        counts.deleted += 1;
      }
      if (edit) counts.updated += 1;
      await file.add(edit ? layout.record(edit.cells) : record);
    }
    for (const row of insertedRows(industryCommerce, world, change)) {
      if (officeOf(world, row.index) !== office) continue;
      await file.add(layout.record(row.cells));
      counts.inserted += 1;
    }
    await file.finish();
  } finally {
    await old.close();
  }
  return counts;
}

/** Lines as bytes, ends included: the file has no line end inside a cell. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      yield bytes.subarray(start, end + 1);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield rest;
}

async function changeCsv(
  name: CsvSystem,
  world: WorldOptions,
  folder: string,
  change: Change,
  signal: AbortSignal,
): Promise<DeltaCounts> {
  const path = join(folder, CSV_FILES[name]);
  const system = SAMPLE_SYSTEMS[name];
  const byKey = edits(system, world, change);
  const counts = { inserted: 0, updated: 0, deleted: 0 };
  await using file = await FileWriter.create(path);
  for await (const line of linesOf(path)) {
    signal.throwIfAborted();
    const edit = byKey.get(line.toString('latin1', 0, line.indexOf(0x2c)));
    if (edit === null) {
      counts.deleted += 1;
      continue;
    }
    if (edit) {
      counts.updated += 1;
      file.text(csvLine(edit.cells));
    } else file.bytes(line);
    if (file.isFull) await file.flush();
  }
  for (const row of insertedRows(system, world, change)) {
    file.text(csvLine(row.cells));
    counts.inserted += 1;
    if (file.isFull) await file.flush();
  }
  await file.finish();
  return counts;
}

/**
 * Lets time pass in the sample systems, which must be loaded: about 1 % of the rows change (and lose their faults, but for
 * those of their keys), 0.1 % go, 0.5 % newcomers appear. Columns that tell the time of change get `at`. Rounds add up;
 * each `deltaSeed` is a round.
 */
export async function applyDelta(
  world: WorldOptions,
  targets: WorldTargets,
  deltaSeed: number,
  signal: AbortSignal = new AbortController().signal,
  at: Date = new Date(),
): Promise<DeltaSummary> {
  checkOptions(world);
  const change = changeAt(deltaSeed, at);
  const goldenShield = await changeTable('golden-shield', world, targets.goldenShield, change, signal);
  const goldenInsurance = await changeTable('golden-insurance', world, targets.goldenInsurance, change, signal);
  const first = await changeDbf(world, targets.industryCommerceFolder, 1, change, signal);
  const second = await changeDbf(world, targets.industryCommerceFolder, 2, change, signal);
  return {
    'golden-shield': goldenShield,
    'golden-insurance': goldenInsurance,
    'industry-commerce': {
      inserted: first.inserted + second.inserted,
      updated: first.updated + second.updated,
      deleted: first.deleted + second.deleted,
    },
    'quality-codes': await changeCsv('quality-codes', world, targets.qualityCodesFolder, change, signal),
    'golden-tax': await changeTable('golden-tax', world, targets.goldenTax, change, signal),
    'staffing-office': await changeCsv('staffing-office', world, targets.staffingOfficeFolder, change, signal),
    'civil-affairs': await changeCsv('civil-affairs', world, targets.civilAffairsFolder, change, signal),
  };
}
