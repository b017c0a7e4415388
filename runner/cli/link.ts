import type { Command } from 'commander';
import { estimateModel } from '../../pipelines/engine/match/estimate.ts';
import { baseNamed } from '../rebuild.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';
import { positive } from './systems.ts';

export function addLinkCommands(program: Command, common: () => CommonOptions): void {
  const link = program
    .command('link')
    .description('the weights by which records without a common identifier are linked');
  link
    .command('estimate')
    .description(
      'work out weights from the records of a base (EM); nothing is changed: a new model is put into its file by hand',
    )
    .argument('<base>')
    .option('-n, --records <count>', 'records to draw', positive, 50_000)
    .option('--model <version>', 'name of the new model', 'estimated')
    .option('--json', 'the model as one line of JSON')
    .action(async (name: string, options: { records: number; model: string; json?: boolean }) => {
      await using session = await openSession(common());
      const { pool, definition } = baseNamed(session.hub, name);
      const { model, ...facts } = await estimateModel(pool, definition, options.model, options.records);
      if (options.json === true) {
        printJson({ ...facts, model });
        return;
      }
      print(
        table(
          ['field', 'level', 'm', 'u', 'bits', 'bits now'],
          (definition.matching?.fields ?? []).flatMap(({ name: field, levels }) =>
            levels.map(({ en }, i) => {
              const [mine, now] = [model.fields[field], definition.matching?.model.fields[field]];
              const bits = (one: typeof mine): string => Math.log2((one?.m[i] ?? 1) / (one?.u[i] ?? 1)).toFixed(2);
              return [i === 0 ? field : '', en, String(mine?.m[i]), String(mine?.u[i]), bits(mine), bits(now)];
            }),
          ),
        ),
      );
      print(
        `${facts.records} records, ${facts.pairs} pairs, ${facts.iterations} rounds; ${(facts.matches * 100).toFixed(1)} % of the pairs are matches. ${Object.keys(model.common).length} common values.`,
      );
    });
}
