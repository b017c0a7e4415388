import type { Command } from 'commander';
import { listQuarantine, type ReplayFilter, replayQuarantine } from '../../pipelines/engine/steward/replay.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { hidesAnything } from '../../schemas/masking/values.ts';
import type { RawValue } from '../../schemas/stream.ts';
import type { Hub, HubBase } from '../compose.ts';
import { mendEntry, openEntry } from '../normalise/mend.ts';
import { normalizerOf, sourceSpecOf } from '../normalise/pipelines.ts';
import { baseNamed } from '../normalise/rebuild.ts';
import {
  dismissRejectedRows,
  listRejectedRows,
  openRejectedRow,
  readableBytes,
  reopenRejectedRows,
} from '../pull/rejected-rows.ts';
import { print, printJson, table } from './print.ts';
import { recorded, unmasked } from './recorded.ts';
import { normalise } from './run.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';
import { clearable, entrySeen, type Sight, type SightOptions, sightOf } from './sight.ts';
import { positive } from './systems.ts';

interface Filter {
  readonly base?: string;
  readonly system?: string;
  readonly stream?: string;
  readonly code?: string;
}

function basesOf(hub: Hub, name: string | undefined): readonly (readonly [string, HubBase])[] {
  if (name === undefined) return [...hub.bases];
  const base = hub.bases.get(name);
  if (base === undefined)
    throw new HubError('HUB_CATALOG_NOT_FOUND', `There is no base ${name}`, { allowed: [...hub.bases.keys()] });
  return [[name, base]];
}

/** Rows and files that never reached the log: their entries are the hub's own, and no base has them. */
const AT_SOURCE = 'source';

type SightOfEntry = (entry: { readonly system: string; readonly stream: string; readonly code: string }) => {
  readonly sight: Sight;
  /** Nothing in the bytes of the entry is hidden. */
  readonly isHarmless: boolean;
};

/**
 * What is kept at the source is seen like what the base of its stream holds; a file that cannot be read is found by its name
 * and tells nothing of its rows.
 */
async function sightAtSource(hub: Hub, options: SightOptions): Promise<SightOfEntry> {
  const systems = new Map((await hub.systems.list()).map(({ spec }) => [spec.system, spec]));
  const plain = sightOf(null, options);
  return ({ system, stream, code }) => {
    const base = hub.bases.get(systems.get(system)?.streams[stream]?.base ?? '')?.definition;
    if (code === 'HUB_FILE_UNREADABLE') return { sight: plain, isHarmless: true };
    if (base === undefined || plain.isClear) return { sight: plain, isHarmless: false };
    return { sight: sightOf(base, options), isHarmless: !hidesAnything(base.attributes) };
  };
}

async function list(
  {
    before,
    limit,
    json,
    base,
    clear,
    ...filter
  }: Filter & { limit: number; before?: number; json?: boolean; clear?: boolean },
  common: CommonOptions,
): Promise<void> {
  if (before !== undefined && base === undefined)
    throw new HubError('HUB_ARGUMENT_INVALID', 'Numbers count in each base by itself: name the base too', {
      allowed: `--base NAME, or --base ${AT_SOURCE}`,
    });
  await using session = await openSession(common);
  const { hub } = session;
  const { pseudonyms } = hub;
  const older = before === undefined ? {} : { before };
  const found = [];
  const sight = { clear: await unmasked(hub, clear, 'quarantine', 'hub quarantine list'), pseudonyms };
  for (const [name, { pool, definition }] of base === AT_SOURCE ? [] : basesOf(hub, base)) {
    const { entries, total } = await listQuarantine(pool, definition.schema, { ...filter, ...older }, limit);
    const seen = sightOf(definition, sight);
    found.push({ where: name, entries: entries.map((entry) => entrySeen(entry, seen)), total });
  }
  if (base === undefined || base === AT_SOURCE) {
    const { entries, total } = await listRejectedRows(hub.pool, { ...filter, ...older }, limit);
    const seen = await sightAtSource(hub, sight);
    found.push({ where: AT_SOURCE, entries: entries.map((entry) => entrySeen(entry, seen(entry).sight)), total });
  }
  const entries = found.flatMap(({ where, entries: some }) => some.map((entry) => ({ where, ...entry })));
  if (json === true) {
    printJson(entries);
    return;
  }
  if (entries.length === 0) {
    print(before === undefined ? 'Nothing in quarantine.' : 'Nothing older.');
    return;
  }
  print(
    table(
      ['id', 'at', 'system', 'stream', 'origin', 'code', 'what'],
      entries.map((entry) => [
        ...[String(entry.id), entry.where, entry.system, entry.stream, entry.origin ?? ''],
        ...[entry.code, entry.message.slice(0, 120)],
      ]),
    ),
  );
  for (const { where, entries: some, total } of found)
    if (total > some.length)
      print(
        `\n${total - some.length} more at ${where}: hub quarantine list --base ${where} --before ${some.at(-1)?.id ?? ''}`,
      );
  print(
    `\nRows and files at "${AT_SOURCE}" never reached the log: mend them there, they are read again, or dismiss them. The others: \`hub quarantine show\`, then mend the row (\`mend\`) or the mapping (\`replay\`).`,
  );
}

