import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Source } from '../../connectors/connector.ts';
import { unpromised } from '../../connectors/promises.ts';
import { BASES } from '../../pipelines/bases.ts';
import type { JsonValue, RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { hidesAnything } from '../../schemas/masking/values.ts';
import type { StreamEntry, SystemFile } from '../../schemas/system.ts';
import { openSource, openSystemFile, warningsOf } from '../control/systems.ts';
import { remap } from '../normalise/rebuild.ts';
import { sampleNotices } from '../pull/notices.ts';
import { type Preview, type PreviewRow, preview } from '../pull/preview.ts';
import { environment } from '../settings/config.ts';
import { readGiven } from '../settings/given-file.ts';
import { sentenceOf } from '../settings/problems.ts';
import { redactText } from '../settings/secrets.ts';
import { EXIT, print, printJson, table, tell } from './print.ts';
import { recorded, type Unmasked, unmasked } from './recorded.ts';
import { type CommonOptions, listenForSignals, loggerOf, openSession, settings } from './session.ts';
import { clearable, type Sight, sightOf } from './sight.ts';

export interface Opened {
  readonly spec: SystemFile;
  readonly source: Source;
  readonly context: RunContext;
}

export const isFile = (name: string): boolean => /\.ya?ml$/i.test(name);

/** Connectors by how a file is called. */
const BY_ENDING: Readonly<Record<string, string>> = {
  ...{ csv: 'csv', tsv: 'csv', txt: 'csv', xlsx: 'xlsx', xls: 'xls', dbf: 'dbf', xml: 'xml-files' },
  ...{ geojson: 'geo-files', shp: 'geo-files', json: 'rest-json', wsdl: 'soap' },
};

/** What somebody is to do who names data where a system is wanted: the least system file for it. */
function howToBegin(given: string, command: string): HubError {
  const isAddress = /^[a-z][\w+.-]*:\/\//i.test(given);
  const path = isAddress ? null : statSync(given, { throwIfNoEntry: false });
  const ending = /\.(\w+)$/.exec(given)?.[1]?.toLowerCase() ?? '';
  const scheme = /^([a-z]+)/i.exec(given)?.[1]?.toLowerCase() ?? '';
  const connector = isAddress
    ? ({ postgres: 'sql-table', postgresql: 'sql-table', mysql: 'sql-table', mssql: 'sql-table' }[scheme] ??
      'rest-json')
    : path?.isDirectory() === true
      ? 'csv'
      : (BY_ENDING[ending] ?? 'csv');
  const files = path?.isDirectory() === true ? '*' : basename(given);
  const folder = path?.isDirectory() === true ? resolve(given) : dirname(resolve(given));
  const where = isAddress ? `url: '${redactText(given)}'` : `folder: '${folder}'`;
  const source = isAddress ? 'table or path of it' : `files: '${files}', key: [column that identifies a row]`;
  return new HubError(
    'HUB_ARGUMENT_INVALID',
    `${redactText(given)} is data, and hub ${command} wants a system file or the name of an applied system. Begin with a file such as first.yaml: "system: first; title: { zh: ..., en: ... }; owner: { name: ..., uscc: ... }; authority: ...; connector: ${connector}; connection: { ${where} }; schedule: '0 2 * * *'; streams: { rows: { title: ..., source: { ${source} } } }", one setting a line. Then: hub check first.yaml, hub discover first.yaml, hub draft first.yaml`,
    { given: redactText(given), allowed: ['a .yaml file', 'the name of an applied system'] },
  );
}

/** A file, a folder or an address, and no name of a system. */
const isData = (name: string): boolean =>
  /^[a-z][\w+.-]*:\/\//i.test(name) || /[\\/]/.test(name) || existsSync(name) || /\.[a-z]{2,7}$/i.test(name);

/** @param final it is to be published: what a person still has to fill in is refused, and not only said. */
async function readFrom(file: string, final = false): Promise<SystemFile> {
  const { spec, warnings, placeholders } = openSystemFile(readGiven(file), file);
  if (final && placeholders.length > 0)
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `${file} is not filled in yet: ${placeholders.map(sentenceOf).join('; ')}`,
      {
        file,
        problems: placeholders,
      },
    );
  for (const placeholder of placeholders) tell(`! hub apply will refuse this: ${sentenceOf(placeholder)}`);
  for (const warning of warnings) tell(`! ${warning}`);
  return spec;
}

/** An applied system by name, or a file that need not be applied: then no database is opened. */
async function specOf(name: string, common: CommonOptions): Promise<SystemFile> {
  if (isFile(name)) return readFrom(name);
  refuseData(name);
  await using session = await openSession(common);
  const { spec } = await session.hub.systems.get(name);
  for (const warning of warningsOf(spec)) tell(`! ${warning}`);
  return spec;
}

