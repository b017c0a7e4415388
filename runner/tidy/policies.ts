import type { HubConfig } from '../settings/config.ts';

export type Keep = keyof HubConfig['keep'];

/** What goes of a table when it is old, what stays for ever, and why. */
export interface Policy {
  /** hub, exchange: in the database of the hub, what it does and what the catalog writes. base: in the schema of each base. */
  readonly of: 'hub' | 'exchange' | 'base';
  readonly table: string;
  /** The setting that says for how many days. */
  readonly keep: Keep;
  readonly goes: string;
  readonly stays: string;
  /** Rows of `t` that may go. `$1` is the moment before which everything is old. */
  readonly old: (schema: string) => string;
  /** Of the rows that go, for `also`. */
  readonly returning?: string;
  /** What is written down in the same statement when rows `gone` go: a part of WITH. */
  readonly also?: (schema: string) => string;
}

/** In this order: issues of a batch go once their batch has gone. */
export const POLICIES: readonly Policy[] = [
  {
    ...{ of: 'hub', table: 'run', keep: 'runDays' },
    goes: 'runs that have ended',
    stays:
      'open runs, the last one of each system; what the others counted is added to `run_total`, which the books ask',
    old: (
      schema,
    ) => `t.state IN ('succeeded', 'failed', 'cancelled') AND coalesce(t.ended_at, t.requested_at) < $1::timestamptz
      AND t.run_id < (SELECT max(n.run_id) FROM ${schema}.run AS n WHERE n.system = t.system)`,
    returning: 't.system, t.rows_read, t.rows_appended, t.rows_unchanged, t.rows_rejected',
    also: (schema) => `summed AS (
      INSERT INTO ${schema}.run_total AS r (system, runs, rows_read, rows_appended, rows_unchanged, rows_rejected)
      SELECT system, count(*), sum(rows_read), sum(rows_appended), sum(rows_unchanged), sum(rows_rejected) FROM gone GROUP BY system
      ON CONFLICT (system) DO UPDATE SET runs = r.runs + EXCLUDED.runs, rows_read = r.rows_read + EXCLUDED.rows_read,
        rows_appended = r.rows_appended + EXCLUDED.rows_appended, rows_unchanged = r.rows_unchanged + EXCLUDED.rows_unchanged,
        rows_rejected = r.rows_rejected + EXCLUDED.rows_rejected)`,
  },
  {
    ...{ of: 'hub', table: 'rule_run', keep: 'runDays' },
    goes: 'how rules over many records were asked',
    stays: 'the last asking of each rule',
    old: (schema) => `t.started_at < $1::timestamptz AND t.rule_run_id < (
      SELECT max(n.rule_run_id) FROM ${schema}.rule_run AS n WHERE n.scope = t.scope AND n.rule = t.rule)`,
  },
  {
    ...{ of: 'hub', table: 'stream_change', keep: 'runDays' },
    goes: 'changes at a source that are closed',
    stays: 'open changes: they wait for a person',
    old: () => 't.closed_at < $1::timestamptz',
  },
  {
    ...{ of: 'hub', table: 'quarantine', keep: 'replayedDays' },
    goes: 'rows that have come in since',
    stays: 'open rows, and dismissed ones: the same row read again must not be opened again',
    old: () => "t.state = 'replayed' AND t.received_at < $1::timestamptz",
  },
  {
    ...{ of: 'hub', table: 'log_group_offset', keep: 'replayedDays' },
    goes: 'positions of the readers of a rebuild',
    stays: 'positions of the pipelines',
    old: () => "t.group_name LIKE 'rebuild-%' AND t.committed_at < $1::timestamptz",
  },
  {
    ...{ of: 'exchange', table: 'session', keep: 'replayedDays' },
    goes: 'sessions that are over',
    stays: 'sessions that are not',
    old: () => 't.ends_at < $1::timestamptz',
  },
  {
    ...{ of: 'exchange', table: 'set_up_link', keep: 'replayedDays' },
    goes: 'links that were used or have expired',
    stays: 'links that still open something',
    old: () => 'least(t.used_at, t.expires_at) < $1::timestamptz',
  },
  {
    ...{ of: 'exchange', table: 'sign_in_failure', keep: 'replayedDays' },
    goes: 'wrong tries of long ago: anybody can make a row by trying a name',
    stays: 'names that are locked, or were tried since',
    old: () => 't.last_at < $1::timestamptz AND coalesce(t.locked_until, t.last_at) < $1::timestamptz',
  },
  {
    ...{ of: 'base', table: 'batch', keep: 'batchDays' },
    goes: 'what each batch counted',
    stays: '`stream_total`, the sums over all batches that ever were, which pages and books ask',
    old: () => 't.committed_at < $1::timestamptz',
  },
  {
    ...{ of: 'base', table: 'batch_issue', keep: 'batchDays' },
    goes: 'what rules found in a batch, with the batch',
    stays: 'the findings themselves: they are in their records',
    old: (schema) =>
      `t.batch_id < (SELECT coalesce(min(b.batch_id), 9223372036854775807) FROM ${schema}.batch AS b) AND $1::timestamptz IS NOT NULL`,
  },
  {
    ...{ of: 'base', table: 'quarantine', keep: 'replayedDays' },
    goes: 'rows that have come in since',
    stays: 'open rows, and those that a person has mended or dismissed: a rebuild would take them in again',
    old: () => "t.state = 'replayed' AND coalesce(t.settled_at, t.received_at) < $1::timestamptz",
  },
  {
    ...{ of: 'base', table: 'membership_left', keep: 'pastDays' },
    goes: 'which entity a record was in before',
    stays:
      'where it is now; a question about an earlier moment is refused from then on and says since when it can be asked',
    old: () => 't.left_at < $1::timestamptz',
    also: (schema) => `told AS (
      INSERT INTO ${schema}.past_kept AS p (since) SELECT $1::timestamptz WHERE EXISTS (SELECT 1 FROM gone)
      ON CONFLICT (is_one) DO UPDATE SET since = greatest(p.since, EXCLUDED.since))`,
  },
  {
    ...{ of: 'base', table: 'entity_event', keep: 'pastDays' },
    goes: 'merges and moves',
    stays: 'splits: an old id says for ever what it was split into. Where a merged id leads stands with the entity',
    old: () => "t.kind IN ('merge', 'move') AND t.at < $1::timestamptz",
  },
];

