import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Source } from '../../../../connectors/connector.ts';
import { csv } from '../../../../connectors/csv/connector.ts';
import { dbf } from '../../../../connectors/dbf/connector.ts';
import { DbfLayout, DbfWriter } from '../../../../runner/demo/world/dbf-file.ts';
import { writeCsv, writeIndustryCommerce } from '../../../../runner/demo/world/file-systems.ts';
import { industryCommerce } from '../../../../runner/demo/world/industry-commerce.ts';
import type { WorldOptions } from '../../../../runner/demo/world/person.ts';
import { qualityCodes } from '../../../../runner/demo/world/quality-codes.ts';
import { rowsOf, type SampleRow, type SampleSystem } from '../../../../runner/demo/world/sample-system.ts';
import type { RawRecord } from '../../../../schemas/stream.ts';
import { testContext } from '../../../connectors/files/folder.ts';

const WORLD: WorldOptions = { persons: 2_000, entities: 1_500, seed: 5 };
const signal = new AbortController().signal;

async function temporary(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'world-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function readAll(source: Source, stream: string): Promise<Map<string, RawRecord>> {
  const byKey = new Map<string, RawRecord>();
  for await (const { records, rejects } of source.read(stream, null)) {
    expect(rejects).toEqual([]);
    for (const record of records) byKey.set(record.key, record);
  }
  await source[Symbol.asyncDispose]();
  return byKey;
}

function shown(system: SampleSystem, row: SampleRow): Record<string, string | null> {
  return Object.fromEntries(
    system.columns.map(({ name, type }, at) => {
      const cell = row.cells[at] ?? null;
      return [name, type === 'D' && cell !== null ? `${cell.slice(0, 4)}-${cell.slice(4, 6)}-${cell.slice(6)}` : cell];
    }),
  );
}

function expectAll(system: SampleSystem, read: Map<string, RawRecord>): void {
  const rows = [...rowsOf(system, WORLD)];
  expect(read.size).toBe(rows.length);
  const text = (value: unknown): string => JSON.stringify(value);
  const wrong = rows.filter((row) => text(read.get(row.key)?.value) !== text(shown(system, row)));
  expect(wrong).toEqual([]);
}

test('the DBF connector reads from two files exactly what the register of enterprises holds', async () => {
  await using folder = await temporary();
  let seen = 0;
  await writeIndustryCommerce(WORLD, folder.path, () => (seen += 1), signal);
  expect((await readdir(folder.path)).sort()).toEqual(['QYDJ_1.DBF', 'QYDJ_2.DBF']);
  const config = dbf.config.parse({
    connection: { folder: folder.path },
    streams: { enterprises: { files: 'QYDJ_*.DBF', key: ['ZCH'] } },
  });
  const read = await readAll(await dbf.open(config, testContext(signal)), 'enterprises');
  expectAll(industryCommerce, read);
  expect(seen).toBe(read.size);
  for (const file of ['QYDJ_1.DBF', 'QYDJ_2.DBF'])
    expect([...read.values()].filter(({ origin }) => origin.startsWith(file)).length).toBeGreaterThan(100);
});

test('the CSV connector reads exactly what the register of organisation codes holds', async () => {
  await using folder = await temporary();
  await writeCsv('quality-codes', WORLD, folder.path, () => {}, signal);
  const config = csv.config.parse({
    connection: { folder: folder.path },
    streams: { codes: { files: 'ZZJGDM*.csv', key: ['机构代码'], encoding: 'gb18030' } },
  });
  expectAll(qualityCodes, await readAll(await csv.open(config, testContext(signal)), 'codes'));
});

test('the world is written anew over an older one, and not at all when aborted', async () => {
  await using folder = await temporary();
  await writeCsv('quality-codes', WORLD, folder.path, () => {}, signal);
  const aborted = AbortSignal.abort();
  await expect(writeCsv('quality-codes', WORLD, folder.path, () => {}, aborted)).rejects.toHaveProperty(
    'name',
    'AbortError',
  );
  expect(await readdir(folder.path)).toEqual([]);
});

test('a text too long for its column is cut between characters', async () => {
  await using folder = await temporary();
  const layout = new DbfLayout([{ name: 'A', type: 'C(5)', title: '' }]);
  const writer = await DbfWriter.create(join(folder.path, 'A.DBF'), layout, '20250630');
  await writer.add(layout.record(['青海省']));
  await writer.add(layout.record(['a𬭎b']));
  await writer.finish();
  const config = dbf.config.parse({
    connection: { folder: folder.path },
    streams: { a: { files: 'A.DBF', key: ['A'] } },
  });
  const read = await readAll(await dbf.open(config, testContext(signal)), 'a');
  expect([...read.keys()].sort()).toEqual(['a𬭎', '青海']);
});
