import type { Command } from 'commander';
import type { CommonOptions } from '../cli/session.ts';
import { positive } from '../cli/systems.ts';
import { checkOptions, DEFAULT_WORLD } from './world/options.ts';

interface Given {
  readonly persons: number;
  readonly entities?: number;
  readonly seed: number;
  readonly port?: number;
  readonly exit?: boolean;
  readonly json?: boolean;
  readonly fresh?: boolean;
}

const ENTITIES_A_PERSON = DEFAULT_WORLD.entities / DEFAULT_WORLD.persons;

export function addDemoCommand(program: Command, common: () => CommonOptions, port: (text: string) => number): void {
  program
    .command('demo')
    .description('everything at once over the sample departments of Qinghai; the catalog answers until Ctrl-C')
    .option('--persons <count>', 'size of the sample world', positive, DEFAULT_WORLD.persons)
    .option('--entities <count>', 'enterprises and other bodies; default 15 for 100 persons', positive)
    .option('--seed <number>', 'another world of the same size', Number, DEFAULT_WORLD.seed)
    .option('-p, --port <port>', 'port of the catalog; 0: any free one', port)
    .option('--exit', 'stop when everything is loaded')
    .option('--json', 'the result as one line of JSON, the last of standard output')
    .option('--fresh', 'forget the demo of last time')
    .action(async ({ persons, seed, ...given }: Given) => {
      const world = { persons, seed, entities: given.entities ?? Math.round(persons * ENTITIES_A_PERSON) };
      checkOptions(world);
      const { exit = false, json = false, fresh = false } = given;
      const { runDemo } = await import('./demo.ts');
      await runDemo({ world, port: given.port, exit, json, fresh }, common());
    });
}