async function replay(
  ids: readonly string[],
  filter: Filter & { json?: boolean },
  common: CommonOptions,
): Promise<void> {
  if (ids.length > 0 && filter.base === undefined)
    throw new HubError('HUB_ARGUMENT_INVALID', 'Numbers count in each base by itself: name the base too', {
      allowed: '--base NAME',
    });
  await using session = await openSession(common);
  const { hub } = session;
  const chosen: ReplayFilter = { ...filter, ...(ids.length === 0 ? {} : { ids: ids.map(positive) }) };
  const results: Record<string, { replayed: number; rejected: number }> = {};
  const { json, ...given } = filter;
  for (const [name, { pool, ingestion }] of basesOf(hub, filter.base)) {
    const deed = { what: 'quarantine', on: { resource: `${name}/quarantine` } } as const;
    results[name] = await recorded(hub, { ...deed, details: { command: 'replay', ids, ...given } }, () =>
      replayQuarantine(pool, ingestion, chosen, hub.rawReader(), async (system, stream) => {
        const stored = await hub.systems.get(system);
        const source = await ingestion.source(sourceSpecOf(stored.spec, stream));
        return { source, normalize: (await normalizerOf(hub, stored, stream)).normalize };
      }),
    );
  }
  if (json === true) printJson(results);
  else
    print(
      table(
        ['base', 'replayed', 'rejected again'],
        Object.entries(results).map(([name, { replayed, rejected }]) => [name, replayed, rejected]),
      ),
    );
}

const cell = (value: RawValue | undefined): string =>
  value === null || value === undefined ? '' : value instanceof Uint8Array ? `${value.length} bytes` : String(value);

/** Bytes are a row, or a file, of whom it may be about. */
function showBytes(raw: Uint8Array, json: boolean, isShown: boolean) {
  const bytes = readableBytes(raw);
  if (!isShown) return json ? { as: bytes.as, text: null } : 'hub quarantine show --clear shows them.';
  return json ? bytes : `${bytes.as === 'hex' ? 'no text, in hexadecimal digits' : `as ${bytes.as}`}:\n${bytes.text}`;
}

const settledLine = (entry: {
  readonly state: string;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
}): string => (entry.settledBy === null ? '' : `\n${entry.state} by ${entry.settledBy}: ${entry.settledReason}`);

async function showRejected(hub: Hub, id: number, json: boolean, sightOfEntry: SightOfEntry): Promise<void> {
  const { raw, ...stored } = await openRejectedRow(hub.pool, id);
  const { sight, isHarmless } = sightOfEntry(stored);
  const entry = entrySeen(stored, sight);
  const bytes = showBytes(raw, json, sight.isClear || isHarmless);
  if (json) printJson({ ...entry, bytes: raw.length, ...(bytes as object) });
  else
    print(
      `${entry.system}/${entry.stream} ${entry.origin} (${entry.state})\n${entry.code}: ${entry.message}${settledLine(entry)}\n\n${raw.length} bytes, ${String(bytes)}`,
    );
}

