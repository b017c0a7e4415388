import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Checkpoint, Source } from '../../connectors/connector.ts';
import { testFolder } from '../connectors/files/folder.ts';

/** What a connector over files shows, so that a broken file among good ones can be tried. */
export interface BrokenFiles {
  /** Of the file that is listed, such as `.csv`. */
  readonly ending: string;
  /** Writes a whole file with a row for each key. */
  write(folder: string, name: string, keys: readonly string[]): Promise<void>;
  /** Opens the folder, here or on a server; `close` ends what was begun for it. */
  open(folder: string, signal: AbortSignal): Promise<OpenedFolder>;
  /** Name of the fault: what is done to the bytes of a whole file, or of what lies beside it. */
  readonly faults: Readonly<Record<string, FileFault>>;
  /** How often a whole file with a random wound is tried. */
  readonly wounds?: number;
}

export interface OpenedFolder {
  readonly source: Source;
  readonly stream: string;
  close?(): Promise<void>;
}

export type FileFault = ((bytes: Buffer) => Buffer) | { readonly ending: string; edit(bytes: Buffer): Buffer | null };

const BAD = 'bad';
const GOOD_1 = ['1-a', '1-b'];
const WAS_BAD = ['2-a', '2-b', '2-c'];
const GOOD_2 = ['3-a', '3-b'];

interface Seen {
  readonly keys: readonly string[];
  readonly rejects: readonly { readonly code: string; readonly origin: string; readonly message: string }[];
  readonly last: Checkpoint | null;
}

/** [good, broken, good]: both good ones arrive, one report names the broken one, which is read when it is mended. */
export function brokenFileTests({ ending, write, open, faults, wounds = 20 }: BrokenFiles, seed: number): void {
  const never = new AbortController().signal;
  const pass = async (folder: string, after: Checkpoint | null): Promise<Seen> => {
    const { source, stream, close } = await open(folder, never);
    const keys: string[] = [];
    const rejects: Seen['rejects'][number][] = [];
    let last = after;
    try {
      for await (const portion of source.read(stream, after)) {
        keys.push(...portion.records.map(({ key }) => key));
        rejects.push(...portion.rejects);
        last = JSON.parse(JSON.stringify(portion.next)) as Checkpoint;
      }
    } finally {
      await source[Symbol.asyncDispose]();
      await close?.();
    }
    return { keys, rejects, last };
  };
  const editBad = async (folder: string, fault: FileFault): Promise<void> => {
    const { ending: where, edit } = typeof fault === 'function' ? { ending, edit: fault } : fault;
    const path = join(folder, `${BAD}${where}`);
    const { mtimeMs } = await stat(path);
    const edited = edit(await readFile(path));
    if (edited === null) await rm(path);
    else {
      await writeFile(path, edited);
      await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
    }
  };
  const begin = async (isOldest: boolean) => {
    const folder = await testFolder();
    if (isOldest) await write(folder.path, BAD, WAS_BAD);
    await write(folder.path, 'good-1', GOOD_1);
    if (!isOldest) await write(folder.path, BAD, WAS_BAD);
    await write(folder.path, 'good-2', GOOD_2);
    // Files of one moment are read by name; order is by time.
    const order = isOldest ? [BAD, 'good-1', 'good-2'] : ['good-1', BAD, 'good-2'];
    for (const [at, name] of order.entries())
      await utimes(join(folder.path, name + ending), 1_700_000_000 + at, 1_700_000_000 + at);
    return folder;
  };
  const good = (keys: readonly string[]): readonly string[] => keys.filter((key) => !WAS_BAD.includes(key));
  const isNamed = ({ rejects }: Seen): void => {
    const files = rejects.filter(({ origin }) => origin === `${BAD}${ending}`);
    expect(files).toMatchObject([{ code: 'HUB_FILE_UNREADABLE' }]);
    expect(files[0]?.message).toContain(`${BAD}${ending}`);
    expect(files[0]?.message).toMatch(/HUB_(FILE|SOURCE)_[A-Z_]+|not a regular file/);
  };

  async function setAsideAndMended(folder: string): Promise<void> {
    const first = await pass(folder, null);
    expect(good(first.keys)).toEqual([...GOOD_1, ...GOOD_2]);
    isNamed(first);
    const again = await pass(folder, first.last);
    expect([again.keys, again.rejects]).toEqual([[], []]);
    const { source, close } = await open(folder, never);
    // Heads are checked, so not every break is seen there; one that is seen is named.
    for (const { ok, message } of (await source.check()).streams) if (!ok) expect(message).toContain(BAD);
    await source[Symbol.asyncDispose]();
    await close?.();
    await rm(join(folder, `${BAD}${ending}`), { recursive: true });
    await write(folder, BAD, WAS_BAD);
    const mended = await pass(folder, again.last);
    expect([mended.keys, mended.rejects]).toEqual([WAS_BAD, []]);
    expect((await pass(folder, mended.last)).keys).toEqual([]);
  }

  const all: Readonly<Record<string, FileFault>> = { 'zero bytes': () => Buffer.alloc(0), ...faults };
  for (const [fault, edit] of Object.entries(all))
    for (const isOldest of [false, true])
      test(`a broken file, ${isOldest ? 'the oldest' : 'between good ones'}, is named and set aside, the others are read: ${fault}`, async () => {
        await using folder = await begin(isOldest);
        await editBad(folder.path, edit);
        await setAsideAndMended(folder.path);
      });

  test('a folder in the place of a file is named, the others are read', async () => {
    await using folder = await begin(false);
    await rm(join(folder.path, `${BAD}${ending}`));
    await mkdir(join(folder.path, `${BAD}${ending}`));
    await setAsideAndMended(folder.path);
  });

  test('a file with one bit turned, or cut anywhere, never stops its neighbours', async () => {
    const wound = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 8 }));
    await fc.assert(
      fc.asyncProperty(wound, async ([where, bit]) => {
        await using folder = await begin(false);
        await editBad(folder.path, (bytes) => {
          const at = Math.min(bytes.length - 1, Math.floor(where * bytes.length));
          if (bit === 8) return bytes.subarray(0, at);
          bytes[at] = (bytes[at] as number) ^ (1 << bit);
          return bytes;
        });
        const { keys, rejects, last } = await pass(folder.path, null);
        expect(keys).toEqual(expect.arrayContaining([...GOOD_1, ...GOOD_2]));
        for (const { code, message } of rejects)
          expect([code, message]).toEqual([expect.stringMatching(/^HUB_/), expect.stringMatching(/./)]);
        expect((await pass(folder.path, last)).keys).toEqual([]);
      }),
      { seed, numRuns: wounds },
    );
  });
}
