import type { Command } from 'commander';
import type { Part } from './serve.ts';
import type { CommonOptions } from './session.ts';

/** Loaded when it is wanted: it brings the catalog and the workers, and every command would wait for them. */
async function serve(
  parts: readonly Part[],
  options: { port?: number; host?: string },
  common: CommonOptions,
): Promise<void> {
  const services = await import('./serve.ts');
  await services.serve(parts, options, common);
}

export function addServiceCommands(
  program: Command,
  common: () => CommonOptions,
  port: (text: string) => number,
): void {
  const listening = (command: Command): Command =>
    command
      .option('-p, --port <port>', 'port of the catalog; 0: any free one', port)
      .option('--host <address>', 'address of the catalog');
  listening(program.command('up'))
    .description('everything in one process: clock, workers, pipelines, catalog')
    .action((options) => serve(['clock', 'work', 'catalog'], options, common()));
  listening(program.command('serve'))
    .description('the catalog only')
    .action((options) => serve(['catalog'], options, common()));
  program
    .command('work')
    .description('clock, workers and pipelines only; start as many as you like')
    .action(() => serve(['clock', 'work'], {}, common()));
}
