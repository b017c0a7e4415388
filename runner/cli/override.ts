import type { Command } from 'commander';
import { listOverrides } from '../../pipelines/engine/steward/list-overrides.ts';
import { formatEntityId, parseEntityId } from '../../schemas/entity-id.ts';
import { baseNamed } from '../normalise/rebuild.ts';
import { print, printJson, table } from './print.ts';
import { recorded, unmasked } from './recorded.ts';
import { type CommonOptions, openSession } from './session.ts';
import { clearable, namesOfRows, rowMeant, sightOf } from './sight.ts';
import { positive } from './systems.ts';

interface SetOptions {
  readonly by: string;
  readonly reason: string;
  readonly until: string;
}

export function addOverrideCommands(program: Command, common: () => CommonOptions): void {
  const override = program
    .command('override')
    .description('values that a steward says in the place of the sources, with a reason and a last day');

  override
    .command('set')
    .description('say a value; it wins until its last day is over, and what sources say stays visible')
    .argument('<base>')
    .argument(
      '<entity-or-row>',
      'an id as the pages show it, "system/stream key" or its pseudonym, or the number of a record',
    )
    .argument('<attribute>')
    .argument('<value>')
    .requiredOption('--by <person>', 'who says so')
    .requiredOption('--reason <text>', 'why, for those who ask later')
    .requiredOption('--until <day>', 'the last day on which it holds, YYYY-MM-DD')
    .action(async (name: string, target: string, attribute: string, value: string, options: SetOptions) => {
      await using session = await openSession(common());
      const { hub } = session;
      const base = baseNamed(hub, name);
      const { stewardship, definition } = base;
      const entityId = parseEntityId(definition.entityPrefix, target);
      const on = entityId === null ? { row: await rowMeant(base, hub.pseudonyms, target) } : { entityId };
      const { by, reason, until } = options;
      const done = await recorded(
        hub,
        {
          ...{ what: 'override', by, details: { attribute, value, reason, until } },
          on: { resource: `${name}/override`, subject: { of: entityId === null ? 'row' : 'entity', value: target } },
          made: ({ overrideId }) => `${name}/override/${overrideId}`,
        },
        () => stewardship.override({ on, attribute, value, ...options }),
      );
      const sight = sightOf(definition, { pseudonyms: hub.pseudonyms });
      const nameOf = await namesOfRows(base, sight, [done.row]);
      print(
        `Override ${done.overrideId}: ${attribute} of ${formatEntityId(definition.entityPrefix, done.entityId)} is ${JSON.stringify(done.value)} until ${options.until}. It stays with the row "${nameOf(done.row)}".`,
      );
    });

  clearable(override.command('list'))
    .description('what stands, the latest first')
    .argument('<base>')
    .option('--all', 'with those that were withdrawn or are over')
    .option('-n, --limit <count>', 'how many', positive, 50)
    .option('--json', 'as one line of JSON')
    .action(async (name: string, options: { all?: boolean; limit: number; json?: boolean; clear?: boolean }) => {
      await using session = await openSession(common());
      const { hub } = session;
      const base = baseNamed(hub, name);
      const { pool, definition } = base;
      const { pseudonyms } = hub;
      const clear = await unmasked(hub, options.clear, `${name}/override`, `hub override list ${name}`);
      const sight = sightOf(definition, { clear, pseudonyms });
      const stored = await listOverrides(pool, definition.schema, options.all === true, options.limit);
      const nameOf = await namesOfRows(
        base,
        sight,
        stored.map(({ row }) => row),
      );
      const found = stored.map((one) => ({
        ...{
          ...one,
          row: nameOf(one.row),
          value: sight.value(one.attribute, one.value),
          reason: sight.text(one.reason),
        },
      }));
      if (options.json === true) printJson(found);
      else
        print(
          table(
            ['override', 'state', 'row', 'entity', 'attribute', 'value', 'until', 'by', 'reason'],
            found.map(({ id, state, row, entityId, attribute, value, until, by, reason }) => [
              ...[String(id), state, row],
              entityId === null ? 'rests: the row is deleted' : formatEntityId(definition.entityPrefix, entityId),
              ...[attribute, String(value), until, by, reason],
            ]),
          ),
        );
    });

  override
    .command('withdraw')
    .description('take a value back: the sources decide again')
    .argument('<base>')
    .argument('<override>', 'its number', positive)
    .requiredOption('--by <person>', 'who says so')
    .action(async (name: string, id: number, { by }: { by: string }) => {
      await using session = await openSession(common());
      const { hub } = session;
      const { stewardship } = baseNamed(hub, name);
      await recorded(
        hub,
        { what: 'override', by, on: { resource: `${name}/override/${id}` }, details: { withdrawn: true } },
        () => stewardship.withdrawOverride(id, by),
      );
      print(`Override ${id} is withdrawn.`);
    });
}
