import { setImmediate as breathe } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { copyLines, copyText, copyTextArray } from '../../../schemas/store/copy.ts';
import { type Entity, joinedBy } from '../entity/assign.ts';
import type { Redirect } from '../entity/decided.ts';
import type { Golden } from '../entity/golden.ts';
import type { Member } from '../entity/member.ts';
import type { Survive } from '../entity/survive.ts';
import { type Linked, linkPair, type NumberedChange } from './link.ts';
import { upsertLine, writeOutbox } from './outbox.ts';
import type { PreparedRecord } from './prepare.ts';

/* Writes of a batch. New rows go straight into the tables by COPY; changed rows through temporary tables. */

const NULL = '\\N';
const RECORD_COLUMNS =
  'record_id, source_id, source_key, entity_id, natural_id, link_rule, attributes, issues, link_keys, hash, deleted, observed_at, log_partition, log_offset, origin';
const VERSION_COLUMNS =
  'record_id, source_id, source_key, entity_id, link_rule, attributes, issues, hash, deleted, observed_at, recorded_at, log_partition, log_offset, origin';
const GOLDEN_COLUMNS = 'entity_id, attributes, winners, conflicts, sources';

/** Temporary tables of a connection; empty at each commit. */
export const STAGE_TABLES = `
  CREATE TEMPORARY TABLE IF NOT EXISTS stage_record (
    record_id bigint, source_id smallint, source_key text, entity_id bigint, natural_id bigint, link_rule text, attributes json, issues json,
    link_keys text[], hash bytea, deleted boolean, observed_at timestamptz, log_partition integer, log_offset bigint, origin text
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS stage_move (record_id bigint, entity_id bigint, natural_id bigint, link_rule text) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS stage_golden (
    entity_id bigint, attributes json, winners json, conflicts text[], sources smallint
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS stage_unlink (link_key text, entity_id bigint) ON COMMIT DELETE ROWS`;

export interface Place {
  readonly schema: string;
  readonly sourceId: number;
  readonly partition: number;
}

let lastTime = Number.NaN;
let lastIso = '';
/** Records of one read often carry the same time. */
function isoTime(ms: number): string {
  if (ms !== lastTime) {
    lastTime = ms;
    lastIso = new Date(ms).toISOString();
  }
  return lastIso;
}

function recordLine(
  place: Place,
  recordId: number,
  entityId: number,
  naturalId: number | null,
  linkRule: string,
  record: PreparedRecord,
): string {
  const issues = record.issues.length === 0 ? NULL : copyText(JSON.stringify(record.issues));
  return (
    `${recordId}\t${place.sourceId}\t${copyText(record.key)}\t${entityId}\t${naturalId ?? NULL}\t${linkRule}\t${record.attributesCopy}\t` +
    `${issues}\t${copyTextArray(record.keys)}\t\\\\x${record.hash}\t${record.deleted ? 't' : 'f'}\t` +
    `${isoTime(record.observedAt)}\t${place.partition}\t${record.offset}\t${copyText(record.origin)}`
  );
}

function goldenLine(entityId: number, golden: Golden): string {
  return (
    `${entityId}\t${golden.attributes}\t${golden.winners}\t` + `${copyTextArray(golden.conflicts)}\t${golden.sources}`
  );
}

interface Lines {
  readonly insert: string[];
  readonly update: string[];
  readonly passed: string[];
  readonly move: string[];
}

/** What `sendRecords` sends, worked out while nothing waits. */
export interface RecordPlan extends Lines {
  /** Of rows that came and went within the batch: entities without a golden record. */
  readonly emptyEntities: readonly number[];
}

export function planRecords(
  place: Place,
  changes: readonly NumberedChange[],
  linked: Linked,
  newEntity: () => number,
): RecordPlan {
  const home = new Map<number, Entity>();
  for (const entity of linked.entities) for (const { recordId } of entity.members) home.set(recordId, entity);

  const lines: Lines = { insert: [], update: [], passed: [], move: [] };
  const emptyEntities: number[] = [];
  for (const { recordId, stored, passed, final } of changes) {
    const entity = home.get(recordId);
    // A deleted record stays with its entity.
    const entityId = entity?.entityId ?? stored?.entityId ?? newEntity();
    if (entity === undefined && stored === null) emptyEntities.push(entityId);
    const rule = entity === undefined ? 'alone' : joinedBy(memberOf(entity, recordId), entity.members);
    const naturalId = linked.naturalIds.get(recordId) ?? (entity === undefined ? (stored?.naturalId ?? null) : null);
    (stored === null ? lines.insert : lines.update).push(recordLine(place, recordId, entityId, naturalId, rule, final));
    for (const version of passed) lines.passed.push(recordLine(place, recordId, entityId, null, rule, version));
  }
  for (const { entityId, isNew, members } of linked.entities) {
    if (isNew && members.length === 1 && members[0]?.changed === true) continue;
    for (const member of members) {
      if (member.changed) continue;
      const rule = joinedBy(member, members);
      // Which key joined it first is kept; that it was alone, or is now, is not.
      const stays = member.linkRule === rule || (member.linkRule !== 'alone' && rule !== 'alone');
      const naturalId = linked.naturalIds.get(member.recordId) ?? null;
      if (member.entityId !== entityId || member.naturalId !== naturalId || !stays)
        lines.move.push(`${member.recordId}\t${entityId}\t${naturalId ?? NULL}\t${rule}`);
    }
  }
  return { ...lines, emptyEntities };
}

