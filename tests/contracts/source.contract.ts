import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Checkpoint, Source, SourcePortion } from '../../connectors/connector.ts';
import type { ColumnType, RawRecord, RawValue } from '../../schemas/stream.ts';
import { type BrokenFiles, brokenFileTests } from './broken-files.ts';

/** What a connector shows to be tested: a source that holds exactly `expected`, with more than one portion to read. */
export interface SourceFixture extends AsyncDisposable {
  /** A fresh source over the same data; `signal` ends its reads. */
  open(signal: AbortSignal): Promise<Source>;
  readonly stream: string;
  /** All records in any order; `value` may be left out where a test of the connector itself looks at values. */
  readonly expected: readonly {
    readonly key: string;
    readonly op?: 'upsert' | 'delete';
    readonly value?: RawRecord['value'];
  }[];
  /** A source of the same kind without rows. */
  openEmpty(signal: AbortSignal): Promise<{ readonly source: Source; readonly stream: string }>;
  /**
   * A source of the same kind with whatever is broken or meant badly there: bytes of another encoding, rows without a key,
   * names that mean something to JavaScript or SQL, an end that is missing.
   */
  openHostile(signal: AbortSignal): Promise<HostileSource>;
}

interface HostileSource {
  readonly source: Source;
  readonly stream: string;
  /** Keys of the rows that arrive all the same. */
  readonly good: readonly string[];
  /** How many rows are kept as rejects; none when left out. */
  readonly rejects?: number;
  /** Its rejects are known when they are read, and not before: what is pushed waits in an inbox. */
  readonly isUnseen?: true;
  /** Code with which the read ends; left out: it ends well. */
  readonly error?: string;
}

const CHECKPOINT_BYTES = 4096;

/**
 * Registers the tests that every connector has to pass: one line to opt in. `runs`: fewer where opening costs much.
 * `brokenFiles`: of every connector over files.
 */
