import type { Command } from 'commander';
import { listQuarantine, type ReplayFilter, replayQuarantine } from '../../pipelines/engine/replay.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Hub, HubBase } from '../compose.ts';
import { normalizerOf, sourceSpecOf } from '../pipelines.ts';
import { listRejectedRows } from '../pull/rejects.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';
import { positive } from './systems.ts';

interface Filter {
  readonly base?: string;
  readonly system?: string;
  readonly stream?: string;
  readonly code?: string;
}

function basesOf(hub: Hub, name: string | undefined): readonly (readonly [string, HubBase])[] {
  if (name === undefined) return [...hub.bases];
  const base = hub.bases.get(name);
  if (base === undefined)
    throw new HubError('HUB_CATALOG_NOT_FOUND', `There is no base ${name}`, { allowed: [...hub.bases.keys()] });
  return [[name, base]];
}

async function list(filter: Filter & { limit: number; json?: boolean }, common: CommonOptions): Promise<void> {
  await using session = await openSession(common);
  const { hub } = session;
  const entries = [];
  for (const [name, { pool, definition }] of basesOf(hub, filter.base)) {
    const found = await listQuarantine(pool, definition.schema, filter, filter.limit);
    entries.push(...found.map((entry) => ({ where: name, ...entry })));
  }
  const rows = filter.base === undefined ? await listRejectedRows(hub.pool, filter, filter.limit) : [];
  entries.push(...rows.map((row) => ({ where: 'source', ...row })));
  if (filter.json === true) {
    printJson(entries);
    return;
  }
  if (entries.length === 0) {
    print('Nothing in quarantine.');
    return;
  }
  print(
    table(
      ['id', 'at', 'system', 'stream', 'origin', 'code', 'what'],
      entries.map((entry) => [
        ...[String(entry.id), entry.where, entry.system, entry.stream, entry.origin ?? ''],
        ...[entry.code, entry.message.slice(0, 120)],
      ]),
    ),
  );
  print(
    '\nRows at "source" never reached the log: mend them there, they are read again. The others: mend the mapping, then `hub quarantine replay`.',
  );
}

async function replay(
  ids: readonly string[],
  filter: Filter & { json?: boolean },
  common: CommonOptions,
): Promise<void> {
  if (ids.length > 0 && filter.base === undefined)
    throw new HubError('HUB_CONFIG_INVALID', 'Numbers count in each base by itself: name the base too', {
      allowed: '--base population | legal-entity',
    });
  await using session = await openSession(common);
  const { hub } = session;
  const chosen: ReplayFilter = { ...filter, ...(ids.length === 0 ? {} : { ids: ids.map(positive) }) };
  const results: Record<string, { replayed: number; rejected: number }> = {};
  for (const [name, { pool, store }] of basesOf(hub, filter.base)) {
    results[name] = await replayQuarantine(pool, store, chosen, hub.rawReader(), async (system, stream) => {
      const stored = await hub.systems.get(system);
      const source = await store.source(sourceSpecOf(stored.spec, stream));
      return { source, normalize: normalizerOf(hub, stored, stream).normalize };
    });
  }
  if (filter.json === true) printJson(results);
  else
    print(
      table(
        ['base', 'replayed', 'rejected again'],
        Object.entries(results).map(([name, { replayed, rejected }]) => [name, replayed, rejected]),
      ),
    );
}

export function addQuarantineCommands(program: Command, common: () => CommonOptions): void {
  const group = program.command('quarantine').description('records that were rejected; nothing is ever lost');
  const filtered = (command: Command): Command =>
    command
      .option('--base <name>', 'population or legal-entity')
      .option('--system <name>', 'of this system only')
      .option('--stream <name>', 'of this stream only')
      .option('--code <code>', 'with this error code only')
      .option('--json', 'as one line of JSON');
  filtered(group.command('list').description('open entries, oldest first'))
    .option('-n, --limit <count>', 'at most so many of each base', positive, 50)
    .action((options) => list(options, common()));
  filtered(group.command('replay').description('send entries through the mapping and rules of today again'))
    .argument('[id...]', 'numbers from the list; all open entries when absent')
    .action((ids: string[], options) => replay(ids, options, common()));
}
