import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { findByKey, requireBase, requireScheme } from '../../catalog/entities/read.ts';
import { numberAsked } from '../../catalog/proof/entry.ts';
import { catalogBases } from '../services/descriptions.ts';
import { print, printJson, tell } from './print.ts';
import { recorded } from './recorded.ts';
import { type CommonOptions, openSession } from './session.ts';

/** The next line of standard input. */
async function lineGiven(question: string): Promise<string> {
  if (process.stdin.isTTY) tell(question);
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line.trim();
    return '';
  } finally {
    lines.close();
  }
}

/** Who bears an identifier, for who works on the machine of the hub: the pages do not tell it of people. */
export function addFindCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('find')
    .description('entities that bear an identifier, as the pages do not tell it of people')
    .argument('<base>')
    .argument('<scheme>', 'kind of identifier, such as citizen or uscc')
    .argument('[number]', 'without it the number is read from standard input, and is in no history of the shell')
    .option('--json', 'as one line of JSON')
    .action(async (name: string, scheme: string, given: string | undefined, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const base = { ...requireBase(catalogBases(session.hub), name), openLookup: true };
      requireScheme(base, scheme);
      const number = given ?? (await lineGiven(`The number (${scheme}):`));
      const found = await recorded(
        session.hub,
        { what: 'lookup', on: { resource: `${base.name}/${scheme}`, subject: numberAsked(scheme, number) } },
        () => findByKey(base, scheme, number),
      );
      if (options.json === true) printJson({ base: base.name, scheme, entities: found });
      else
        print(
          found.length === 0
            ? 'No entity bears it.'
            : found.map((id) => `${id}  hub why ${base.name} ${id}`).join('\n'),
        );
    });
}
