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
    found.push(await sample(source, stream, rows, ctx));
  return found;
}

async function sample(source: Source, stream: StreamSpec, rows: number, ctx: RunContext): Promise<Discovered> {
  const profiler = createProfiler(stream.columns);
  let sampled = 0;
  let rejected = 0;
  const batches = source.read(stream.name, null, { sample: true })[Symbol.asyncIterator]();
  try {
    while (sampled + rejected < rows) {
      const next = await orAbort(batches.next(), ctx.signal);
      if (next.done === true) break;
      rejected += next.value.rejects.length;
      for (const record of next.value.records.slice(0, rows - sampled)) {
        profiler.add(record);
        sampled++;
      }
    }
  } finally {
    await endRead(batches);
  }
  const profiles = profiler.end();
  return { stream, profiles, suggestion: suggestStream(stream, profiles), sampled, rejected };
}
