import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isAbort, toHubError } from '../../schemas/kernel/errors.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Checkpoint, Source, SourcePortion, SourceReport } from '../connector.ts';
import { agreedShape, assertSameColumns, checkStream } from './agreement.ts';
import type { FileConfig, FileStream } from './config.ts';
import type { FileFormat, FilePosition, FileRows, FileShape } from './format.ts';
import type { Listing } from './listing.ts';
import type { OpenFile } from './open-file.ts';
import { openPlace } from './open-place.ts';

import { openProgress, type Progress } from './progress.ts';

/**
 * A source over a folder of files of one format. Files are read oldest first. A file that cannot be taken does not hold
 * the others up: it is skipped, stays unfinished, and its error is thrown when all others have been read.
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
  const list = (stream: Stream): Promise<Listing> => place.list(stream.files, context.now());

  async function* rowsOf(
    name: string,
    stream: Stream,
    file: OpenFile,
    agreed: FileShape,
    from: FilePosition | null,
  ): AsyncIterable<FileRows> {
    const shape = await format.inspect(file, stream);
    assertSameColumns(file.name, shape.columns, agreed.columns);
    const { signal } = context;
    yield* format.rows(file, { name, stream, shape, from: from ?? shape.start, connection, signal });
    await file.assertUnchanged();
  }

  /** The portion before the end is held back, so that the last one already says that the file is finished. */
  async function* readFile(
    file: OpenFile,
    rows: AsyncIterable<FileRows>,
    progress: Progress,
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
    yield { records: held?.records ?? [], rejects: held?.rejects ?? [], next: progress.finish(file) };
  }

  return {
    async check(): Promise<SourceReport> {
      const reports = [];
      const notes = [place.describe()];
      for (const [name, stream] of Object.entries(config.streams)) {
        const report = await checkStream(format, name, stream, await list(stream), place);
        reports.push(report.line);
        notes.push(...report.notes);
      }
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
      const listing = await list(stream);
      for (const line of [...listing.waiting, ...listing.refused])
        context.log.warn({ stream: name, file: line }, 'file not taken');
      const progress = openProgress(after, listing.files);
      const { shape: agreed } = await agreedShape(format, stream, listing, place, 'first');
      const failures: HubError[] = [];
      for (const found of listing.files) {
        context.signal.throwIfAborted();
        if (progress.isFolded(found)) continue;
        const known = place.known(found);
        if (known !== null && progress.isDone(known)) {
          progress.keep(known);
          continue;
        }
        try {
          await using file = await place.take(found);
          if (progress.isDone(file)) progress.keep(file);
          else {
            const shape = agreed ?? (await format.inspect(file, stream));
            yield* readFile(file, rowsOf(name, stream, file, shape, progress.positionIn(file)), progress);
          }
        } catch (error) {
          if (isAbort(error) || context.signal.aborted) throw error;
          const failure = toHubError(error, 'HUB_SOURCE_READ_FAILED', `Reading ${found.name} broke off`, {
            file: found.name,
          });
          context.log.error({ stream: name, file: found.name, code: failure.code }, failure.message);
          failures.push(failure);
        }
      }
      throwFirst(failures);
    },

    async *keys(name: string): AsyncIterable<readonly string[]> {
      const stream = settings(name);
      const listing = await list(stream);
      const incomplete = [...listing.waiting, ...listing.refused];
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
      const { shape: agreed } = await agreedShape(format, stream, listing, place, 'first');
      for (const found of listing.files) {
        await using file = await place.take(found);
        const shape = agreed ?? (await format.inspect(file, stream));
        for await (const part of rowsOf(name, stream, file, shape, null)) {
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
