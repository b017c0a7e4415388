import type { Command } from 'commander';

export function addBenchCommand(program: Command): void {
  program.command('bench');
}
