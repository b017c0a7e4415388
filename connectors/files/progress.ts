import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Checkpoint } from '../connector.ts';
import type { FilePosition } from './format.ts';
import { type FoundFile, isTimeKnown, type KnownFile } from './listing.ts';

const MARK_LENGTH = 8;
/**
 * 150 marks are 1.2 KB, 24 files set aside 0.6 KB; two partial files and the fold with the longest names are under 2 KB:
 * together below 4 KB.
 */
const MARKS_KEPT = 150;
const ASIDE_KEPT = 24;
const PARTIALS_KEPT = 2;

const checkpointShape = z.strictObject({
  /** Files that were begun. */
  files: z.record(
    z.string(),
    z.strictObject({
      size: z.number(),
      mtimeMs: z.number(),
      head: z.string(),
      records: z.number().int().min(0),
      offset: z.number().int().min(0),
    }),
  ),
  /** Finished files: one 48-bit mark each over name, size, time and head. */
  done: z.string(),
  /** Older finished files as one: all listed up to this time and name, proven by count and digest. */
  before: z
    .strictObject({ mtimeMs: z.number(), name: z.string(), count: z.number().int(), digest: z.string() })
    .nullable(),
  /** Files that could not be read and were reported: by mark over name, size and time, until when they are left alone. */
  aside: z.record(z.string(), z.string()).default({}),
});
type CheckpointShape = z.infer<typeof checkpointShape>;

/** Of what lies in the folder, enough to see that it has changed. */
export type FileFacts = Pick<FoundFile, 'name' | 'size' | 'mtimeMs'>;

/**
 * Which files are finished and how far the current one is, as a checkpoint that stays under 4 KB for any number of
 * files. What cannot be proven finished is read again: a repeat is harmless, a gap is not.
 */
export interface Progress {
  /** Finished as part of the folded past; spares opening it. */
  isFolded(file: FoundFile): boolean;
  isDone(file: KnownFile): boolean;
  /** null: read from the start. */
  positionIn(file: KnownFile): FilePosition | null;
  advance(file: KnownFile, position: FilePosition): Checkpoint;
  finish(file: KnownFile): Checkpoint;
  /** A known finished file that stays finished in the next checkpoint. */
  keep(file: KnownFile): void;
  /** What a file that is still as it was reported was set aside with; null when it was not. */
  asideWith(file: FileFacts): string | null;
  /** Beyond two dozen a file is not remembered: it is tried again in each run, and its report is the same one. */
  setAside(file: FileFacts, reason: string): Checkpoint;
  /** As far as it is now. */
  current(): Checkpoint;
}

/**
 * @param listed every file now present, oldest first.
 * @param refused what is in the folder and is no file to be read.
 * @throws HUB_CONFIG_INVALID for a checkpoint of another connector.
 */
