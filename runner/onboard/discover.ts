import type { Source } from '../../connectors/connector.ts';
import { type ColumnProfile, createProfiler } from '../../pipelines/suggest/profile.ts';
import { type StreamSuggestion, suggestStream } from '../../pipelines/suggest/suggest.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { parseQuietHours, refuseQuietHours } from '../pull/limits.ts';
import { endRead, orAbort } from '../pull/pull-stream.ts';

export interface Discovered {
  readonly stream: StreamSpec;
  readonly profiles: readonly ColumnProfile[];
  readonly suggestion: StreamSuggestion;
  /** Rows that were looked at, and rows that could not be read. */
  readonly sampled: number;
  readonly rejected: number;
  /** When the newest row was observed; null unless all rows were looked at. */
  readonly newest: Date | null;
}

/**
 * Looks at the first `rows` rows of each stream and says what its columns seem to be. Nothing is written, no checkpoint
 * moves, and the source is left alone in its quiet hours.
 * @throws HUB_SOURCE_BUSY in quiet hours, and whatever the source throws.
 */
export async function discoverSystem(
  spec: SystemFile,
  source: Source,
  rows: number,
  ctx: RunContext,
): Promise<readonly Discovered[]> {
  refuseQuietHours(spec.system, parseQuietHours(spec.limits.quietHours), ctx.now());
  const found: Discovered[] = [];
  for (const stream of await orAbort(source.discover(), ctx.signal))
    found.push(await sample(source, stream, spec.streams[stream.name]?.title, rows, ctx));
  return found;
}

async function sample(
  source: Source,
  stream: StreamSpec,
  title: string | undefined,
  rows: number,
  ctx: RunContext,
): Promise<Discovered> {
  const profiler = createProfiler(stream.columns);
  let sampled = 0;
  let rejected = 0;
  let newest = 0;
  let isWhole = false;
  const batches = source.read(stream.name, null, { sample: true })[Symbol.asyncIterator]();
  try {
    while (sampled + rejected < rows) {
      const next = await orAbort(batches.next(), ctx.signal);
      isWhole = next.done === true;
      if (next.done === true) break;
      rejected += next.value.rejects.length;
      for (const record of next.value.records.slice(0, rows - sampled)) {
        profiler.add(record);
        sampled++;
        newest = Math.max(newest, record.observedAt);
      }
    }
  } finally {
    await endRead(batches);
  }
  const profiles = profiler.end();
  const suggestion = suggestStream(stream, profiles, title);
  return { stream, profiles, suggestion, sampled, rejected, newest: isWhole && sampled > 0 ? new Date(newest) : null };
}
