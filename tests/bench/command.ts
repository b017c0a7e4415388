import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson, table, tell } from '../../runner/cli/print.ts';
import { runProgram, withCommonOptions } from '../../runner/cli/run-program.ts';
import { type CommonOptions, listenForSignals, loggerOf, settings } from '../../runner/cli/session.ts';
import { positive } from '../../runner/cli/systems.ts';
import { benchAudit } from './audit.ts';
import { benchConnectors } from './connectors/bench.ts';
import { benchLargeCsv, benchLargePull } from './connectors/csv-large.ts';
import { benchDecide } from './decide.ts';
import { type Ground, type LogKind, maxRssMb, openGround } from './ground.ts';
import { benchGrowth } from './growth.ts';
import { benchLatency } from './latency.ts';
import { benchLink, type LinkFigures } from './link/bench.ts';
import { linkTable } from './link/show.ts';
import { benchSplink, whyNoSplink } from './link/splink.ts';
import { LINK_SUBJECTS } from './link/subjects.ts';
import { benchNormalise } from './normalise.ts';
import { benchPull } from './pull.ts';
import { benchAsOf, benchRebuild } from './time.ts';

type Bench = (
  ground: Ground,
  rows: number,
  logs: readonly LogKind[],
  signal: AbortSignal,
) => Promise<readonly object[]>;

const BENCHES: Readonly<Record<string, { readonly text: string; readonly run: Bench }>> = {
  pull: { text: 'source table to durable log, against COPY TO STDOUT and kafka-producer-perf-test', run: benchPull },
  normalise: { text: 'log to population base, against COPY of the same final rows', run: benchNormalise },
};

interface Given {
  readonly rows: number;
  readonly json?: boolean;
  readonly log: LogKind | 'all';
}

async function runBench(name: string, { rows, json, log }: Given, common: CommonOptions): Promise<void> {
  const config = settings(common);
  const logs: readonly LogKind[] = log === 'all' ? ['embedded', 'kafka'] : [log];
  const logger = loggerOf(common, config, true);
  await using ground = await openGround({ config, logger, logs });
  if (ground.whyNot !== null && logs.includes('kafka')) tell(`Kafka is left out: ${ground.whyNot}`);
  const results = await (BENCHES[name] as { run: Bench }).run(ground, rows, logs, listenForSignals().stop);
  show(name, rows, results, json === true);
}

function show(name: string, rows: number, results: readonly object[], json: boolean): void {
  if (json) {
    printJson({ bench: name, rows, results, maxRssMb: maxRssMb(), node: process.version });
    return;
  }
  const fields = [...new Set(results.flatMap((result) => Object.keys(result)))];
  print(
    table(
      ['figure', ...results.map((_, i) => `${i + 1}`)],
      fields.map((field) => [field, ...results.map((result) => cell(result, field))]),
    ),
  );
  print(`\nAt most ${maxRssMb()} MB in this process.`);
}

const cell = (result: object, field: string): string => {
  const value = (result as Readonly<Record<string, unknown>>)[field];
  if (Array.isArray(value)) return value.join(' ');
  return value === undefined || value === null
    ? '-'
    : typeof value === 'number'
      ? value.toLocaleString('en-US')
      : String(value);
};

function gigabytesOf(text: string): number {
  const size = Number(text);
  if (size > 0 && size <= 1_000) return size;
  throw new InvalidArgumentError('a number above 0, such as 5 or 0.5');
}