export function sourceContract(
  name: string,
  setup: () => Promise<SourceFixture>,
  { runs = 25, brokenFiles }: { readonly runs?: number; readonly brokenFiles?: BrokenFiles } = {},
): void {
  describe(`source contract: ${name}`, () => {
    let fixture: SourceFixture;
    const never = new AbortController().signal;

    beforeAll(async () => {
      fixture = await setup();
    });
    afterAll(async () => {
      await fixture?.[Symbol.asyncDispose]();
    });

    const readAll = async (after: Checkpoint | null): Promise<SourcePortion[]> => {
      await using source = await fixture.open(never);
      const portions: SourcePortion[] = [];
      for await (const portion of source.read(fixture.stream, after)) portions.push(portion);
      return portions;
    };

    test('check finds nothing to mend', async () => {
      await using source = await fixture.open(never);
      const report = await source.check();
      // Beside it there may be one that is bad on purpose.
      expect(report.streams.filter((line) => !line.ok && line.stream === fixture.stream)).toEqual([]);
      expect(report.ok).toBe(report.streams.every((line) => line.ok));
    });

    test('discover lists the stream with its columns and key', async () => {
      await using source = await fixture.open(never);
      const spec = (await source.discover()).find((one) => one.name === fixture.stream);
      expect(spec).toBeDefined();
      const columns = spec?.columns.map((column) => column.name) ?? [];
      expect(new Set(columns).size).toBe(columns.length);
      expect(columns).toEqual(expect.arrayContaining([...(spec?.key ?? [])]));
    });

    test('a full read gives exactly the fixture', async () => {
      const records = (await readAll(null)).flatMap((portion) => portion.records);
      expect(records.map(identity).sort()).toEqual(fixture.expected.map(identity).sort());
      const byKey = new Map(records.map((record) => [identity(record), record]));
      for (const wanted of fixture.expected) {
        if (wanted.value !== undefined) expect(byKey.get(identity(wanted))?.value).toEqual(wanted.value);
      }
      for (const record of records) {
        expect(record.stream).toBe(fixture.stream);
        expect(record.origin).not.toBe('');
        expect(Number.isSafeInteger(record.observedAt)).toBe(true);
        expect(record.value === null).toBe(record.op === 'delete');
      }
    });

    test('keys are unique and the same at a second read', async () => {
      const keys = async (): Promise<string[]> =>
        (await readAll(null)).flatMap((portion) => portion.records.map((record) => record.key));
      const first = await keys();
      expect(new Set(first).size).toBe(first.length);
      expect(await keys()).toEqual(first);
    });

    test('values fit the declared types', async () => {
      await using source = await fixture.open(never);
      const spec = (await source.discover()).find((one) => one.name === fixture.stream);
      const columns = new Map(spec?.columns.map((column) => [column.name, column]));
      const misfits = (await readAll(null)).flatMap((portion) =>
        portion.records.flatMap((record) =>
          Object.entries(record.value ?? {}).flatMap(([column, value]) => {
            const declared = columns.get(column);
            const fits = declared !== undefined && (value === null ? declared.nullable : FITS[declared.type](value));
            return fits ? [] : [{ origin: record.origin, column, type: declared?.type, value: String(value) }];
          }),
        ),
      );
      expect(misfits).toEqual([]);
    });

    test('of a hostile source the good rows arrive, the bad ones are kept with their place, and nobody is harmed', async () => {
      const read = async (after: Checkpoint | null) => {
        const { source, stream, ...wanted } = await fixture.openHostile(never);
        await using _ = source;
        const portions: SourcePortion[] = [];
        const error = await (async () => {
          for await (const portion of source.read(stream, after)) portions.push(portion);
        })().then(
          () => undefined,
          ({ code, message }: { code?: string; message: string }) => code ?? message,
        );
        return {
          wanted,
          portions,
          error,
          columns: (await source.discover()).find(({ name }) => name === stream)?.columns,
        };
      };
      const { wanted, portions, error, columns } = await read(null);
      const records = portions.flatMap((portion) => portion.records);
      const rejects = portions.flatMap((portion) => portion.rejects);
      expect(records.map(({ key }) => key).sort()).toEqual([...wanted.good].sort());
      expect([rejects.length, error]).toEqual([wanted.rejects ?? 0, wanted.error]);
      for (const { origin, raw, message } of rejects) {
        expect([origin, message]).not.toContain('');
        expect(raw.length).toBeLessThanOrEqual(64 * 1024);
      }
      const types = new Map(columns?.map(({ name, type }) => [name, type]));
      for (const { value } of records) {
        if (value !== null) expect([null, Object.prototype]).toContain(Object.getPrototypeOf(value));
        for (const [column, cell] of Object.entries(value ?? {}))
          expect([column, cell, cell === null || travels(types.get(column) as ColumnType, cell)]).toEqual([
            column,
            cell,
            true,
          ]);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
      // What broke does not move the places to go on from; behind the last one the next pass begins.
      for (const [i, { next }] of portions.slice(0, -1).entries())
        expect((await read(next)).portions.flatMap((portion) => portion.records)).toEqual(
          portions.slice(i + 1).flatMap((portion) => portion.records),
        );
    });

    test('of a hostile source check says that there is something to mend', async () => {
      const { source, stream, rejects = 0, error, isUnseen } = await fixture.openHostile(never);
      await using _ = source;
      const isGood = await source.check().then(
        ({ streams }) => streams.find((line) => line.stream === stream)?.ok,
        () => false,
      );
      expect(isGood).toBe((rejects === 0 && error === undefined) || isUnseen === true);
    });

    test('every checkpoint is JSON under 4 KB', async () => {
      for (const { next } of await readAll(null)) {
        const text = JSON.stringify(next);
        expect(JSON.parse(text)).toEqual(next);
        expect(Buffer.byteLength(text)).toBeLessThan(CHECKPOINT_BYTES);
      }
    });

    test('reading from any checkpoint gives exactly the rest', async () => {
      const portions = await readAll(null);
      expect(portions.length).toBeGreaterThan(1);
      const seed = propertySeed(name);
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: portions.length - 1 }), async (at) => {
          const saved = JSON.parse(JSON.stringify(portions[at]?.next)) as Checkpoint;
          const rest = portions.slice(at + 1);
          const again = await readAll(saved);
          expect(again.flatMap((portion) => portion.records)).toEqual(rest.flatMap((portion) => portion.records));
          expect(again.flatMap((portion) => portion.rejects)).toEqual(rest.flatMap((portion) => portion.rejects));
        }),
        { seed, numRuns: runs, examples: [[0], [portions.length - 1]] },
      );
    });

    test('an abort stops a read, with one portion more at most', async () => {
      const stop = new AbortController();
      const source = await fixture.open(stop.signal);
      let batchesAfter = 0;
      const read = async (): Promise<void> => {
        for await (const _ of source.read(fixture.stream, null)) {
          if (stop.signal.aborted) batchesAfter += 1;
          else {
            stop.abort();
          }
        }
      };
      await read().catch((error: unknown) => {
        // By name: inside jest an AbortError is of another realm than its Error class.
        if ((error as Error).name !== 'AbortError') throw error;
      });
      await source[Symbol.asyncDispose]();
      expect(batchesAfter).toBeLessThanOrEqual(1);
    });

    test('a reader that walks away leaves nothing open', async () => {
      const source = await fixture.open(never);
      for await (const _ of source.read(fixture.stream, null)) break;
      await source[Symbol.asyncDispose]();
    });

    test('all keys, for delete detection, are those of the rows present', async () => {
      await using source = await fixture.open(never);
      if (source.keys === undefined) return;
      const keys: string[] = [];
      for await (const part of source.keys(fixture.stream)) keys.push(...part);
      const wanted = fixture.expected.filter((record) => record.op !== 'delete').map((record) => record.key);
      expect(keys.sort()).toEqual(wanted.sort());
    });

    if (brokenFiles !== undefined) brokenFileTests(brokenFiles, propertySeed(`${name}, broken files`));

    test('an empty source is read without an error', async () => {
      const { source, stream } = await fixture.openEmpty(never);
      await using _ = source;
      const records: RawRecord[] = [];
      for await (const portion of source.read(stream, null)) records.push(...portion.records);
      expect(records).toEqual([]);
    });
  });
}