async function show(
  name: string,
  id: number,
  { json = false, clear }: { json?: boolean; clear?: boolean },
  common: CommonOptions,
): Promise<void> {
  await using session = await openSession(common);
  const { hub } = session;
  if (name !== AT_SOURCE) baseNamed(hub, name);
  const leave = await unmasked(hub, clear, `${name}/quarantine/${id}`, `hub quarantine show ${name} ${id}`);
  const options = { clear: leave, pseudonyms: hub.pseudonyms };
  if (name === AT_SOURCE) {
    await showRejected(hub, id, json, await sightAtSource(hub, options));
    return;
  }
  const sight = sightOf(baseNamed(hub, name).definition, options);
  const { raw, record, columns, ...stored } = await openEntry(hub, name, id);
  const system = (await hub.systems.list()).find(({ spec }) => spec.system === stored.system);
  const stream = system?.spec.streams[stored.stream];
  const value = record?.value == null ? null : sight.columns(stream, record.value);
  const entry = {
    ...entrySeen(stored, sight),
    issues: stored.issues.map((issue) => ({ ...issue, message: sight.finding(issue.attribute, issue.message) })),
    changes: stored.changes === null ? null : sight.columns(stream, stored.changes),
  };
  if (json) {
    printJson({ ...entry, bytes: raw.length, value });
    return;
  }
  print(
    `${entry.system}/${entry.stream} ${entry.origin ?? ''} (${entry.state})\n${entry.code}: ${entry.message}${settledLine(entry)}`,
  );
  for (const { rule, severity, attribute, message } of entry.issues)
    print(`  ${severity} ${rule} ${attribute ?? ''}: ${message}`);
  if (record === null) print(`The ${raw.length} bytes cannot be read as a row.`);
  else
    print(
      table(
        ['column', 'type', 'value'],
        columns.map((column) => [column.name, column.type, cell(value?.[column.name] as RawValue | undefined)]),
      ),
    );
}

interface Who {
  readonly by: string;
  readonly reason: string;
}

async function mend(
  name: string,
  id: number,
  options: Who & { set?: readonly string[]; empty?: readonly string[]; normalise?: boolean },
  common: CommonOptions,
): Promise<void> {
  const changes: Record<string, string | null> = Object.fromEntries(
    (options.empty ?? []).map((column) => [column, null]),
  );
  for (const pair of options.set ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw new HubError('HUB_ARGUMENT_INVALID', `"${pair}" sets nothing`, { allowed: '--set COLUMN=VALUE' });
    changes[pair.slice(0, at)] = pair.slice(at + 1);
  }
  if (Object.keys(changes).length === 0)
    throw new HubError('HUB_ARGUMENT_INVALID', 'nothing is to be mended', {
      allowed: '--set COLUMN=VALUE or --empty COLUMN; `hub quarantine replay` when the mapping was mended',
    });
  const { stop } = listenForSignals();
  await using session = await openSession(common);
  const { hub } = session;
  baseNamed(hub, name);
  const { system } = await settled(hub, name, [id], { ...options, command: 'mend', changes }, () =>
    mendEntry(hub, { base: name, id, changes, ...options }),
  );
  if (options.normalise !== false) await normalise(hub, [await hub.systems.get(system)], stop);
  print(`The row of entry ${id} of ${system} went into the log again with ${Object.keys(changes).join(', ')} mended.`);
}

interface Settling extends Who {
  readonly command: 'mend' | 'dismiss' | 'reopen';
  readonly changes?: Readonly<Record<string, string | null>>;
}

/** What a person does with entries, which the audit log has. */
function settled<T>(
  hub: Hub,
  where: string,
  ids: readonly number[],
  { by, reason, command, changes }: Settling,
  work: () => Promise<T>,
): Promise<T> {
  const resource = ids.length === 1 ? `${where}/quarantine/${ids[0]}` : `${where}/quarantine`;
  return recorded(hub, { what: 'quarantine', by, on: { resource }, details: { command, reason, ids, changes } }, work);
}

const told = (ids: readonly number[]): string =>
  ids.length === 1 ? `Entry ${ids[0]} is` : `Entries ${ids.join(', ')} are`;

