import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Source } from '../../connectors/connector.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { SystemFile } from '../../schemas/system.ts';
import { openSource, openSystemFile, warningsOf } from '../control/systems.ts';
import { sampleNotices } from '../pull/notices.ts';
import { preview } from '../pull/preview.ts';
import { environment } from '../settings/config.ts';
import { EXIT, print, printJson, table, tell } from './print.ts';
import { type CommonOptions, listenForSignals, loggerOf, openSession, settings } from './session.ts';

export interface Opened {
  readonly spec: SystemFile;
  readonly source: Source;
  readonly context: RunContext;
}

export const isFile = (name: string): boolean => /\.ya?ml$/i.test(name);

async function readFrom(file: string): Promise<SystemFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `${file} cannot be read: ${(error as Error).message}`,
      { file },
      { cause: error },
    );
  }
  const { spec, warnings } = openSystemFile(text, file);
  for (const warning of warnings) tell(`! ${warning}`);
  return spec;
}

/** An applied system by name, or a file that need not be applied: then no database is opened. */
async function specOf(name: string, common: CommonOptions): Promise<SystemFile> {
  if (isFile(name)) return readFrom(name);
  await using session = await openSession(common);
  const { spec } = await session.hub.systems.get(name);
  for (const warning of warningsOf(spec)) tell(`! ${warning}`);
  return spec;
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
    'HUB_CONFIG_INVALID',
    stream === undefined ? `${spec.system} has several streams: name one` : `${spec.system} has no stream ${stream}`,
    { allowed },
  );
}

async function check(name: string, options: { json?: boolean }, common: CommonOptions): Promise<void> {
  const { report, notices } = await withSource(name, common, async ({ spec, source, context }) => {
    const report = await source.check();
    const readable = report.streams.filter(({ ok }) => ok).map(({ stream }) => stream);
    return { report, notices: await sampleNotices(spec, source, readable, context) };
  });
  if (options.json === true) printJson({ ...report, notices });
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
    const marked = [...(report.ok ? [] : ['NO']), ...(notices.length === 0 ? [] : ['!'])].join(' and ');
    print(marked === '' ? 'Nothing to mend.' : `Something is to be mended: see the lines marked ${marked}.`);
  }
  if (!report.ok || notices.length > 0) process.exitCode = EXIT.mend;
}

async function showPreview(
  name: string,
  stream: string | undefined,
  options: { rows: number; json?: boolean },
  common: CommonOptions,
): Promise<void> {
  const seen = await withSource(name, common, async ({ spec, source, context }) => {
    const wanted = requireStream(spec, stream);
    const shown = await preview(spec, source, wanted, options.rows, context);
    return { ...shown, notices: await sampleNotices(spec, source, [wanted], context) };
  });
  const bytesAsBase64 = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  if (options.json === true) {
    print(JSON.stringify({ rows: seen.rows, rejects: seen.rejects, notices: seen.notices }, bytesAsBase64));
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
  print(`\n${seen.rows.length} rows, ${seen.rejects.length} rejected. Nothing was written.`);
}

async function apply(files: readonly string[], common: CommonOptions): Promise<void> {
  // All files are checked before the first one is applied.
  const specs = await Promise.all(files.map(readFrom));
  await using session = await openSession(common);
  for (const spec of specs) {
    const { outcome, removed, restarted } = await session.hub.systems.apply(spec);
    const notes = [
      ...(removed.length === 0 ? [] : [`removed ${removed.join(', ')}`]),
      ...(restarted.length === 0 ? [] : [`read from the start again: ${restarted.join(', ')}`]),
    ];
    print(`${spec.system}: ${outcome}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`);
  }
}

export function addSystemCommands(program: Command, common: () => CommonOptions): void {
  program
    .command('apply')
    .description('take system files: which system, which streams, how they map, when they are read')
    .requiredOption('-f, --file <file...>', 'system files (YAML)')
    .action((options: { file: string[] }) => apply(options.file, common()));
  program
    .command('check')
    .description('ask a source whether it can be read as its system file says; status 3 when something is to be mended')
    .argument('<system>', 'name of an applied system, or a .yaml file')
    .option('--json', 'the whole report as one line of JSON')
    .action((name: string, options) => check(name, options, common()));
  program
    .command('preview')
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
  throw new HubError('HUB_CONFIG_INVALID', `"${text}" is not a whole number above 0`, { allowed: '1 and more' });
}