/** New and changed source records, their history, and records that only change their entity. */
export async function sendRecords(client: ClientBase, schema: string, lines: RecordPlan): Promise<void> {
  await copyLines(client, `${schema}.source_record (${RECORD_COLUMNS})`, lines.insert);
  if (lines.update.length > 0) await updateRecords(client, schema, lines.update);
  if (lines.passed.length > 0) await keepPassed(client, schema, lines.passed);
  if (lines.move.length > 0) {
    await copyLines(client, 'stage_move (record_id, entity_id, natural_id, link_rule)', lines.move);
    await keepMembership(client, schema, 'stage_move AS m', 'r.record_id = m.record_id AND r.entity_id <> m.entity_id');
    await client.query(`UPDATE ${schema}.source_record AS r SET entity_id = m.entity_id, natural_id = m.natural_id, link_rule = m.link_rule
      FROM stage_move AS m WHERE r.record_id = m.record_id`);
  }
}

const memberOf = ({ members }: Entity, recordId: number): Member =>
  (members.length === 1 ? members[0] : members.find((member) => member.recordId === recordId)) as Member;

async function updateRecords(client: ClientBase, schema: string, lines: readonly string[]): Promise<void> {
  await copyLines(client, `stage_record (${RECORD_COLUMNS})`, lines);
  const old = VERSION_COLUMNS.split(', ')
    .map((column) => `r.${column}`)
    .join(', ');
  await client.query(`INSERT INTO ${schema}.source_record_history (${VERSION_COLUMNS})
    SELECT ${old} FROM stage_record AS s JOIN ${schema}.source_record AS r ON r.record_id = s.record_id`);
  await keepMembership(client, schema, 'stage_record AS s', 'r.record_id = s.record_id AND r.entity_id <> s.entity_id');
  // What a deleted row last said stays readable.
  await client.query(`UPDATE ${schema}.source_record AS r SET entity_id = s.entity_id, natural_id = s.natural_id, link_rule = s.link_rule,
      attributes = CASE WHEN s.deleted THEN r.attributes ELSE s.attributes END,
      issues = CASE WHEN s.deleted THEN r.issues ELSE s.issues END,
      link_keys = s.link_keys, hash = s.hash, deleted = s.deleted, observed_at = s.observed_at, recorded_at = now(),
      log_partition = s.log_partition, log_offset = s.log_offset, origin = s.origin
    FROM stage_record AS s WHERE r.record_id = s.record_id`);
}

/** Records that are about to go to another entity. */
async function keepMembership(
  client: ClientBase,
  schema: string,
  leavers: string,
  where: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await client.query(
    `INSERT INTO ${schema}.membership_left (record_id, entity_id)
     SELECT r.record_id, r.entity_id FROM ${leavers} JOIN ${schema}.source_record AS r ON ${where}`,
    [...values],
  );
}

async function keepPassed(client: ClientBase, schema: string, lines: readonly string[]): Promise<void> {
  await client.query('TRUNCATE stage_record');
  await copyLines(client, `stage_record (${RECORD_COLUMNS})`, lines);
  await client.query(`INSERT INTO ${schema}.source_record_history (${VERSION_COLUMNS})
    SELECT ${VERSION_COLUMNS.replace('recorded_at', 'now()')} FROM stage_record`);
}

/** Between two turns of the event loop, in which the records that were sent before go on their way. */
const ENTITIES_A_SLICE = 100;

