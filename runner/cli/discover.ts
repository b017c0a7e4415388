import type { Command } from 'commander';
import type { ColumnProfile } from '../../pipelines/suggest/profile.ts';
import type { ColumnSuggestion } from '../../pipelines/suggest/suggest.ts';
import { readSystemFile } from '../control/systems.ts';
import { type Discovered, discoverSystem } from '../onboard/discover.ts';
import { draftSystem } from '../onboard/draft.ts';
import { readGiven, writeGiven } from '../settings/given-file.ts';
import { print, printJson, table, tell } from './print.ts';
import type { CommonOptions } from './session.ts';
import { isFile, positive, withSource } from './systems.ts';

const SAMPLE = 2_000;

const share = (part: number, whole: number): string => (whole === 0 ? '-' : `${Math.round((part / whole) * 100)} %`);

/** Least and greatest value, or the values of a short list. */
function rangeOf({ min, max, values }: ColumnProfile): string {
  const text = values.length > 0 ? values.map(({ value }) => value).join(', ') : min === null ? '' : `${min} .. ${max}`;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

const suggestionText = ({ attribute, conversion, kind, confidence }: ColumnSuggestion): string =>
  `${attribute === null ? kind : `${attribute} as ${conversion}`} (${confidence.toFixed(2)})`;

function printStream({ stream, profiles, suggestion, sampled, rejected }: Discovered): void {
  const rows =
    stream.rowEstimate === null ? 'rows unknown' : `about ${stream.rowEstimate.toLocaleString('en-US')} rows`;
  const key = stream.key.length === 0 ? 'none' : stream.key.join(' + ');
  print(`\n${stream.name}: ${rows}, key ${key}; looked at ${sampled}, could not read ${rejected}`);
  print(
    table(
      ['column', 'at the source', 'null', 'distinct', 'shape', 'values', 'seems to be', 'because'],
      profiles.map((profile, i) => {
        const column = suggestion.columns[i] as ColumnSuggestion;
        return [
          ...[profile.column.name, profile.column.sourceType, share(profile.nulls, profile.rows)],
          ...[String(profile.distinct), profile.shapes[0]?.shape ?? '', rangeOf(profile)],
          ...[suggestionText(column), column.evidence.join('; ')],
        ];
      }),
    ),
  );
  print(
    suggestion.base === null
      ? `No base is suggested: ${suggestion.baseEvidence}.`
      : `Base ${suggestion.base}: ${suggestion.baseEvidence}.`,
  );
}

const discovered = (name: string, rows: number, common: CommonOptions) =>
  withSource(name, common, async ({ spec, source, context }) => ({
    spec,
    found: await discoverSystem(spec, source, rows, context),
  }));

async function discover(name: string, options: { rows: number; json?: boolean }, common: CommonOptions): Promise<void> {
  const { found } = await discovered(name, options.rows, common);
  if (options.json === true) printJson(found);
  else found.forEach(printStream);
}

async function draft(name: string, options: { rows: number; out?: string }, common: CommonOptions): Promise<void> {
  const { spec, found } = await discovered(name, options.rows, common);
  const text = draftSystem(spec, isFile(name) ? readGiven(name) : null, found, new Date());
  // What cannot be applied is not handed out as a draft.
  readSystemFile(text, `the draft of ${spec.system}`);
  if (options.out === undefined) {
    process.stdout.write(text);
    return;
  }
  writeGiven(options.out, text);
  const review = text.split('\n').filter((line) => / review: |# replace:/.test(line)).length;
  tell(`${options.out} is written. ${review} lines ask for a look; then: hub preview ${options.out}`);
}

export function addDiscoverCommands(program: Command, common: () => CommonOptions): void {
  program
    .command('discover')
    .description('look at the first rows of each stream: columns, shapes, values, and what they seem to be')
    .argument('<system>', 'name of an applied system, or a .yaml file')
    .option('-n, --rows <count>', 'rows to look at', positive, SAMPLE)
    .option('--json', 'as one line of JSON')
    .action((name: string, options) => discover(name, options, common()));
  program
    .command('draft')
    .description('write the system file with mappings and directory entries suggested, for a person to review')
    .argument('<system>', 'name of an applied system, or a .yaml file that says connection and streams')
    .option('-n, --rows <count>', 'rows to look at', positive, SAMPLE)
    .option('-o, --out <file>', 'a new file instead of standard output')
    .action((name: string, options) => draft(name, options, common()));
}
