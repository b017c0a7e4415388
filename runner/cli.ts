import { Command, CommanderError, Option } from 'commander';
import { HubError } from '../schemas/kernel/errors.ts';
import { addBenchCommand } from './bench/command.ts';
import { addDiscoverCommands } from './cli/discover.ts';
import { addLinkCommands } from './cli/link.ts';
import { addMaintenanceCommands } from './cli/maintain.ts';
import { addOverrideCommands } from './cli/override.ts';
import { EXIT, exitCodeOf, explain, tell } from './cli/print.ts';
import { addQuarantineCommands } from './cli/quarantine.ts';
import { addRebuildCommand } from './cli/rebuild.ts';
import { addReviewCommands } from './cli/review.ts';
import { addRulesCommand } from './cli/rules.ts';
import { addRunCommand } from './cli/run.ts';
import { addScorecardCommand } from './cli/scorecard.ts';
import type { CommonOptions } from './cli/session.ts';
import { addStatusCommand } from './cli/status.ts';
import { addSystemCommands } from './cli/systems.ts';
import { addServiceCommands } from './cli/up.ts';
import { addWhyCommand } from './cli/why.ts';
import { addDemoCommand } from './demo/command.ts';
import { tuneHeap } from './memory.ts';

const EXIT_CODES = `
Exit codes:
  ${EXIT.done}    done
  ${EXIT.internal}    an unforeseen failure in the hub itself
  ${EXIT.usage}    wrong arguments, settings, files or names
  ${EXIT.mend}    something is to be mended by a person; the message says what
  ${EXIT.later}    something did not answer; try again later
  ${EXIT.interrupted}  ended by a signal before it was done

Settings come from hub.yaml in the working directory and from the environment: \`hub describe\` lists them.`;

/** The whole command line; also what the test of \`--help\` looks at. */
export function createProgram(): Command {
  const program = new Command('hub')
    .description('Sanjiang (三江): a hub that joins department systems into base databases and a resource directory')
    .addOption(new Option('-c, --config <file>', 'settings file instead of hub.yaml'))
    .addOption(
      new Option('--log-level <level>', 'least severity that is logged').choices(['debug', 'info', 'warn', 'error']),
    )
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(--help shows what is allowed)')
    .exitOverride();
  const common = (): CommonOptions => program.opts<CommonOptions>();
  addServiceCommands(program, common, portNumber);
  addSystemCommands(program, common);
  addDiscoverCommands(program, common);
  addRunCommand(program, common);
  addStatusCommand(program, common);
  addQuarantineCommands(program, common);
  addWhyCommand(program, common);
  addReviewCommands(program, common);
  addOverrideCommands(program, common);
  addRebuildCommand(program, common);
  addLinkCommands(program, common);
  addScorecardCommand(program, common);
  addRulesCommand(program, common);
  addMaintenanceCommands(program, common);
  addDemoCommand(program, common, portNumber);
  addBenchCommand(program, common);
  for (const command of [program, ...program.commands]) inherit(command);
  return program;
}

/** Every level ends by throwing, so that there is one place that decides the exit code. */
function inherit(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) inherit(sub);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new HubError('HUB_CONFIG_INVALID', `"${text}" is no port`, { allowed: '0 to 65535' });
}

/** @param argv as Node gives it: the program's own arguments begin at 2. */
export async function main(argv: readonly string[]): Promise<void> {
  tuneHeap();
  // Whoever reads has heard enough (`hub describe errors | head`): no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are answers; everything else has been printed as a usage error.
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    tell(explain(error));
    process.exitCode = exitCodeOf(error);
  }
}