/** Entities, their links and golden records. */
export async function writeEntities(
  client: ClientBase,
  schema: string,
  linked: Linked,
  survive: Survive,
  emptyEntities: readonly number[],
  toOutbox: boolean,
): Promise<void> {
  const { entities, events } = linked;
  const created = entities.filter((entity) => entity.isNew).map((entity) => entity.entityId);
  await copyLines(client, `${schema}.entity (entity_id)`, [...created, ...linked.hidden, ...emptyEntities].map(String));

  const insert: string[] = [];
  const upsert: string[] = [];
  const published: string[] = [];
  let slice = 0;
  for (const entity of entities) {
    if (!isTouched(entity, linked)) continue;
    if (++slice % ENTITIES_A_SLICE === 0) await breathe();
    const golden = survive(entity.members);
    (entity.isNew ? insert : upsert).push(goldenLine(entity.entityId, golden));
    if (toOutbox) published.push(upsertLine(entity.entityId, golden.attributes));
  }
  await copyLines(client, `${schema}.golden (${GOLDEN_COLUMNS})`, insert);
  await updateGolden(client, schema, upsert);

  await writeLinks(client, schema, linked);
  const alive = new Set(entities.map((entity) => entity.entityId));
  const emptied = new Set<number>();
  for (const { entityId } of linked.before) if (entityId !== null && !alive.has(entityId)) emptied.add(entityId);
  if (emptied.size > 0)
    await client.query(`DELETE FROM ${schema}.golden WHERE entity_id = ANY($1::bigint[])`, [[...emptied]]);
  if (toOutbox) await writeOutbox(client, schema, published, emptied, entities);
  if (events.length > 0)
    await client.query(
      `INSERT INTO ${schema}.entity_event (kind, entity_id, other_id, reason)
       SELECT kind, entity_id, other_id, reason
       FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS event (kind, entity_id, other_id, reason)`,
      [
        events.map((event) => event.kind),
        events.map((event) => event.entityId),
        events.map((event) => event.otherId),
        events.map((event) => event.reason),
      ],
    );
}

async function updateGolden(client: ClientBase, schema: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await copyLines(client, `stage_golden (${GOLDEN_COLUMNS})`, lines);
  const { rowCount } = await client.query(`UPDATE ${schema}.golden AS g SET attributes = s.attributes,
      winners = s.winners, conflicts = s.conflicts, sources = s.sources, updated_at = now()
    FROM stage_golden AS s WHERE g.entity_id = s.entity_id`);
  // The golden record went with the last record of an entity and comes back with the next.
  if (rowCount !== lines.length)
    await client.query(`INSERT INTO ${schema}.golden (${GOLDEN_COLUMNS}) SELECT ${GOLDEN_COLUMNS} FROM stage_golden
      ON CONFLICT (entity_id) DO NOTHING`);
}

/** Finds the survivors of entities anew whose records are what they were. */
export async function surviveAgain(
  client: ClientBase,
  schema: string,
  members: readonly Member[],
  survive: Survive,
  toOutbox: boolean,
): Promise<void> {
  const entities = new Map<number, Member[]>();
  for (const member of members) {
    const entityId = member.entityId as number;
    const known = entities.get(entityId);
    if (known === undefined) entities.set(entityId, [member]);
    else known.push(member);
  }
  const found = [...entities].map(([entityId, own]) => [entityId, survive(own)] as const);
  await updateGolden(
    client,
    schema,
    found.map(([entityId, golden]) => goldenLine(entityId, golden)),
  );
  if (!toOutbox) return;
  const published = found.map(([entityId, { attributes }]) => upsertLine(entityId, attributes));
  await writeOutbox(client, schema, published, [], []);
}

/** Its records are not the ones it had: something changed, came or went. */
function isTouched(entity: Entity, linked: Linked): boolean {
  if (entity.isNew || entity.lost.length > 0) return true;
  if (entity.members.some((member) => member.changed || member.entityId !== entity.entityId)) return true;
  return entity.members.length !== countBefore(linked).get(entity.entityId);
}

const counted = new WeakMap<Linked, Map<number, number>>();
function countBefore(linked: Linked): ReadonlyMap<number, number> {
  let counts = counted.get(linked);
  if (counts === undefined) {
    counts = new Map();
    for (const { entityId } of linked.before)
      if (entityId !== null) counts.set(entityId, (counts.get(entityId) ?? 0) + 1);
    counted.set(linked, counts);
  }
  return counts;
}

