import type { Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { Normalizer } from '../../record.ts';
import type { BaseSource, Ingestion } from '../ingest/ingestion.ts';
import { type Decoder, prepareBatch } from '../ingest/prepare.ts';
import { notOpen, readQuarantined } from './settle.ts';

export interface ReplayFilter {
  readonly system?: string | undefined;
  readonly stream?: string | undefined;
  readonly code?: string | undefined;
  readonly ids?: readonly number[] | undefined;
}

export interface QuarantineEntry {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly system: string;
  readonly stream: string;
  readonly key: string | null;
  readonly origin: string | null;
  readonly code: string;
  readonly message: string;
  readonly receivedAt: Date;
}

const CHUNK = 1_000;
const WHERE = `state = 'open' AND ($1::text IS NULL OR system = $1) AND ($2::text IS NULL OR stream = $2)
  AND ($3::text IS NULL OR code = $3) AND ($4::bigint[] IS NULL OR quarantine_id = ANY($4))`;

const filterValues = ({ system, stream, code, ids }: ReplayFilter): unknown[] => [
  system ?? null,
  stream ?? null,
  code ?? null,
  ids ?? null,
];

/** Open entries, newest first, and how many there are in all. @param before number of an entry: older ones only */
export async function listQuarantine(
  pool: Pool,
  schema: string,
  { before, ...filter }: ReplayFilter & { readonly before?: number },
  limit: number,
): Promise<{ readonly entries: readonly QuarantineEntry[]; readonly total: number }> {
  try {
    const { rows } = await pool.query(
      `SELECT quarantine_id, topic, log_partition, log_offset, system, stream, source_key, origin, code, message, received_at,
         count(*) OVER () AS total
       FROM ${schema}.quarantine WHERE ${WHERE} AND ($6::bigint IS NULL OR quarantine_id < $6)
       ORDER BY quarantine_id DESC LIMIT $5`,
      [...filterValues(filter), limit, before ?? null],
    );
    const entries = rows.map((row) => ({
      ...{
        id: Number(row.quarantine_id),
        topic: row.topic,
        partition: row.log_partition,
        offset: Number(row.log_offset),
      },
      ...{ system: row.system, stream: row.stream, key: row.source_key, origin: row.origin },
      ...{ code: row.code, message: row.message, receivedAt: row.received_at },
    }));
    return { entries, total: Number(rows[0]?.total ?? 0) };
  } catch (error) {
    throw storeFailure(error, `listing the quarantine of ${schema}`);
  }
}

export interface ReplayResult {
  readonly replayed: number;
  /** Rejected again; they stay open with what was found now. */
  readonly rejected: number;
}

/** Entries that were named must be open: one that is left out without a word would seem to be replayed. */
async function requireOpen(pool: Pool, schema: string, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const { state } = await readQuarantined(pool, schema, id);
    if (state !== 'open') throw notOpen(id, state);
  }
}

/**
 * Sends open quarantine entries through today's mapping and rules again. What passes is stored and marked in the same
 * transaction; a row that has a newer version by now counts as stale and is done with.
 * @param pipelineOf the stream's mapping as applied now.
 * @throws HUB_CATALOG_NOT_FOUND, HUB_QUARANTINE_REFUSED for an entry of `ids` that is not open
 */
export async function replayQuarantine(
  pool: Pool,
  ingestion: Ingestion,
  filter: ReplayFilter,
  decoder: Decoder,
  pipelineOf: (system: string, stream: string) => Promise<{ source: BaseSource; normalize: Normalizer }>,
): Promise<ReplayResult> {
  await requireOpen(pool, ingestion.base.schema, filter.ids ?? []);
  let replayed = 0;
  let rejected = 0;
  let after = 0;
  for (;;) {
    const { rows } = await pool
      .query<{
        id: string;
        topic: string;
        partition: number;
        offset: string;
        system: string;
        stream: string;
        raw: Buffer;
      }>(
        `SELECT quarantine_id AS id, topic, log_partition AS partition, log_offset AS offset, system, stream, raw
         FROM ${ingestion.base.schema}.quarantine WHERE ${WHERE} AND quarantine_id > $5 ORDER BY quarantine_id LIMIT ${CHUNK}`,
        [...filterValues(filter), after],
      )
      .catch((error: unknown) => {
        throw storeFailure(error, `reading the quarantine of ${ingestion.base.name}`);
      });
    const last = rows.at(-1);
    if (last === undefined) return { replayed, rejected };
    after = Number(last.id);
    const groups = new Map<string, typeof rows>();
    for (const row of rows) {
      const place = `${row.topic} ${row.partition}`;
      groups.set(place, [...(groups.get(place) ?? []), row]);
    }
    for (const group of groups.values()) {
      const { topic, partition, system, stream } = group[0] as (typeof group)[number];
      const { source, normalize } = await pipelineOf(system, stream);
      const messages = group
        .map((row) => ({ offset: Number(row.offset), value: row.raw }))
        .sort((a, b) => a.offset - b.offset);
      const prepared = await prepareBatch({ topic, partition, messages }, ingestion.base, decoder, normalize);
      await ingestion.apply(source, prepared, { replay: true });
      // Messages, not records: one with several parts is done with only when none of them was rejected.
      rejected += prepared.rejects.length;
      replayed += messages.length - prepared.rejects.length;
    }
  }
}
