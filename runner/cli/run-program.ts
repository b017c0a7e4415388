import { type Command, CommanderError, Option } from 'commander';
import { tuneHeap } from './memory.ts';
import { EXIT, exitCodeOf, explain, tell } from './print.ts';

/**
 * What every command line of the hub understands (`CommonOptions`). Called before commands are added: they inherit that
 * every level ends by throwing, so that there is one place that decides the exit code.
 */
export const withCommonOptions = (program: Command): Command =>
  program
    .addOption(new Option('-c, --config <file>', 'settings file instead of hub.yaml'))
    .addOption(
      new Option('--log-level <level>', 'least severity that is logged').choices(['debug', 'info', 'warn', 'error']),
    )
    .showHelpAfterError('(--help shows what is allowed)')
    .exitOverride();

/** Parses, runs, and sets the exit code. @param argv as Node gives it: the program's own arguments begin at 2. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  tuneHeap();
  // Whoever reads has heard enough (`hub describe errors | head`): no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await program.parseAsync(argv);
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
