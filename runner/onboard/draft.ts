import { Document, isMap, type Pair, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { kindOf } from '../../pipelines/suggest/kinds.ts';
import { PLACEHOLDER } from '../../pipelines/suggest/places.ts';
import type { SuggestedEntry } from '../../pipelines/suggest/suggest.ts';
import { cycleDaysOf, type SystemFile, UPDATE_CYCLES } from '../../schemas/system.ts';
import { PLACEHOLDER_CLASS } from '../control/placeholders.ts';
import { CONTINUOUS } from '../control/schedule.ts';
import type { Discovered } from './discover.ts';

const DAY_MS = 86_400_000;

/** Less sure suggestions are written as comments: a steward takes them over by hand. */
const WRITTEN = 0.6;
/** More sure ones are marked with their evidence alone. */
const SURE = 0.9;

/**
 * A system file with what its discovery suggests filled in, each line with its evidence as a comment. What the file
 * already says stays: a stream with a mapping keeps it, and so does a directory entry.
 * @param text the file as it is; null for a system whose file is not at hand.
 */
export function draftSystem(
  spec: SystemFile,
  text: string | null,
  discovered: readonly Discovered[],
  now: Date,
): string {
  const document = text === null ? new Document(plain(spec)) : parseDocument(text);
  for (const [i, one] of discovered.entries()) {
    const stream = document.getIn(['streams', one.stream.name]);
    if (!isMap(stream)) continue;
    draftMapping(document, stream, one);
    if (!stream.has('resource')) draftResource(document, stream, spec, one, { sequence: i + 1, now });
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Without what the defaults say. */
function plain({ limits, streams, ...rest }: SystemFile): object {
  const own = Object.entries(streams).map(([name, { mapping, ...stream }]) => {
    return [name, Object.keys(mapping).length === 0 ? stream : { ...stream, mapping }];
  });
  const limited = Object.keys(limits).length > 1 || limits.quietHours.length > 0;
  return { ...rest, ...(limited ? { limits } : {}), streams: Object.fromEntries(own) };
}

function draftMapping(document: Document, stream: YAMLMap, { suggestion }: Discovered): void {
  if (stream.has('mapping') || stream.has('records')) return;
  const { base, baseEvidence, mapping, records } = suggestion;
  if (base === null) {
    stream.commentBefore = ` No base is suggested: ${baseEvidence}.`;
    return;
  }
  if (!stream.has('base')) {
    stream.set('base', base);
    comment(stream, 'base', baseEvidence);
  }
  if (stream.get('base') !== base) return;
  stream.set('mapping', mapOf(document, mapping));
  if (records === null) return;
  const parts = document.createNode({}) as YAMLMap;
  for (const [part, entries] of Object.entries(records)) parts.set(part, mapOf(document, entries));
  stream.set('records', parts);
}

function mapOf(document: Document, entries: Readonly<Record<string, SuggestedEntry>>): YAMLMap {
  const map = document.createNode({}) as YAMLMap;
  const doubtful: string[] = [];
  for (const [attribute, { from, as, confidence, evidence }] of Object.entries(entries)) {
    const constant = /^constant\((.*)\)$/.exec(as)?.[1];
    const value = constant === undefined ? { from, as } : { is: constant };
    const note =
      constant === PLACEHOLDER
        ? `replace: ${evidence}`
        : `${confidence.toFixed(2)}${confidence > SURE ? '' : ' review'}: ${evidence}`;
    if (confidence < WRITTEN) {
      doubtful.push(` ${attribute}: ${JSON.stringify(value)} # ${note}`);
      continue;
    }
    const node = document.createNode(value) as YAMLMap;
    node.flow = true;
    map.set(attribute, node);
    node.comment = ` ${note}`;
  }
  if (doubtful.length > 0) map.comment = doubtful.join('\n');
  return map;
}

function draftResource(
  document: Document,
  stream: YAMLMap,
  { schedule }: SystemFile,
  { stream: { name }, suggestion, newest }: Discovered,
  { sequence, now }: { readonly sequence: number; readonly now: Date },
): void {
  const given = stream.get('title');
  const title = typeof given === 'string' ? given : name;
  const items = Object.fromEntries(suggestion.columns.map(({ column, title: item }) => [column, item]));
  const identifying = suggestion.columns.some(({ kind }) => kindOf(kind).identifying);
  const named = Object.values(items).filter((item) => /\p{Script=Han}/u.test(item));
  const cycle = schedule === CONTINUOUS ? 'realtime' : cycleSince(newest, now);
  const resource = document.createNode({
    code: `${PLACEHOLDER_CLASS}/${sequence}`,
    title,
    abstract: `${title}，包括${(named.length > 0 ? named : Object.keys(items)).join('、')}。`,
    sharing: identifying ? 'conditional' : 'unconditional',
    sharingCondition: identifying ? '个人信息须经授权方可使用。' : '可用于行政依据、工作参考、数据校核和业务协同。',
    open: false,
    updateCycle: cycle,
    keywords: [],
    items,
  }) as YAMLMap;
  stream.set('resource', resource);
  comment(resource, 'code', 'replace: class, item, category, detail / sequence number of the directory');
  comment(
    resource,
    'sharing',
    identifying ? 'holds numbers of persons' : 'sharing is the rule; say the basis of an exception',
  );
  const since =
    newest === null ? 'not all rows were looked at' : `the newest row is of ${newest.toISOString().slice(0, 10)}`;
  comment(
    resource,
    'updateCycle',
    `review: how often does the department itself bring the data up to date? ${schedule === CONTINUOUS ? 'the source tells of news' : since}`,
  );
}

/** The shortest cycle that what is there can have been kept up by; none is promised where that is unknown or long past. */
function cycleSince(newest: Date | null, now: Date): (typeof UPDATE_CYCLES)[number] {
  if (newest === null) return 'irregular';
  const days = (now.getTime() - newest.getTime()) / DAY_MS;
  const kept = UPDATE_CYCLES.filter((cycle) => cycle !== 'realtime' && days <= 2 * (cycleDaysOf(cycle) ?? 0));
  return kept[0] ?? 'irregular';
}

function comment(map: YAMLMap, key: string, text: string): void {
  const pair = map.items.find((one) => one.key instanceof Scalar && one.key.value === key) as Pair | undefined;
  if (pair?.value instanceof Scalar) pair.value.comment = ` ${text}`;
}
