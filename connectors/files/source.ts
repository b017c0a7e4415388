import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isAbort } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Checkpoint, Source, SourcePortion, SourceReport } from '../connector.ts';
import { agreedShape, assertSameColumns, checkStream, inspectFile } from './agreement.ts';
import type { FileConfig, FileStream } from './config.ts';
import { fileFailure } from './failure.ts';
import { FootRows } from './foot.ts';
import type { FileFormat, FilePosition, FileRows, FileShape } from './format.ts';
import { byAge, type FoundFile, isTimeKnown, type Listing } from './listing.ts';
import { withNulls } from './nulls.ts';
import type { OpenFile } from './open-file.ts';
import { openPlace } from './open-place.ts';
import { openProgress, type Progress } from './progress.ts';
import { openSetAside } from './set-aside.ts';

/**
 * A source over a folder of files of one format. Files are read oldest first. A file that cannot be read does not hold
 * the others up: it is set aside and reported. What may pass by itself (a server that is silent, a file still being
 * written) leaves it unfinished, and is thrown when all others have been read; so is the first fault of a stream in which
 * no file can be read at all.
 */
export function fileSource<Stream extends FileStream, Shape extends FileShape>(
  format: FileFormat<Stream, Shape>,
  config: FileConfig<Stream>,
  context: RunContext,
): Source {
  const { connection } = config;
  const settings = (name: string): Stream => {
    const stream = Object.hasOwn(config.streams, name) ? config.streams[name] : undefined;
    if (stream !== undefined) return stream;
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `No stream ${name} is configured`, {
      stream: name,
      allowed: Object.keys(config.streams),
    });
  };
  const place = openPlace(connection, context);
  /** All that is there, for who looks at heads only. */
  async function list(stream: Stream): Promise<Listing> {
    const listing = await place.list(stream.files, { now: context.now() });
    return { ...listing, files: [...listing.files, ...listing.unsettled.map(({ file }) => file)].sort(byAge) };
  }
  /**
   * What may be read: of a file that may still be written, a second listing tells. Ages are told by listings of the same
   * place, never by our clock. Nobody waits for files that are finished.
   */
  async function listSettled(stream: Stream, after: Checkpoint | null = null): Promise<Listing> {
    const first = await list(stream);
    const progress = openProgress(after, first.files);
    const fresh = [];
    for (const one of first.unsettled) if (!(await isFinished(progress, one.file))) fresh.push(one);
    if (fresh.length === 0) return first;
    const seconds = Math.max(...fresh.map((one) => one.seconds));
    context.log.info(
      { seconds, files: fresh.length },
      'waiting to see whether the newest files are still being written',
    );
    await pause(seconds * 1000, context.signal);
    context.signal.throwIfAborted();
    return place.list(stream.files, { now: context.now(), earlier: { files: first.files, seconds } });
  }
  async function isFinished(progress: Progress, found: FoundFile): Promise<boolean> {
    if (progress.isFolded(found) || progress.asideWith(found) !== null) return true;
    const known = place.known(found);
    if (known !== null) return progress.isDone(known);
    // What tells no time has to be fetched to be known; two listings are cheaper.
    if (!isTimeKnown(found)) return false;
    try {
      await using file = await place.take(found);
      return progress.isDone(file);
    } catch {
      return false;
    }
  }

  interface OneFile {
    readonly name: string;
    readonly stream: Stream;
    readonly file: OpenFile;
    readonly shape: FileShape & Shape;
  }
  async function inspected(name: string, stream: Stream, file: OpenFile, agreed: FileShape | null): Promise<OneFile> {
    const shape = await inspectFile(format, file, stream);
    assertSameColumns(file.name, shape.columns, (agreed ?? shape).columns);
    return { name, stream, file, shape };
  }

  async function* rowsOf({ name, stream, file, shape }: OneFile, from: FilePosition | null): AsyncIterable<FileRows> {
    const { signal } = context;
    const foot = new FootRows();
    for await (const part of format.rows(file, {
      name,
      stream,
      shape,
      from: from ?? shape.start,
      connection,
      signal,
    })) {
      const taken = withNulls(part, stream);
      foot.see(taken.records);
      yield taken;
    }
    await file.assertUnchanged();
    const said = foot.said(file.name);
    if (said !== null) context.log.warn({ stream: name }, said);
  }

  /** The portion before the end is held back, so that the last one already says that the file is finished. */
  async function* readFile(
    file: OpenFile,
    rows: AsyncIterable<FileRows>,
    progress: Progress,
    extent: { readonly isWhole: boolean; readonly isEverything: boolean },
  ): AsyncIterable<SourcePortion> {
    let held: FileRows | null = null;
    try {
      for await (const part of rows) {
        if (held !== null)
          yield { records: held.records, rejects: held.rejects, next: progress.advance(file, held.next) };
        held = part;
      }
    } catch (error) {
      // What was read before the fault is good.
      if (held !== null && !isAbort(error))
        yield { records: held.records, rejects: held.rejects, next: progress.advance(file, held.next) };
      throw error;
    }
    const { records = [], rejects = [] } = held ?? {};
    yield {
      ...{ records, rejects, next: progress.finish(file), finished: [file.name] },
      ...(extent.isWhole ? { whole: [file.name], isEverything: extent.isEverything } : {}),
    };
  }

  /** All rows of a file. @throws HUB_SOURCE_READ_FAILED when it cannot be read: then nobody knows what is missing. */
  async function* keyedRows(
    name: string,
    stream: Stream,
    found: FoundFile,
    agreed: FileShape | null,
  ): AsyncIterable<FileRows> {
    try {
      await using file = await place.take(found);
      yield* rowsOf(await inspected(name, stream, file, agreed), null);
    } catch (error) {
      if (isAbort(error) || context.signal.aborted) throw error;
      const failure = fileFailure(error, found);
      if (failure.recovery === 'retry') throw failure;
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${found.name} cannot be read, so what is missing from ${name} cannot be told: ${failure.message}`,
        { stream: name, file: found.name, code: failure.code },
      );
    }
  }

  return {
    async check(): Promise<SourceReport> {
      const reports = [];
      const notes: string[] = [];
      for (const [name, stream] of Object.entries(config.streams)) {
        const report = await checkStream(
          format,
          { name, stream, connection, signal: context.signal },
          await list(stream),
          place,
        );
        reports.push(report.line);
        notes.push(...report.notes);
      }
      // When it has been listed, more is known of it.
      notes.unshift(place.describe());
      return { ok: reports.every((report) => report.ok), streams: reports, notes, lateCommits: 'full-read' };
    },

    async discover(): Promise<readonly StreamSpec[]> {
      const specs: StreamSpec[] = [];
      for (const [name, stream] of Object.entries(config.streams)) {
        const found = await agreedShape(format, stream, await list(stream), place);
        specs.push({
          name,
          columns: found.shape?.columns ?? [],
          key: stream.key,
          rowEstimate: found.shape === null ? null : found.rowEstimate,
        });
      }
      return specs;
    },

    async *read(name: string, after: Checkpoint | null): AsyncIterable<SourcePortion> {
      const stream = settings(name);
      context.signal.throwIfAborted();
      const listing = await listSettled(stream, after);
      for (const file of listing.waiting) context.log.warn({ stream: name, file }, 'file not taken');
      const unread = listing.refused.map((entry) => ({ name: entry.name, size: 0, mtimeMs: 0 }));
      const progress = openProgress(after, listing.files, unread);
      const { shape: agreed } = await agreedShape(format, stream, listing, place, { extent: 'first' });
      const facts = { name, settings: stream, beside: format.beside ?? [] };
      const aside = openSetAside(facts, connection, place, progress, agreed);
      const isOnly = listing.files.length === 1 && listing.refused.length + listing.waiting.length === 0;
      const failures: HubError[] = [];
      const stillUnread: string[] = [];
      const report = function* (file: string, portion: SourcePortion | null): Iterable<SourcePortion> {
        if (portion === null) {
          stillUnread.push(file);
          return;
        }
        for (const { message } of portion.rejects) context.log.error({ stream: name }, message);
        yield portion;
      };
      for (const entry of listing.refused) yield* report(entry.name, aside.refused(entry));
      for (const found of listing.files) {
        context.signal.throwIfAborted();
        if (progress.isFolded(found)) continue;
        let records: number | null = null;
        try {
          if (await aside.isLeft(found)) {
            stillUnread.push(found.name);
            continue;
          }
          const known = place.known(found);
          if (known !== null && progress.isDone(known)) {
            progress.keep(known);
            continue;
          }
          await using file = await place.take(found);
          if (progress.isDone(file)) progress.keep(file);
          else {
            const one = await inspected(name, stream, file, agreed);
            const from = progress.positionIn(file);
            records = from?.records ?? 0;
            const extent = { isWhole: from === null, isEverything: isOnly };
            for await (const portion of readFile(file, rowsOf(one, from), progress, extent)) {
              records += portion.records.length + portion.rejects.length;
              yield portion;
            }
          }
        } catch (error) {
          if (isAbort(error) || context.signal.aborted) throw error;
          try {
            yield* report(found.name, await aside.broken(found, fileFailure(error, found), records));
          } catch (thrown) {
            const failure = fileFailure(thrown, found);
            context.log.error({ stream: name, file: found.name, code: failure.code }, failure.message);
            failures.push(failure);
          }
        }
      }
      if (stillUnread.length > 0) {
        context.log.error(
          { stream: name, files: stillUnread.slice(0, 20) },
          `${stillUnread.length} files are still set aside`,
        );
        yield { records: [], rejects: [], next: progress.current(), stillUnread };
      }
      throwFirst(failures);
    },

    async *keys(name: string): AsyncIterable<readonly string[]> {
      const stream = settings(name);
      const listing = await listSettled(stream);
      const incomplete = [...listing.waiting, ...listing.refused.map((entry) => `${entry.name}: ${entry.refused}`)];
      if (listing.files.length === 0 || incomplete.length > 0) {
        throw new HubError(
          'HUB_SOURCE_READ_FAILED',
          `Not every file of ${name} can be read, so what is missing cannot be told`,
          {
            stream: name,
            files: listing.files.length,
            incomplete,
          },
        );
      }
      const { shape: agreed } = await agreedShape(format, stream, listing, place, { extent: 'first' });
      for (const found of listing.files) {
        for await (const part of keyedRows(name, stream, found, agreed)) {
          const bad = part.rejects[0];
          if (bad !== undefined) {
            throw new HubError(
              'HUB_FILE_RECORD',
              `${bad.origin} cannot be read, so what is missing from ${name} cannot be told: ${bad.message}`,
              {
                stream: name,
                origin: bad.origin,
              },
            );
          }
          yield part.records.filter((record) => record.op === 'upsert').map((record) => record.key);
        }
      }
    },

    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function throwFirst(failures: readonly HubError[]): void {
  const first = failures.find((failure) => failure.recovery === 'stop') ?? failures[0];
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new HubError(first.code, `${failures.length} files were not taken; the first: ${first.message}`, {
    ...first.details,
    files: failures.slice(0, 20).map((failure) => ({ code: failure.code, message: failure.message })),
  });
}