/** `npm run bench`: measures this machine; every figure is a ratio to a reference in the same run. */
export function createBench(): Command {
  const bench = withCommonOptions(new Command('bench')).description(
    'measure this machine: figures as ratios to a reference in the same run',
  );
  const common = (): CommonOptions => bench.opts<CommonOptions>();
  bench
    .command('audit')
    .description('durable appends to the audit log by 1, 8 and 64 callers, against one INSERT and commit each')
    .option('--seconds <count>', 'how long each is measured', positive, 10)
    .option('--json', 'as one line of JSON')
    .action(async ({ seconds, json }: { seconds: number; json?: boolean }) => {
      const config = settings(common());
      await using ground = await openGround({ config, logger: loggerOf(common(), config, true), logs: ['embedded'] });
      const results = await benchAudit(ground, seconds, listenForSignals().stop);
      show('audit', results.length, results, json === true);
    });
  bench
    .command('connectors')
    .description('connectors alone, against the plainest loop over the same library')
    .option('--rows <count>', 'how many rows', positive, 200_000)
    .option('--only <name>', 'one connector')
    .option('--json', 'as one line of JSON')
    .action(async ({ rows, only, json }: { rows: number; only?: string; json?: boolean }) => {
      const folder = join(settings(common()).dataFolder, `bench-${process.pid}`);
      const results = await benchConnectors(folder, rows, only).finally(() =>
        rmSync(folder, { recursive: true, force: true }),
      );
      show('connectors', rows, results, json === true);
    });
  bench
    .command('csv-large')
    .description('one large generated CSV: the reader alone, and from there to the embedded log')
    .option('--gigabytes <size>', 'size of the file for the reader alone', gigabytesOf, 5)
    .option('--pull-gigabytes <size>', 'size of the file that goes to the log', gigabytesOf, 1)
    .option('--json', 'as one line of JSON')
    .action(async (given: { gigabytes: number; pullGigabytes: number; json?: boolean }) => {
      const config = settings(common());
      const logger = loggerOf(common(), config, true);
      await using ground = await openGround({ config, logger, logs: ['embedded'] });
      const alone = await benchLargeCsv(ground.folder, given.gigabytes);
      const pulled = await benchLargePull(ground, given.pullGigabytes, listenForSignals().stop);
      show('csv-large', alone.rows + pulled.rows, [alone, pulled], given.json === true);
    });
  bench
    .command('decide')
    .description('one decision on what a caller may receive with 1, 10 and 100 grants, against a look-up in a bare Map')
    .option('--seconds <count>', 'how long each is measured', positive, 5)
    .option('--json', 'as one line of JSON')
    .action(({ seconds, json }: { seconds: number; json?: boolean }) => {
      const results = benchDecide(seconds, listenForSignals().stop);
      show('decide', results.length, results, json === true);
    });
  bench
    .command('latency')
    .description('from a push to its answer and to the log, from a commit to the log, in an open loop')
    .option('--json', 'as one line of JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const config = settings(common());
      const logger = loggerOf(common(), config, true);
      await using ground = await openGround({ config, logger, logs: ['embedded'], settings: { wal_level: 'logical' } });
      const results = await benchLatency(ground, listenForSignals().stop);
      show(
        'latency',
        results.reduce((sum, { count }) => sum + count, 0),
        results,
        json === true,
      );
    });
  bench
    .command('link')
    .description(
      'records of several systems about the same people and bodies: precision and recall by kind, and how fast',
    )
    .option('--rows <count>', 'how many records', positive, 140_000)
    .addOption(new Option('--base <name>', 'one base').choices(LINK_SUBJECTS.map(({ base }) => base.name)))
    .option('--json', 'as one line of JSON')
    .action(async ({ rows, base, json }: { rows: number; base?: string; json?: boolean }) => {
      const config = settings(common());
      await using ground = await openGround({ config, logger: loggerOf(common(), config, true), logs: ['embedded'] });
      const lack = await whyNoSplink();
      if (lack !== null) tell(`Splink is left out: ${lack}`);
      const results: LinkFigures[] = [];
      for (const subject of LINK_SUBJECTS) {
        if (base !== undefined && subject.base.name !== base) continue;
        const url = await ground.database(subject.base.schema);
        const given = { rows, signal: listenForSignals().stop };
        const figures = await benchLink(url, subject, {
          ...given,
          ...(lack === null ? { beside: (pool, truth) => benchSplink(pool, subject, truth, ground.folder) } : {}),
        });
        results.push(figures);
        if (json !== true) print(`${linkTable(figures)}\n`);
      }
      if (json === true) printJson({ bench: 'link', rows, results, maxRssMb: maxRssMb(), node: process.version });
    });
  for (const [name, text, run] of [
    ['rebuild', 'the population base from its log, against COPY of the same final rows', benchRebuild],
    ['asof', 'an entity as known at a past moment, against the plain lookup', benchAsOf],
    ['growth', 'pages and a batch of one row, before and after 1,000,000 batches and 100,000 decisions', benchGrowth],
  ] as const)
    bench
      .command(name)
      .description(text)
      .option('--rows <count>', 'how many records', positive, 200_000)
      .option('--json', 'as one line of JSON')
      .action(async ({ rows, json }: { rows: number; json?: boolean }) => {
        const config = settings(common());
        await using ground = await openGround({ config, logger: loggerOf(common(), config, true), logs: ['embedded'] });
        show(name, rows, await run(ground, rows, listenForSignals().stop), json === true);
      });
  for (const [name, { text }] of Object.entries(BENCHES))
    bench
      .command(name)
      .description(text)
      .option('--rows <count>', 'how many rows', positive, 200_000)
      .addOption(new Option('--log <kind>', 'which event log').choices(['embedded', 'kafka', 'all']).default('all'))
      .option('--json', 'as one line of JSON')
      .action((given: Given) => runBench(name, given, common()));
  return bench;
}

export const main = (argv: readonly string[]): Promise<void> => runProgram(createBench(), argv);
