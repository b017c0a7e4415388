import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { BatchResult } from '../../pipeline.ts';
import type { Issue } from '../../record.ts';
import type { PreparedBatch } from './prepare.ts';

/* What a base writes about a batch beside its records: counts, what rules found. */

export async function saveBatch(
  client: ClientBase,
  schema: string,
  batch: PreparedBatch,
  span: { readonly first: number; readonly messages: number; readonly blocksSkipped: number; readonly living: number },
  result: BatchResult,
  replay: boolean,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${schema}.batch (topic, log_partition, first_offset, next_offset, messages, read, inserted, updated, unchanged, stale, rejected, replay, blocks_skipped, living)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     RETURNING batch_id AS id`,
    [
      ...[batch.topic, batch.partition, span.first, batch.nextOffset, span.messages],
      ...[result.read, result.inserted, result.updated, result.unchanged, result.stale, result.rejected],
      ...[replay, span.blocksSkipped, span.living],
    ],
  );
  return rows[0]?.id as string;
}

/** In place of a rule: records in which any rule found something of the severity. Each of them counts once. */
export const ANY_RULE = '*';

/** How many records of the batch each rule found something in, and any rule. */
export async function saveIssues(
  client: ClientBase,
  schema: string,
  batchId: string,
  records: readonly { readonly issues: readonly Issue[] }[],
): Promise<void> {
  const counts = new Map<string, { readonly rule: string; readonly severity: string; records: number; last: number }>();
  const count = (rule: string, severity: string, at: number): void => {
    const known = counts.get(rule + severity);
    if (known === undefined) counts.set(rule + severity, { rule, severity, records: 1, last: at });
    else if (known.last !== at) {
      known.records++;
      known.last = at;
    }
  };
  for (const [at, { issues }] of records.entries()) {
    for (const { rule, severity } of issues) {
      count(rule, severity, at);
      count(ANY_RULE, severity, at);
    }
  }
  if (counts.size === 0) return;
  const all = [...counts.values()];
  await client.query(
    `INSERT INTO ${schema}.batch_issue (batch_id, rule, severity, records)
     SELECT $1, rule, severity, records FROM unnest($2::text[], $3::text[], $4::int[]) AS i (rule, severity, records)`,
    [batchId, all.map(({ rule }) => rule), all.map(({ severity }) => severity), all.map((one) => one.records)],
  );
}

/** A batch that does not add up must not be committed. */
export function assertBalanced({ read, inserted, updated, unchanged, stale, rejected }: BatchResult): void {
  if (read === inserted + updated + unchanged + stale + rejected) return;
  throw new HubError('HUB_INTERNAL', 'the outcomes of a batch do not add up to its records', {
    ...{ read, inserted, updated, unchanged, stale, rejected },
  });
}
