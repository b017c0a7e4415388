import type { BaseName } from '../../schemas/base.ts';
import type {
  CrossBase,
  CrossBases,
  CrossContext,
  CrossFinding,
  CrossRule,
  LoggedTopic,
  StreamBook,
} from './contract.ts';
import { rowsOf } from './read.ts';

/** What a base says of one topic, all in one statement. */
interface TopicBook {
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  /** Batches whose outcomes do not add up to what was read. */
  readonly odd: number;
  /** Messages counted by batches, replays left out, and offsets passed. */
  readonly counted: number;
  readonly passed: number;
  /** By life of the topic; '' for one that was not known when it was written. */
  readonly positions: Readonly<Record<string, number>>;
  readonly inserted: number;
  readonly rows: number;
  /** Live records whose entity shows nothing. */
  readonly lost: number;
}

const topicsOf = (base: CrossBase): Promise<readonly TopicBook[]> => {
  const { schema } = base.definition;
  return rowsOf<TopicBook>(
    base,
    'reading the books',
    `WITH b AS (
       SELECT topic, odd, messages AS counted, inserted FROM ${schema}.stream_total),
     l AS (
       SELECT topic, life, sum(next_offset) AS position, sum(next_offset - uncounted) AS passed
       FROM ${schema}.applied_position GROUP BY topic, life),
     p AS (SELECT topic, sum(passed) AS passed, json_object_agg(life, position) AS positions FROM l GROUP BY topic),
     r AS (
       SELECT r.source_id, count(*) AS rows, count(*) FILTER (WHERE NOT r.deleted AND g.entity_id IS NULL) AS lost
       FROM ${schema}.source_record AS r LEFT JOIN ${schema}.golden AS g USING (entity_id) GROUP BY r.source_id)
     SELECT s.system, s.stream, s.topic, coalesce(b.odd, 0)::float8 AS odd, coalesce(b.counted, 0)::float8 AS counted,
       coalesce(p.passed, 0)::float8 AS passed,
       coalesce(p.positions, '{}') AS positions, coalesce(b.inserted, 0)::float8 AS inserted,
       coalesce(r.rows, 0)::float8 AS rows, coalesce(r.lost, 0)::float8 AS lost
     FROM ${schema}.source AS s LEFT JOIN b USING (topic) LEFT JOIN p USING (topic) LEFT JOIN r USING (source_id)
     ORDER BY s.system, s.stream`,
  );
};

/** Entities that show values though none of their records lives. */
async function ghosts(base: CrossBase): Promise<number> {
  const { schema } = base.definition;
  const [row] = await rowsOf<{ ghosts: number }>(
    base,
    'looking for entities without records',
    `SELECT count(*)::float8 AS ghosts FROM ${schema}.golden AS g WHERE NOT EXISTS (
       SELECT 1 FROM ${schema}.source_record AS r WHERE r.entity_id = g.entity_id AND NOT r.deleted)`,
  );
  return row?.ghosts ?? 0;
}

const finding = (
  place: string,
  step: string,
  message: string,
  base: BaseName | null,
  system: string | null,
): CrossFinding => ({ subject: `${place} ${step}`, message, base, entityId: null, system });

/** What the base has read of lives of the topic that are over. */
const earlier = ({ positions }: TopicBook, life: string | undefined): number =>
  Object.entries(positions).reduce((sum, [of, position]) => sum + (of === '' || of === life ? 0 : position), 0);

/** source -> landing: everything read was appended, known as it is, or rejected, and what was appended is in the log. */
function* landing(stream: StreamBook, logged: LoggedTopic | null, earlier: number): Generator<CrossFinding> {
  const { system, base, read, appended, unchanged, rejected } = stream;
  const lost = read - appended - unchanged - rejected;
  const place = `${system}/${stream.stream}`;
  if (lost > 0)
    yield finding(
      place,
      'landing',
      `${read} rows were read, ${appended} appended, ${unchanged} unchanged and ${rejected} rejected: ${lost} are lost`,
      base,
      system,
    );
  // More is no loss: after a crash a batch is appended again, and the base counts it as unchanged.
  const had = (logged?.end ?? 0) + earlier;
  if (had < appended)
    yield finding(
      place,
      'log',
      `runs appended ${appended} messages to ${stream.topic}, the log has had ${had}`,
      base,
      system,
    );
}

/** landing -> standard -> golden: every message was counted once, every record shows in an entity. */
function* standing(name: BaseName, book: TopicBook, logged: LoggedTopic | null): Generator<CrossFinding> {
  const { system, topic, odd, counted, passed, positions, inserted, rows, lost } = book;
  const place = `${name} ${system}/${book.stream}`;
  const found = (step: string, message: string): CrossFinding => finding(place, step, message, name, system);
  if (odd > 0) yield found('batches', `${odd} batches: read is not inserted + updated + unchanged + stale + rejected`);
  if (counted !== passed)
    yield found('messages', `${counted} messages of ${topic} were counted, ${passed} offsets were passed`);
  const position = positions[logged?.life ?? ''] ?? positions[''] ?? 0;
  if (position > (logged?.end ?? 0))
    yield found('position', `the base stands at ${position} of ${topic}, the log has had ${logged?.end ?? 0}`);
  if (rows !== inserted) yield found('records', `${inserted} records were inserted, ${rows} are there`);
  if (lost > 0) yield found('entities', `${lost} records belong to an entity that shows nothing`);
}

async function* inOrder(bases: CrossBases, { books, signal }: CrossContext): AsyncGenerator<CrossFinding> {
  // What comes later on the way is counted later, so that what moves meanwhile cannot look like a loss; bases look at
  // the log the other way round and are therefore read before it.
  const streams = await books.streams();
  const byRuns = await books.appendedByRuns();
  const standings = new Map<BaseName, readonly TopicBook[]>();
  for (const [name, base] of Object.entries(bases) as [BaseName, CrossBase][])
    standings.set(name, await topicsOf(base));
  signal.throwIfAborted();

  const earlierOf = (topic: string, life: string | undefined): number =>
    [...standings.values()].flat().reduce((sum, book) => sum + (book.topic === topic ? earlier(book, life) : 0), 0);
  for (const stream of streams) {
    const logged = await books.logged(stream.topic);
    yield* landing(stream, logged, earlierOf(stream.topic, logged?.life));
  }
  for (const system of new Set(streams.map((one) => one.system))) {
    const counted = streams.reduce((sum, one) => sum + (one.system === system ? one.appended : 0), 0);
    const ran = byRuns.get(system) ?? 0;
    if (counted > ran)
      yield finding(system, 'runs', `its streams count ${counted} appended messages, its runs ${ran}`, null, system);
  }
  for (const [name, topics] of standings)
    for (const book of topics) yield* standing(name, book, await books.logged(book.topic));
  for (const [name, base] of Object.entries(bases) as [BaseName, CrossBase][]) {
    const empty = await ghosts(base);
    if (empty > 0)
      yield finding(name, 'ghosts', `${empty} entities show values though none of their records lives`, name, null);
  }
}

export const booksBalance: CrossRule = {
  id: 'X08',
  version: 1,
  severity: 'E',
  title: 'counts balance from source over log and records to entities: nothing is lost, nothing counted twice',
  zh: '来源、落地、标准、主数据各环节数量应平衡：读取 = 入库 + 隔离 + 未变',
  basis: { zh: '收支平衡', en: 'conservation' },
  find: inOrder,
};