export function openProgress(
  after: Checkpoint | null,
  listed: readonly FoundFile[],
  refused: readonly FileFacts[] = [],
): Progress {
  const saved = after === null ? null : parse(after);
  const present = new Set([...listed, ...refused].map(factsMark));
  const aside = new Map(Object.entries(saved?.aside ?? {}).filter(([mark]) => present.has(mark)));
  /** A file set aside may be mended at any time, and one without a time is known by its content alone: no parts of the fold. */
  const foldable = (): readonly FoundFile[] =>
    listed.filter((file) => isTimeKnown(file) && !aside.has(factsMark(file)));
  let before = saved?.before ?? null;
  const foldedNames = new Set<string>();
  if (before !== null) {
    const until = before;
    const past = foldable().filter((file) => !isAfter(file, until));
    if (past.length === before.count && digestOf(past) === before.digest)
      for (const file of past) foldedNames.add(file.name);
    else before = null;
  }
  const earlierMarks = new Set(chunks(saved?.done ?? ''));
  const unseenMarks = new Set(earlierMarks);
  const partial = new Map(Object.entries(saved?.files ?? {}));
  const done = new Map<string, string>();

  const fold = (): void => {
    const files = foldable();
    const end = files.findIndex(({ name }) => !foldedNames.has(name) && !done.has(name));
    const past = end < 0 ? files : files.slice(0, end);
    const last = past.at(-1);
    if (last === undefined || past.length === foldedNames.size) return;
    for (const file of past) {
      foldedNames.add(file.name);
      done.delete(file.name);
    }
    before = { mtimeMs: last.mtimeMs, name: last.name, count: past.length, digest: digestOf(past) };
  };

  const checkpoint = (): Checkpoint => {
    if (done.size > MARKS_KEPT) fold();
    // A file that fails for ever can hold the fold back; then the oldest marks go and those files are read again.
    const marks = [...unseenMarks, ...done.values()].slice(-MARKS_KEPT);
    return {
      ...{ files: Object.fromEntries([...partial].slice(-PARTIALS_KEPT)), done: marks.join(''), before },
      ...(aside.size === 0 ? {} : { aside: Object.fromEntries(aside) }),
    };
  };

  const settle = (file: KnownFile): void => {
    const mark = markOf(file);
    unseenMarks.delete(mark);
    partial.delete(file.name);
    done.set(file.name, mark);
    if (!aside.delete(factsMark(file)) || before === null || isAfter(file, before)) return;
    // It lies among the folded ones, and the fold is proven by all that do.
    const until = before;
    const past = foldable().filter((one) => !isAfter(one, until));
    done.delete(file.name);
    foldedNames.add(file.name);
    before = { ...until, count: past.length, digest: digestOf(past) };
  };

  return {
    isFolded: (file) => foldedNames.has(file.name),
    isDone: (file) => earlierMarks.has(markOf(file)),
    positionIn(file) {
      const entry = partial.get(file.name);
      const same = entry?.size === file.size && entry.mtimeMs === file.mtimeMs && entry.head === file.head;
      return entry !== undefined && same ? { records: entry.records, offset: entry.offset } : null;
    },
    advance(file, { records, offset }) {
      partial.delete(file.name);
      partial.set(file.name, { size: file.size, mtimeMs: file.mtimeMs, head: file.head, records, offset });
      return checkpoint();
    },
    finish(file) {
      settle(file);
      // Marks that no file claimed belong to files that are gone or were replaced.
      if (file.name === listed.at(-1)?.name) unseenMarks.clear();
      return checkpoint();
    },
    keep: settle,
    asideWith: (file) => aside.get(factsMark(file)) ?? null,
    current: checkpoint,
    setAside(file, reason) {
      if (aside.size < ASIDE_KEPT || aside.has(factsMark(file))) aside.set(factsMark(file), reason);
      partial.delete(file.name);
      return checkpoint();
    },
  };
}

function parse(after: Checkpoint): CheckpointShape {
  const parsed = checkpointShape.safeParse(after);
  if (parsed.success) return parsed.data;
  throw new HubError(
    'HUB_CONFIG_INVALID',
    'The saved checkpoint is not one of a file stream; was the connector of this stream changed?',
    {
      issues: z.prettifyError(parsed.error),
    },
  );
}

const isAfter = (file: FileFacts, mark: { readonly mtimeMs: number; readonly name: string }): boolean =>
  file.mtimeMs > mark.mtimeMs || (file.mtimeMs === mark.mtimeMs && file.name > mark.name);

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

const markOf = (file: KnownFile): string =>
  hash([file.name, file.size, file.mtimeMs, file.head].join('\0')).slice(0, MARK_LENGTH);

const factsMark = ({ name, size, mtimeMs }: FileFacts): string =>
  hash([name, size, mtimeMs].join('\0')).slice(0, MARK_LENGTH);

const digestOf = (files: readonly FoundFile[]): string =>
  hash(files.map((file) => [file.name, file.size, file.mtimeMs].join('\0')).join('\0\0'));

const chunks = (text: string): string[] => text.match(new RegExp(`.{${MARK_LENGTH}}`, 'g')) ?? [];
