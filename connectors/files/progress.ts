import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Checkpoint } from '../connector.ts';
import type { FilePosition } from './format.ts';
import type { FoundFile, KnownFile } from './listing.ts';

const MARK_LENGTH = 8;
/** 200 marks are 1.6 KB; two partial files and the fold with the longest names are under 2 KB: together below 4 KB. */
const MARKS_KEPT = 200;
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
});
type CheckpointShape = z.infer<typeof checkpointShape>;

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
}

/** @param listed every file now present, oldest first. @throws HUB_CONFIG_INVALID for a checkpoint of another connector. */
export function openProgress(after: Checkpoint | null, listed: readonly FoundFile[]): Progress {
  const saved = after === null ? null : parse(after);
  let before = saved?.before ?? null;
  const foldedNames = new Set<string>();
  if (before !== null) {
    const until = before;
    const past = listed.filter((file) => !isAfter(file, until));
    if (past.length === before.count && digestOf(past) === before.digest)
      for (const file of past) foldedNames.add(file.name);
    else before = null;
  }
  const earlierMarks = new Set(chunks(saved?.done ?? ''));
  const unseenMarks = new Set(earlierMarks);
  const partial = new Map(Object.entries(saved?.files ?? {}));
  const done = new Map<string, string>();

  const fold = (): void => {
    let count = foldedNames.size;
    while (done.has(listed[count]?.name ?? '')) count += 1;
    const last = listed[count - 1];
    if (last === undefined || count === foldedNames.size) return;
    const past = listed.slice(0, count);
    for (const file of past) {
      foldedNames.add(file.name);
      done.delete(file.name);
    }
    before = { mtimeMs: last.mtimeMs, name: last.name, count, digest: digestOf(past) };
  };

  const checkpoint = (): Checkpoint => {
    if (done.size > MARKS_KEPT) fold();
    // A file that fails for ever can hold the fold back; then the oldest marks go and those files are read again.
    const marks = [...unseenMarks, ...done.values()].slice(-MARKS_KEPT);
    return { files: Object.fromEntries([...partial].slice(-PARTIALS_KEPT)), done: marks.join(''), before };
  };

  const settle = (file: KnownFile): void => {
    const mark = markOf(file);
    unseenMarks.delete(mark);
    partial.delete(file.name);
    done.set(file.name, mark);
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

const isAfter = (file: FoundFile, mark: { readonly mtimeMs: number; readonly name: string }): boolean =>
  file.mtimeMs > mark.mtimeMs || (file.mtimeMs === mark.mtimeMs && file.name > mark.name);

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

const markOf = (file: KnownFile): string =>
  hash([file.name, file.size, file.mtimeMs, file.head].join('\0')).slice(0, MARK_LENGTH);

const digestOf = (files: readonly FoundFile[]): string =>
  hash(files.map((file) => [file.name, file.size, file.mtimeMs].join('\0')).join('\0\0'));

const chunks = (text: string): string[] => text.match(new RegExp(`.{${MARK_LENGTH}}`, 'g')) ?? [];