const identity = (record: { readonly key: string; readonly op?: 'upsert' | 'delete' }): string =>
  `${record.op ?? 'upsert'} ${record.key}`;

/** TEST_SEED repeats a run; the seed is printed so that a failure can be repeated. */
export function propertySeed(suite: string): number {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 2_147_483_647);
  process.stderr.write(`${suite}: TEST_SEED=${seed}\n`);
  return seed;
}

const text = (pattern: RegExp) => (value: RawValue) => typeof value === 'string' && pattern.test(value);

/** A bad number or day of a source without types travels as it stands there: who reads the cell finds fault with it. */
const travels = (type: ColumnType, cell: RawValue): boolean =>
  FITS[type](cell) || (['bigint', 'decimal', 'date'].includes(type) && FITS.text(cell));

const FITS: Readonly<Record<ColumnType, (value: RawValue) => boolean>> = {
  text: (value) => typeof value === 'string' && !value.includes('\0') && !/\p{Surrogate}/u.test(value),
  integer: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 31,
  bigint: text(/^[+-]?\d+$/),
  decimal: text(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/),
  float: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  date: text(/^([+-]?\d{4,6}-\d{2}-\d{2}( BC)?|-?infinity)$/),
  time: text(/^\d{2}:\d{2}(:\d{2}(\.\d+)?)?([+-]\d{2}(:?\d{2})?)?$/),
  timestamp: text(/^(\d{4,6}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?|-?infinity)$/),
  bytes: (value) => value instanceof Uint8Array,
};