/** @throws HUB_ARGUMENT_INVALID, saying how to begin, for what can be no name of a system */
export function refuseData(name: string): void {
  if (isData(name)) throw howToBegin(name, process.argv[2] ?? 'check');
}

export async function withSource<T>(
  name: string,
  common: CommonOptions,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const spec = await specOf(name, common);
  const context = {
    signal: listenForSignals().stop,
    log: loggerOf(common, settings(common), true),
    now: () => new Date(),
  };
  await using source = await openSource(spec, environment(), context);
  return await work({ spec, source, context });
}

function requireStream(spec: SystemFile, stream: string | undefined): string {
  const allowed = Object.keys(spec.streams);
  if (stream === undefined && allowed.length === 1) return allowed[0] as string;
  if (stream !== undefined && allowed.includes(stream)) return stream;
  throw new HubError(
    'HUB_ARGUMENT_INVALID',
    stream === undefined ? `${spec.system} has several streams: name one` : `${spec.system} has no stream ${stream}`,
    { allowed },
  );
}

async function check(name: string, options: { json?: boolean }, common: CommonOptions): Promise<void> {
  const { report, notices, notPromised } = await withSource(name, common, async ({ spec, source, context }) => {
    const report = await source.check();
    const readable = report.streams.filter(({ ok, isRead }) => ok || isRead === true).map(({ stream }) => stream);
    const notices = await sampleNotices(spec, source, readable, context);
    return { report, notices, notPromised: unpromised(spec.connector) };
  });
  if (options.json === true) printJson({ ...report, notices, notPromised });
  else {
    print(
      table(
        ['stream', 'ok', 'finding'],
        report.streams.map((line) => [line.stream, line.ok ? 'yes' : 'NO', line.message]),
      ),
    );
    for (const note of report.notes) print(`- ${note}`);
    for (const { stream, notice } of notices) print(`! ${stream}: ${notice}`);
    print(
      `- late commits ${report.lateCommits === 'not-caught' ? 'are not caught: see the streams' : `are caught by: ${report.lateCommits}`}`,
    );
    for (const { promise, sentence } of notPromised) print(`- not promised (${promise}): ${sentence}`);
    const marked = [...(report.ok ? [] : ['NO']), ...(notices.length === 0 ? [] : ['!'])].join(' and ');
    print(marked === '' ? 'Nothing to mend.' : `Something is to be mended: see the lines marked ${marked}.`);
  }
  if (!report.ok || notices.length > 0) process.exitCode = EXIT.mend;
}

function rowSeen(
  { key, origin, op, raw, attributes, issues }: PreviewRow,
  system: string,
  stream: string,
  entry: StreamEntry | undefined,
  sight: Sight,
) {
  const row = { system, stream, sourceKey: key };
  return {
    ...{ key: sight.key({ ...row, attributes }), origin: sight.place(row, origin), op },
    raw: raw === null ? null : sight.columns(entry, raw),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, sight.value(name, value)])),
    issues: issues.map((issue) => ({ ...issue, message: sight.finding(issue.attribute, issue.message) })),
  };
}

/** Only for this a preview of a file opens a database. */
async function clearPreview(
  isAskedFor: boolean | undefined,
  what: string,
  system: string,
  common: CommonOptions,
): Promise<Unmasked | null> {
  if (isAskedFor !== true) return null;
  await using session = await openSession(common);
  return await unmasked(session.hub, true, `system/${system}`, what);
}

async function showPreview(
  name: string,
  stream: string | undefined,
  options: { rows: number; json?: boolean; clear?: boolean },
  common: CommonOptions,
): Promise<void> {
  const seen = await withSource(name, common, async ({ spec, source, context }) => {
    const wanted = requireStream(spec, stream);
    const shown = await preview(spec, source, wanted, options.rows, context);
    const entry = spec.streams[wanted];
    const base = BASES.find((one) => one.name === entry?.base) ?? null;
    const clear = await clearPreview(options.clear, `hub preview ${spec.system} ${wanted}`, spec.system, common);
    const sight = sightOf(base, { clear });
    const rows = shown.rows.map((row) => rowSeen(row, spec.system, wanted, entry, sight));
    const rejects = shown.rejects.map((one) => ({
      ...one,
      message: sight.finding(null, one.message),
      raw: sight.isClear || base === null || !hidesAnything(base.attributes) ? one.raw : null,
    }));
    return { ...shown, rows, rejects, notices: await sampleNotices(spec, source, [wanted], context) };
  });
  const bytesAsBase64 = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  if (options.json === true) {
    print(
      JSON.stringify(
        { rows: seen.rows, rejects: seen.rejects, read: seen.read, rejected: seen.rejected, notices: seen.notices },
        bytesAsBase64,
      ),
    );
    return;
  }
  for (const row of seen.rows) {
    print(`\n${row.origin}`);
    const entries = Object.entries(row.attributes).filter(([, value]) => value !== null);
    const shown = entries.length > 0 ? entries : Object.entries(row.raw ?? {});
    print(
      table(
        ['attribute', 'value'],
        shown.map(([attribute, value]) => [attribute, String(value)]),
      ),
    );
    for (const issue of row.issues)
      print(`  ${issue.severity} ${issue.rule} ${issue.attribute ?? ''}: ${issue.message}`);
  }
  for (const reject of seen.rejects) print(`\nREJECTED ${reject.origin}\n  ${reject.code}: ${reject.message}`);
  for (const { notice } of seen.notices) print(`\n! ${notice}`);
  print(`\n${shownOf(seen)} Nothing was written.`);
}

