import { Command } from 'commander';
import { HubError } from '../../schemas/kernel/errors.ts';
import { addDemoCommand } from '../demo/command.ts';
import { addAuditCommands } from './audit.ts';
import { addDescribeCommand } from './describe.ts';
import { addDiscoverCommands } from './discover.ts';
import { addDoctorCommand } from './doctor.ts';
import { addFindCommand } from './find.ts';
import { addKeyCommands } from './keys.ts';
import { addLinkCommands } from './link.ts';
import { addMigrateCommand } from './migrate.ts';
import { addOverrideCommands } from './override.ts';
import { addPeopleCommands } from './people.ts';
import { EXIT } from './print.ts';
import { addQuarantineCommands } from './quarantine.ts';
import { addRebuildCommand } from './rebuild.ts';
import { addReviewCommands } from './review.ts';
import { addRulesCommand } from './rules.ts';
import { addRunCommand } from './run.ts';
import { runProgram, withCommonOptions } from './run-program.ts';
import { addScorecardCommand } from './scorecard.ts';
import type { CommonOptions } from './session.ts';
import { addStatusCommand } from './status.ts';
import { addSystemCommands } from './systems.ts';
import { addTidyCommand } from './tidy.ts';
import { addServiceCommands } from './up.ts';
import { addWhyCommand } from './why.ts';

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
  const program = withCommonOptions(new Command('hub'))
    .description('Sanjiang (三江): a hub that joins department systems into base databases and a resource directory')
    .addHelpText('after', EXIT_CODES);
  const common = (): CommonOptions => program.opts<CommonOptions>();
  addServiceCommands(program, common, portNumber);
  addSystemCommands(program, common);
  addDiscoverCommands(program, common);
  addRunCommand(program, common);
  addStatusCommand(program, common);
  addQuarantineCommands(program, common);
  addFindCommand(program, common);
  addWhyCommand(program, common);
  addReviewCommands(program, common);
  addOverrideCommands(program, common);
  addRebuildCommand(program, common);
  addLinkCommands(program, common);
  addScorecardCommand(program, common);
  addRulesCommand(program, common);
  addPeopleCommands(program, common);
  addKeyCommands(program, common);
  addMigrateCommand(program, common);
  addDescribeCommand(program, common);
  addAuditCommands(program, common);
  addTidyCommand(program, common);
  addDoctorCommand(program, common);
  addDemoCommand(program, common, portNumber);
  return program;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new HubError('HUB_ARGUMENT_INVALID', `"${text}" is no port`, { allowed: '0 to 65535' });
}

/** @param argv as Node gives it: the program's own arguments begin at 2. */
export const main = (argv: readonly string[]): Promise<void> => runProgram(createProgram(), argv);