/** Tables of which nothing goes here, and why they do not grow without end, or must. */
export const KEPT: Readonly<Record<'hub' | 'exchange' | 'base', Readonly<Record<string, string>>>> = {
  hub: {
    system: 'as many as there are systems',
    stream: 'as many as there are streams',
    run_total: 'as many as there are systems',
    schema_text: 'the log cannot be read without it',
    schema_version: 'the log cannot be read without it',
    log_topic: 'as many as there are topics',
    log_partition: 'as many as there are partitions',
    log_batch: 'the log itself: how long it keeps a topic is the topic’s matter',
    inbox: 'bodies go by themselves three hours after the log has them; what it does not have stays',
    delivery: 'goes by itself at its `forget_at`',
    known_row: 'a row for each row that a source gives again; goes with its stream',
    live_key: 'a row for each key of a stream that feeds no base; goes with its stream',
    cross_finding: 'replaced by each asking of a rule',
    conflict_since: 'replaced by each asking of a rule',
    scorecard: 'replaced by each counting',
    secret: 'as many as there are secrets: the key of the pseudonyms',
    migration: 'one row a migration',
  },
  exchange: {
    organisation: 'as many as there are regions and departments',
    person: 'as many as there are people: roles and the audit log rest on them',
    person_role: 'who might do what, and who said so',
    access_key: 'as many as systems were given, revoked ones too: audit asks whose they were',
    signature_nonce: 'goes by itself at its `forget_at`',
    proof_entry: 'the audit log: every root rests on every entry, and the law asks for three years at least',
    proof_tile: 'the audit log: auditors read it',
    proof_head: 'one row',
    proof_secret: 'as many as there are secrets: the keys of the audit log',
    migration: 'one row a migration',
  },
  base: {
    source: 'as many as there are streams',
    entity: 'ids are for ever: an old one leads to where it went',
    source_record: 'what the sources say',
    source_record_history: 'what they said before: history is never overwritten, as-of and audit rest on it',
    golden: 'what survives',
    link_key: 'as many as there are identifiers',
    kept_apart: 'a row for each identifier whose bearers are kept apart now',
    block_anchored: 'as many as there are records',
    block_open: 'as many as there are records',
    choice: 'as many as there are likely pairs',
    feature_box: 'as many as there are features',
    observation: 'every vintage can be asked for, for ever',
    series: 'as many as there are series',
    finding: 'replaced by each asking of a rule',
    decision: 'words of people: a rebuild needs them, audit the withdrawn ones',
    override: 'words of people: as-of and rebuild need them',
    link_model: 'which weights decided, and who made them active',
    applied_position: 'where the base stands in the log',
    outbox: 'goes when it is published',
    publication: 'one row while somebody reads the topic',
    stream_total: 'as many as there are topics',
    past_kept: 'one row',
    migration: 'one row a migration',
  },
};

/** Both tables of the README. */
export const describePolicies = (
  days: Readonly<Record<Keep, number>>,
): { readonly goes: string; readonly kept: string } => ({
  goes: POLICIES.map(
    ({ of, table, keep, goes, stays }) =>
      `| ${of} \`${table}\` | \`keep.${keep}\`, ${days[keep]} | ${goes} | ${stays} |`,
  ).join('\n'),
  kept: Object.entries(KEPT)
    .flatMap(([of, tables]) => Object.entries(tables).map(([table, why]) => `| ${of} \`${table}\` | ${why} |`))
    .join('\n'),
});