async function writeLinks(client: ClientBase, schema: string, linked: Linked): Promise<void> {
  const wanted = new Set<string>();
  const bearers = new Map<string, number>();
  const insert: string[] = [];
  for (const { entityId, isNew, members } of linked.entities) {
    const [first] = members;
    if (isNew && members.length === 1 && first !== undefined && first.entityId === null) {
      for (const key of first.keys) insert.push(`${copyText(key)}\t${entityId}`);
      continue;
    }
    for (const member of members) {
      for (const key of member.keys) {
        const pair = linkPair(key, entityId);
        if (wanted.has(pair)) continue;
        wanted.add(pair);
        bearers.set(key, (bearers.get(key) ?? 0) + 1);
        if (!linked.links.has(pair)) insert.push(`${copyText(key)}\t${entityId}`);
      }
    }
  }
  const remove = new Set<string>();
  for (const { entityId, keys } of linked.before) {
    for (const key of keys) {
      if (entityId !== null && !wanted.has(linkPair(key, entityId))) remove.add(`${copyText(key)}\t${entityId}`);
    }
  }
  await copyLines(client, `${schema}.link_key (link_key, entity_id)`, insert);
  if (remove.size > 0) {
    await copyLines(client, 'stage_unlink (link_key, entity_id)', [...remove]);
    await client.query(`DELETE FROM ${schema}.link_key AS l USING stage_unlink AS u
      WHERE l.link_key = u.link_key AND l.entity_id = u.entity_id`);
  }
  await keepApart(client, schema, linked, bearers);
}

/** Where ids lead that no entity bears. To be called when the records are where they belong. */
export async function writeRedirects(
  client: ClientBase,
  schema: string,
  { redirects, parted }: Pick<Linked, 'redirects' | 'parted'>,
): Promise<void> {
  await redirect(client, schema, redirects);
  await followBearers(client, schema, parted);
}

/** An id that led to an entity which has fallen apart leads to where the record is that bore it. */
async function followBearers(client: ClientBase, schema: string, parted: readonly number[]): Promise<void> {
  if (parted.length === 0) return;
  await client.query(
    `UPDATE ${schema}.entity AS e SET merged_into = r.entity_id, natural_into = coalesce(r.natural_id, r.entity_id)
     FROM ${schema}.source_record AS r WHERE e.natural_into = ANY ($1::bigint[]) AND r.record_id = e.bearer_id`,
    [parted],
  );
}

/** Which keys several entities bear. A new record alone in its entity shares none: it would have been looked at with the others. */
async function keepApart(
  client: ClientBase,
  schema: string,
  { before, links, entities }: Linked,
  bearers: ReadonlyMap<string, number>,
): Promise<void> {
  const counts = new Map(bearers);
  for (const { isNew, members } of entities) {
    const [first] = members;
    if (!isNew || members.length > 1 || first === undefined || first.entityId !== null) continue;
    for (const key of first.keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const several = [...counts].flatMap(([key, count]) => (count > 1 ? [key] : []));
  if (several.length > 0)
    await client.query(
      `INSERT INTO ${schema}.kept_apart (link_key) SELECT unnest($1::text[]) ON CONFLICT (link_key) DO NOTHING`,
      [several],
    );
  if (before.length === 0) return;
  const known = new Map<string, number>();
  for (const pair of links) {
    const key = pair.slice(0, pair.lastIndexOf(' '));
    known.set(key, (known.get(key) ?? 0) + 1);
  }
  const settled = [...known].flatMap(([key, count]) => (count > 1 && (counts.get(key) ?? 0) < 2 ? [key] : []));
  if (settled.length > 0)
    await client.query(`DELETE FROM ${schema}.kept_apart WHERE link_key = ANY ($1::text[])`, [settled]);
}

/** Ids lead on in one step, also those that led to them before; records that are deleted stay with their id. */
async function redirect(client: ClientBase, schema: string, redirects: readonly Redirect[]): Promise<void> {
  if (redirects.length === 0) return;
  const column = (of: (redirect: Redirect) => number): readonly number[] => redirects.map(of);
  const values = [column(({ from }) => from), column(({ to }) => to), column(({ natural }) => natural)];
  const paths = 'unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m (id, goal, natural_goal)';
  await client.query(
    `UPDATE ${schema}.entity AS e
     SET merged_into = nullif(m.goal, e.entity_id), natural_into = nullif(m.natural_goal, e.entity_id),
       bearer_id = CASE WHEN e.entity_id <> m.id THEN e.bearer_id
         WHEN m.natural_goal <> m.id THEN coalesce(m.bearer, e.bearer_id) END
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS m (id, goal, natural_goal, bearer)
     WHERE e.entity_id = m.id OR e.natural_into = m.id`,
    [...values, redirects.map(({ bearer }) => bearer)],
  );
  const isAway = 'r.entity_id = m.id AND m.goal <> m.id AND r.natural_id IS NULL';
  const isBack = 'r.deleted AND r.natural_id = m.id AND r.entity_id <> m.goal';
  await keepMembership(client, schema, paths, `(${isAway}) OR (${isBack})`, values);
  await client.query(
    `UPDATE ${schema}.source_record AS r SET entity_id = m.goal, natural_id = nullif(m.natural_goal, m.goal)
     FROM ${paths} WHERE (${isAway}) OR (${isBack})`,
    values,
  );
}