async function dismiss(name: string, given: readonly string[], who: Who, common: CommonOptions): Promise<void> {
  const ids = given.map(positive);
  await using session = await openSession(common);
  const { hub } = session;
  if (name === AT_SOURCE) {
    await settled(hub, name, ids, { ...who, command: 'dismiss' }, () => dismissRejectedRows(hub.pool, ids, who));
    print(`${told(ids)} dismissed; the bytes are kept. A read that rejects the same row again leaves it so.`);
    return;
  }
  const { stewardship } = baseNamed(hub, name);
  const decision = { state: 'dismissed', by: who.by, reason: who.reason } as const;
  for (const id of ids)
    await settled(hub, name, [id], { ...who, command: 'dismiss' }, () => stewardship.settle(id, decision));
  print(`${told(ids)} dismissed; the bytes are kept. No rebuild or replay takes them; \`hub quarantine reopen\` does.`);
}

async function reopen(name: string, given: readonly string[], who: Who, common: CommonOptions): Promise<void> {
  const ids = given.map(positive);
  await using session = await openSession(common);
  const { hub } = session;
  const settling = { ...who, command: 'reopen' } as const;
  if (name === AT_SOURCE) await settled(hub, name, ids, settling, () => reopenRejectedRows(hub.pool, ids, who));
  else {
    const { stewardship } = baseNamed(hub, name);
    for (const id of ids) await settled(hub, name, [id], settling, () => stewardship.reopen(id, who));
  }
  print(`${told(ids)} open again.`);
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addQuarantineCommands(program: Command, common: () => CommonOptions): void {
  const group = program.command('quarantine').description('records that were rejected; nothing is ever lost');
  const filtered = (command: Command): Command =>
    command
      .option('--base <name>', 'name of the base')
      .option('--system <name>', 'of this system only')
      .option('--stream <name>', 'of this stream only')
      .option('--code <code>', 'with this error code only')
      .option('--json', 'as one line of JSON');
  clearable(filtered(group.command('list').description('open entries, newest first')))
    .option('--before <id>', 'older than this number only; with --base', positive)
    .option('-n, --limit <count>', 'at most so many of each base', positive, 50)
    .action((options) => list(options, common()));
  filtered(group.command('replay').description('send entries through the mapping and rules of today again'))
    .argument('[id...]', 'numbers from the list; all open entries when absent')
    .action((ids: string[], options) => replay(ids, options, common()));
  const one = (command: string, text: string): Command =>
    group
      .command(command)
      .description(text)
      .argument('<base>', 'name of the base')
      .argument('<id>', 'number from the list', positive);
  clearable(
    one(
      'show',
      'one entry: what was found, and every column of the row; of "source" the bytes of what never reached the log',
    ),
  )
    .option('--json', 'as one line of JSON')
    .action((name: string, id: number, options: { json?: boolean; clear?: boolean }) =>
      show(name, id, options, common()),
    );
  const decided = (command: Command): Command =>
    command
      .requiredOption('--by <person>', 'who decides')
      .requiredOption('--reason <text>', 'why, for those who ask later');
  decided(one('mend', 'correct values of the row and send it through the log again; refused when it would not pass'))
    .option('--set <column=value>', 'new value of a column of the source; may be given several times', several)
    .option('--empty <column>', 'a column that is to have no value; may be given several times', several)
    .option('--no-normalise', 'leave the row in the log for the workers')
    .action((name: string, id: number, options: Parameters<typeof mend>[2]) => mend(name, id, options, common()));
  const some = (command: string, text: string): Command =>
    decided(
      group
        .command(command)
        .description(text)
        .argument('<base>', `name of the base, or "${AT_SOURCE}"`)
        .argument('<id...>', 'numbers from the list'),
    );
  some('dismiss', 'be done with entries that are not worth mending; their bytes are kept').action(
    (name: string, ids: string[], who: Who) => dismiss(name, ids, who, common()),
  );
  some('reopen', 'take dismissals back').action((name: string, ids: string[], who: Who) =>
    reopen(name, ids, who, common()),
  );
}
