import type { Command } from 'commander';
import { HubError } from '../../schemas/kernel/errors.ts';
import { environment } from '../settings/config.ts';
import { EXIT, print } from './print.ts';
import { type CommonOptions, loggerOf, settings } from './session.ts';

async function migrateAll(options: { check?: boolean }, common: CommonOptions): Promise<void> {
  const config = settings(common);
  const logger = loggerOf(common, { ...config, log: { ...config.log, level: 'info' } }, false);
  try {
    const { openHub } = await import('../compose.ts');
    const migrations = options.check === true ? 'check' : 'apply';
    await using hub = await openHub({ config, env: environment(), logger, migrations });
    print(`Up to date: hub, ${[...hub.bases.keys()].join(', ')}.`);
  } catch (error) {
    if (options.check !== true || !(error instanceof HubError) || error.code !== 'HUB_STORE_MIGRATION') throw error;
    print(error.message);
    process.exitCode = EXIT.mend;
  }
}

export function addMigrateCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('migrate')
    .description('bring the databases up to date')
    .option('--check', 'only say what is pending; status 3 when something is')
    .action((options: { check?: boolean }) => migrateAll(options, common()));
}