const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;

/** What stands above, and what of it was left out. */
function shownOf({
  records,
  rejects,
  read,
  rejected,
}: Omit<Preview, 'stream' | 'rows' | 'rejects'> & { readonly rejects: readonly unknown[] }): string {
  const refused = rejected === 0 ? 'none was rejected' : `${rejected.toLocaleString('en-US')} of them rejected`;
  const left = rejected > rejects.length ? `; the first ${counted(rejects.length, 'reject')} are shown` : '';
  return `${counted(records, 'row')} shown; ${counted(read, 'row')} read for it, ${refused}${left}.`;
}

async function apply(files: readonly string[], rebuild: boolean, common: CommonOptions): Promise<void> {
  // All files are checked before the first one is applied.
  const specs = await Promise.all(files.map((file) => readFrom(file, true)));
  const { stop } = listenForSignals();
  await using session = await openSession(common);
  for (const spec of specs) {
    const { hub } = session;
    const deed = { what: 'mapping', on: { resource: `system/${spec.system}` } } as const;
    const details = { spec: JSON.parse(JSON.stringify(spec)) as JsonValue };
    const { outcome, removed, restarted, remapped, moved } = await recorded(hub, { ...deed, details }, () =>
      hub.systems.apply(spec),
    );
    const notes = [
      ...(removed.length === 0 ? [] : [`removed ${removed.join(', ')}`]),
      ...(restarted.length === 0 ? [] : [`read from the start again: ${restarted.join(', ')}`]),
    ];
    print(`${spec.system}: ${outcome}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`);
    for (const { stream, from } of moved)
      print(
        `! ${spec.system}/${stream}: what it gave to ${from} before stays there; its rows in the log are read again.`,
      );
    for (const base of new Set(remapped.map((one) => one.base))) {
      const wanted = remapped.filter((one) => one.base === base);
      if (rebuild) {
        const { streams } = await remap(session.hub, base, spec.system, stop);
        const sum = (of: 'read' | 'updated' | 'rejected'): number => streams.reduce((all, one) => all + one[of], 0);
        print(`${base}: ${sum('read')} rows read again, ${sum('updated')} changed, ${sum('rejected')} rejected.`);
        continue;
      }
      for (const { stream, rows } of wanted)
        print(`! ${spec.system}/${stream}: ${rows} rows were read before, and stay as the mapping of then made them.`);
      print(`  To read them again from the log: hub rebuild ${base} --system ${spec.system}`);
    }
  }
}

export function addSystemCommands(program: Command, common: () => CommonOptions): void {
  program
    .command('apply')
    .description('take system files: which system, which streams, how they map, when they are read')
    .requiredOption('-f, --file <file...>', 'system files (YAML)')
    .option('--rebuild', 'send what was read before through a mapping that has changed')
    .action(({ file, rebuild = false }: { file: string[]; rebuild?: boolean }) => apply(file, rebuild, common()));
  program
    .command('check')
    .description('ask a source whether it can be read as its system file says; status 3 when something is to be mended')
    .argument('<system>', 'name of an applied system, or a .yaml file')
    .option('--json', 'the whole report as one line of JSON')
    .action((name: string, options) => check(name, options, common()));
  clearable(program.command('preview'))
    .description('show the first rows after mapping, with what the rules find; nothing is written')
    .argument('<system>', 'name of an applied system, or a .yaml file')
    .argument('[stream]', 'may be left out when the system has one')
    .option('-n, --rows <count>', 'how many rows', positive, 5)
    .option('--json', 'as one line of JSON')
    .action((name: string, stream: string | undefined, options) => showPreview(name, stream, options, common()));
}

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new HubError('HUB_ARGUMENT_INVALID', `"${text}" is not a whole number above 0`, { allowed: '1 and more' });
}
