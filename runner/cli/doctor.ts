import type { Command } from 'commander';
import type { Examined } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { environment } from '../settings/config.ts';
import { EXIT, print, printJson } from './print.ts';
import { type CommonOptions, loggerOf, settings } from './session.ts';

/** Asks without touching anything: no migration, no topic. Also where the hub itself would refuse to start. */
async function doctor(options: { json?: boolean }, common: CommonOptions): Promise<void> {
  const config = settings(common);
  const log = loggerOf(common, config, true);
  const [{ DATABASE, openServer }, { examine }] = await Promise.all([
    import('../compose.ts'),
    import('../doctor/examine.ts'),
  ]);
  await using embedded = config.database.url === undefined ? await openServer(config, log) : null;
  const url = config.database.url ?? embedded?.url(DATABASE) ?? '';
  const examined = await examine({ config, env: environment(), url, log });
  if (options.json === true) printJson(examined);
  else print(report(examined));
  if (examined.findings.some(({ severity }) => severity === 'breaks')) process.exitCode = EXIT.mend;
}

function report({ asked, findings }: Examined): string {
  const blocks = findings.map(({ severity, where, what, found, wanted, why, set }: Finding) =>
    [
      `${severity === 'breaks' ? 'BREAKS' : 'costs '}  ${where}: ${what} is ${found}`,
      `  wanted  ${wanted}`,
      `  why     ${why}`,
      `  set     ${set}`,
    ].join('\n'),
  );
  const breaks = findings.filter(({ severity }) => severity === 'breaks').length;
  const costs = findings.length - breaks;
  const sum =
    findings.length === 0
      ? 'Nothing breaks a promise, nothing costs much'
      : `${breaks} ${breaks === 1 ? 'thing breaks' : 'things break'} a promise, ${costs} ${costs === 1 ? 'costs' : 'cost'} much`;
  return [...blocks, `${sum}. Asked: ${asked.join(', ')}.`].join('\n\n');
}

export function addDoctorCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('doctor')
    .description(
      'which settings of database, log, queue, disk and clock break a promise or cost much; status 3 when one breaks',
    )
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) => doctor(options, common()));
}
