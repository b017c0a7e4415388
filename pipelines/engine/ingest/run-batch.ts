import { HubError } from '../../../schemas/kernel/errors.ts';
import type { BatchResult } from '../../pipeline.ts';
import type { Normalizer } from '../../record.ts';
import type { ApplyOptions, BaseSource, Ingestion } from './ingestion.ts';
import { type Decoder, type MessageBatch, type PreparedBatch, prepareBatch } from './prepare.ts';

export interface Breaker {
  /** Share of rejected records in a batch above which the pipeline stops. */
  readonly share: number;
  /** Smaller batches never trip it: a handful of bad rows is no drift. */
  readonly minRecords: number;
}

const DEFAULT_BREAKER: Breaker = { share: 0.5, minRecords: 100 };
/** For what was taken before. */
export const NO_BREAKER: Breaker = { share: 1, minRecords: Number.POSITIVE_INFINITY };

export interface PipelineOptions {
  readonly ingestion: Ingestion;
  readonly source: BaseSource;
  readonly normalize: Normalizer;
  readonly decoder: Decoder;
  readonly breaker?: Breaker | undefined;
  readonly apply?: ApplyOptions | undefined;
  readonly onBatch?: ((result: BatchResult) => void) | undefined;
}

/** A batch of the log that can be committed there. Structurally the `LogBatch` of the event log. */
export interface CommittableBatch extends MessageBatch {
  commit(): Promise<void>;
}

/**
 * The one engine of all bases: decode, normalise, validate, then in one transaction link, survive, store and move the
 * position, then commit to the log. While PostgreSQL stores a batch, the next one is prepared. Ends when the batches
 * end, with everything taken stored; a failure leaves the position where the last stored batch put it.
 * @throws HubError HUB_PIPELINE_BREAKER, before anything of that batch is stored.
 */
export async function runPipeline(batches: AsyncIterable<CommittableBatch>, options: PipelineOptions): Promise<void> {
  const { ingestion, source, normalize, decoder, breaker = DEFAULT_BREAKER, apply, onBatch } = options;
  let storing: Promise<void> = Promise.resolve();

  async function storeAndCommit(batch: CommittableBatch, prepared: PreparedBatch): Promise<void> {
    const result = await ingestion.apply(source, prepared, apply);
    await batch.commit();
    onBatch?.(result);
  }

  try {
    for await (const batch of batches) {
      const prepared = await prepareBatch(batch, ingestion.base, decoder, normalize);
      checkBreaker(prepared, breaker);
      await storing;
      storing = storeAndCommit(batch, prepared);
      // Looked at before the next batch is stored; until then it must not count as unhandled.
      storing.catch(() => {});
    }
  } finally {
    await storing;
  }
}

function checkBreaker({ topic, partition, records, rejects }: PreparedBatch, breaker: Breaker): void {
  const read = records.length + rejects.length;
  if (read < breaker.minRecords || rejects.length <= read * breaker.share) return;
  const codes = new Map<string, number>();
  for (const reject of rejects) {
    const reason = reject.issues.find((issue) => issue.severity === 'F')?.rule ?? reject.code;
    codes.set(reason, (codes.get(reason) ?? 0) + 1);
  }
  const first = rejects[0];
  throw new HubError(
    'HUB_PIPELINE_BREAKER',
    `${rejects.length} of ${read} records of ${topic}/${partition} from offset ${first?.offset} would be rejected; first: ${first?.message}`,
    { topic, partition, read, rejected: rejects.length, reasons: Object.fromEntries(codes), allowed: breaker.share },
  );
}
