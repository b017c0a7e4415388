import type { Source } from '../../connectors/connector.ts';
import { BASES } from '../../pipelines/bases.ts';
import { flawNotices, type Tally, tallied } from '../../pipelines/notices.ts';
import type { Notices } from '../../pipelines/pipeline.ts';
import { type Attributes, type Issue, type NormalRecord, partsOf } from '../../pipelines/record.ts';

import type { RunContext } from '../../schemas/kernel/context.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { Hub } from '../compose.ts';
import { openStreamMapping } from './agree.ts';
import { endRead, orAbort } from './pull-stream.ts';

/** What is told of the records of one stream together. */
export interface StreamNotice {
  readonly stream: string;
  readonly notice: string;
}

const ROWS = 2_000;
const STORED = 20_000;

function noticesOf(spec: SystemFile, stream: string): Notices | null {
  const base = BASES.find(({ name }) => name === spec.streams[stream]?.base);
  return base === undefined ? null : (base.notices?.() ?? flawNotices(base));
}

/** Records that the rules of a base will not let in: they go to its quarantine. */
class Rejects implements Notices {
  #records = 0;
  readonly #by = new Map<string, Tally>();
  #rejected = 0;

  add({ issues }: NormalRecord): void {
    this.#records++;
    const fatal = issues.find(({ severity }) => severity === 'F');
    if (fatal === undefined) return;
    this.#rejected++;
    tallied(this.#by, `${fatal.rule} of ${fatal.attribute ?? 'the record'}`).add(null);
  }

  end(): readonly string[] {
    if (this.#rejected === 0) return [];
    const rules = [...this.#by].map(([rule, { count }]) => `${rule} (${count})`).join(', ');
    return [`${this.#rejected} of ${this.#records} records would be rejected by the rules of the base: ${rules}`];
  }
}

const said = (stream: string, notices: Notices): readonly StreamNotice[] =>
  notices.end().map((notice) => ({ stream, notice }));

/**
 * What the first 2,000 rows of the streams give after mapping, told together. Nothing is written.
 * @throws what the source throws, and HUB_MAPPING_INVALID for a column that it does not have.
 */
export async function sampleNotices(
  spec: SystemFile,
  source: Source,
  streams: readonly string[],
  ctx: RunContext,
): Promise<readonly StreamNotice[]> {
  const told: StreamNotice[] = [];
  const wanted = streams.filter((stream) => spec.streams[stream]?.base !== undefined);
  if (wanted.length === 0) return told;
  const found = await source.discover();
  for (const stream of wanted) {
    const notices = noticesOf(spec, stream);
    const columns = found.find(({ name }) => name === stream)?.columns.map(({ name }) => name) ?? [];
    const normalizer = columns.length === 0 ? null : await openStreamMapping(spec, stream, columns, ctx.now);
    if (normalizer === null) continue;
    const rejects = new Rejects();
    const parts = partsOf(normalizer);
    const portions = source.read(stream, null, { sample: true })[Symbol.asyncIterator]();
    let rows = 0;
    try {
      while (rows < ROWS) {
        const next = await orAbort(portions.next(), ctx.signal);
        if (next.done === true) break;
        for (const record of next.value.records.slice(0, ROWS - rows)) {
          rows++;
          if (record.value === null) continue;
          for (const part of parts) {
            const normal = part.normalize(record);
            rejects.add(normal);
            notices?.add(normal);
          }
        }
      }
    } finally {
      await endRead(portions);
    }
    told.push(...said(stream, rejects), ...(notices === null ? [] : said(stream, notices)));
  }
  return told;
}

/** The same of what the bases hold of the system, its 20,000 newest records of each stream. */
export async function storedNotices(hub: Pick<Hub, 'bases'>, spec: SystemFile): Promise<readonly StreamNotice[]> {
  const told: StreamNotice[] = [];
  for (const [stream, entry] of Object.entries(spec.streams)) {
    const notices = noticesOf(spec, stream);
    const base = entry.base === undefined ? undefined : hub.bases.get(entry.base);
    if (notices === null || base === undefined) continue;
    const { rows } = await base.pool.query<{ attributes: Attributes; issues: readonly Issue[] | null }>(
      `SELECT r.attributes, r.issues FROM ${base.definition.schema}.source_record r
       JOIN ${base.definition.schema}.source c USING (source_id)
       WHERE c.system = $1 AND c.stream = $2 AND NOT r.deleted ORDER BY r.record_id DESC LIMIT $3`,
      [spec.system, stream, STORED],
    );
    for (const { attributes, issues } of rows) notices.add({ attributes, issues: issues ?? [] });
    told.push(...said(stream, notices));
  }
  return told;
}
