import type { RejectedRow, Source } from '../../connectors/connector.ts';
import { type Attributes, type Issue, type Part, partKey, partsOf } from '../../pipelines/record.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord, StreamSpec } from '../../schemas/stream.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { openStreamMapping } from './agree.ts';
import { parseQuietHours, refuseQuietHours } from './limits.ts';
import { endRead, orAbort } from './pull-stream.ts';

export interface PreviewRow {
  readonly key: string;
  readonly origin: string;
  readonly op: RawRecord['op'];
  readonly raw: RawRecord['value'];
  /** Empty for a stream that feeds no base. */
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
}

export interface Preview {
  readonly stream: StreamSpec;
  /** Of as many rows of the source as were asked for; several records a row where it holds several. */
  readonly rows: readonly PreviewRow[];
  readonly records: number;
  /** The first of those that were rejected, as many at most. */
  readonly rejects: readonly RejectedRow[];
  /** Rows that were read to come to these, and how many of them were rejected. */
  readonly read: number;
  readonly rejected: number;
}

/** A source of which nothing can be taken is not read to its end. */
const MOST_READ = 20_000;

const NO_PART: Part = { name: '', normalize: () => ({ attributes: {}, issues: [] }) };

/**
 * The first rows of a stream as they would arrive in its base. Nothing is written and no checkpoint moves.
 * @throws HUB_CATALOG_NOT_FOUND for an unknown stream, HUB_MAPPING_INVALID for a column that the source does not have.
 */
export async function preview(
  spec: SystemFile,
  source: Source,
  stream: string,
  rows: number,
  ctx: RunContext,
): Promise<Preview> {
  if (!Object.hasOwn(spec.streams, stream)) {
    const allowed = Object.keys(spec.streams);
    throw new HubError(
      'HUB_CATALOG_NOT_FOUND',
      `${spec.system} has no stream ${stream}; it has ${allowed.join(', ')}`,
      {
        allowed,
      },
    );
  }
  refuseQuietHours(spec.system, parseQuietHours(spec.limits.quietHours), ctx.now());
  const found = (await source.discover()).find(({ name }) => name === stream);
  if (found === undefined)
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `${spec.system} does not show the stream ${stream}`, { stream });
  const columns = found.columns.map(({ name }) => name);
  const normalizer = columns.length === 0 ? null : await openStreamMapping(spec, stream, columns, ctx.now);
  const parts = normalizer === null ? [NO_PART] : partsOf(normalizer);

  const shown: PreviewRow[] = [];
  const rejects: RejectedRow[] = [];
  let records = 0;
  let read = 0;
  let rejected = 0;
  const portions = source.read(stream, null, { sample: true })[Symbol.asyncIterator]();
  try {
    while (records < rows && read < MOST_READ) {
      const next = await orAbort(portions.next(), ctx.signal);
      if (next.done === true) break;
      read += next.value.records.length + next.value.rejects.length;
      rejected += next.value.rejects.length;
      rejects.push(...next.value.rejects.slice(0, rows - rejects.length));
      for (const record of next.value.records.slice(0, rows - records)) {
        records++;
        const { key, origin, op, value: raw } = record;
        for (const part of parts)
          shown.push({ key: partKey(key, part.name), origin, op, raw, ...part.normalize(record) });
      }
    }
  } finally {
    await endRead(portions);
  }
  return { stream: found, rows: shown, records, rejects, read, rejected };
}
