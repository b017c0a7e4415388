import type { Command } from 'commander';
import { type Comparison, compareModels } from '../../pipelines/engine/match/compare.ts';
import { type Estimate, estimateModel } from '../../pipelines/engine/match/estimate.ts';
import {
  listModels,
  nextVersion,
  requireMatching,
  saveModel,
  withActiveModel,
} from '../../pipelines/engine/match/model.ts';
import type { Matching } from '../../pipelines/matching.ts';
import { baseNamed } from '../normalise/rebuild.ts';
import { print, printJson, table, tell } from './print.ts';
import { recorded } from './recorded.ts';
import { type CommonOptions, listenForSignals, openSession } from './session.ts';
import { positive } from './systems.ts';

function showEstimate(matching: Matching, { model, ...facts }: Estimate): void {
  print(
    table(
      ['field', 'level', 'm', 'u', 'bits', 'bits now'],
      matching.fields.flatMap(({ name: field, levels }) =>
        levels.map(({ en }, i) => {
          const [mine, now] = [model.fields[field], matching.model.fields[field]];
          const bits = (one: typeof mine): string => Math.log2((one?.m[i] ?? 1) / (one?.u[i] ?? 1)).toFixed(2);
          return [i === 0 ? field : '', en, String(mine?.m[i]), String(mine?.u[i]), bits(mine), bits(now)];
        }),
      ),
    ),
  );
  print(
    `${facts.records} records, ${facts.pairs} pairs, ${facts.iterations} rounds; ${(facts.matches * 100).toFixed(1)} % of the pairs are matches. ${Object.keys(model.common).length} common values.`,
  );
}

function showComparison({ version, against, records, pairs, review, examples }: Comparison): void {
  print(`${version} against ${against}, the active one, over ${records} records without a deciding identifier:`);
  print(
    table(
      ['links kept', 'gained', 'lost', 'waiting now', 'then'],
      [[pairs.kept, pairs.gained, pairs.lost, review.before, review.after]],
    ),
  );
  for (const [what, changed] of Object.entries(examples)) {
    if (changed.length === 0) continue;
    print(`\n${what}, for example:`);
    print(
      table(
        ['row', 'row', 'bits now', 'then'],
        changed.map((one) => [...one.rows, one.before?.toFixed(2) ?? null, one.after?.toFixed(2) ?? null]),
      ),
    );
  }
}

export function addLinkCommands(program: Command, common: () => CommonOptions): void {
  const link = program
    .command('link')
    .description('the weights by which records without a common identifier are linked: estimate, compare, promote');

  link
    .command('estimate')
    .description(
      'work out weights from the records of a base (EM); --save keeps them as a version that decides nothing yet',
    )
    .argument('<base>')
    .option('-n, --records <count>', 'records to draw', positive, 50_000)
    .option('--model <version>', 'name of the version instead of the next number')
    .option('--save', 'keep it in the base as a proposal')
    .option('--json', 'the model as one line of JSON')
    .action(async (name: string, options: { records: number; model?: string; save?: boolean; json?: boolean }) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      const base = requireMatching(await withActiveModel(pool, definition));
      const version = options.model ?? (await nextVersion(pool, requireMatching(definition)));
      const estimate = await estimateModel(pool, base, version, options.records);
      if (options.save === true) await saveModel(pool, requireMatching(definition), estimate);
      const { model, ...facts } = estimate;
      if (options.json === true) printJson({ ...facts, saved: options.save === true, model });
      else {
        showEstimate(base.matching, estimate);
        print(
          options.save === true
            ? `Kept as ${version}: hub link compare ${name} ${version}`
            : 'Nothing is kept: --save does that.',
        );
      }
    });

  link
    .command('list')
    .description('versions of the weights: which decides, since when, by whom and why')
    .argument('<base>')
    .option('--json', 'as one line of JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      const models = await listModels(pool, requireMatching(definition));
      if (options.json === true) printJson(models);
      else
        print(
          table(
            ['version', 'state', 'estimated', 'promoted', 'by', 'reason', 'choices'],
            models.map((one) => [
              one.version,
              one.finished ? one.state : `${one.state}, records still to be decided: hub link promote again`,
              one.builtIn ? 'built in' : (one.estimatedAt?.toISOString().slice(0, 16) ?? null),
              one.promotedAt?.toISOString().slice(0, 16) ?? null,
              ...[one.promotedBy, one.reason, one.choices],
            ]),
          ),
        );
    });

  link
    .command('compare')
    .description('what would change under another version: links gained and lost, records that wait for a person')
    .argument('<base>')
    .argument('<version>')
    .option('-n, --records <count>', 'records without a deciding identifier to draw, instead of all', positive)
    .option('--json', 'as one line of JSON')
    .action(async (name: string, version: string, options: { records?: number; json?: boolean }) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      const compared = await compareModels(pool, requireMatching(definition), version, options.records ?? null);
      if (options.json === true) printJson(compared);
      else showComparison(compared);
    });

  link
    .command('promote')
    .description('make a version the one that decides; all choices are made anew under it, and may be interrupted')
    .argument('<base>')
    .argument('<version>')
    .requiredOption('--by <person>', 'who decides')
    .requiredOption('--reason <text>', 'why, for those who ask later')
    .option('--json', 'the outcome as one line of JSON')
    .action(
      async (name: string, version: string, { by, reason, json }: { by: string; reason: string; json?: boolean }) => {
        await using session = await openSession(common());
        const { stop } = listenForSignals();
        const { hub } = session;
        const { linkModels } = baseNamed(hub, name);
        await recorded(
          hub,
          {
            ...{ what: 'model', by, details: { reason } },
            on: { resource: `${name}/model`, subject: { of: 'model', value: version } },
          },
          () => linkModels.promote({ version, by, reason }),
        );
        const total = { records: 0, changed: 0 };
        for (let done = false; !done; ) {
          stop.throwIfAborted();
          const slice = await linkModels.decideAnew();
          total.records += slice.records;
          total.changed += slice.changed;
          done = slice.done;
          if (!done && json !== true)
            tell(`${total.records} records decided, ${total.changed} weighed or linked differently`);
        }
        if (json === true) printJson({ version, ...total });
        else
          print(
            `${version} decides. ${total.records} records decided anew, ${total.changed} weighed or linked differently.`,
          );
      },
    );
}
