import type { Checkpoint, Source, SourcePortion } from '../../../connectors/connector.ts';
import { sqlTable } from '../../../connectors/sql-table/connector.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import type { RawRecord } from '../../../schemas/stream.ts';

export const NEVER = new AbortController().signal;
const NOW = new Date('2026-11-24T04:00:00Z');

export const openTable = (connection: object, streams: object, signal = NEVER): Promise<Source> =>
  sqlTable.open(sqlTable.config.parse({ connection, streams }), { signal, log: silentLogger, now: () => NOW });

export interface ReadResult {
  readonly portions: readonly SourcePortion[];
  readonly records: readonly RawRecord[];
  readonly next: Checkpoint | null;
}

export async function readFrom(source: Source, stream: string, after: Checkpoint | null = null): Promise<ReadResult> {
  const portions: SourcePortion[] = [];
  for await (const portion of source.read(stream, after)) portions.push(portion);
  return { portions, records: portions.flatMap(({ records }) => records), next: portions.at(-1)?.next ?? null };
}

export const keysOf = ({ records }: ReadResult): readonly string[] => records.map(({ key }) => key);

/** The code of what `work` throws; null when it does not. */
export const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: { code?: unknown; name?: unknown }) => error.code ?? error.name,
  );
