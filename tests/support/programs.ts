import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';

const works = (command: string, args: readonly string[]): boolean => spawnSync(command, [...args]).status === 0;

/**
 * A suite that needs somebody else's program. Without it the suite is skipped loudly; under REQUIRE_SERVICES=1 it fails,
 * unless the machine has said that the program cannot be had (MISSING_PROGRAMS, names with blanks between).
 * @param known its name in MISSING_PROGRAMS, where that is not the command.
 */
export function describeWithProgram(
  name: string,
  command: string,
  args: readonly string[],
  suite: () => void,
  known = command,
): void {
  if (works(command, args)) {
    describe(`with ${name}`, suite);
    return;
  }
  const cannotBeHad = (process.env['MISSING_PROGRAMS'] ?? '').split(' ').includes(known);
  if (process.env['REQUIRE_SERVICES'] === '1' && !cannotBeHad)
    throw new Error(`${name} is required (REQUIRE_SERVICES=1): "${command} ${args.join(' ')}" does not work`);
  process.stderr.write(`SKIPPED: a suite needs ${name}; "${command} ${args.join(' ')}" does not work\n`);
  describe.skip(`with ${name}`, suite);
}
