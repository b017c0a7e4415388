import type { Command } from 'commander';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import type { Hub } from '../compose.ts';
import { pipelinesOf } from '../normalise/pipelines.ts';
import { readQuarantined } from '../normalise/quarantined.ts';
import { waitingOrOther } from '../normalise/waiting.ts';
import { changeSentence } from '../pull/agree.ts';
import { openChangeLog, type StoredChange } from '../pull/changes.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';

/** What `hub status` shows; also the demo's summary is made of it. */
export interface HubStatus {
  readonly systems: readonly SystemStatus[];
  /** What differs at the sources from what was agreed. */
  readonly changes: readonly StoredChange[];
  readonly bases: Readonly<Record<string, Awaited<ReturnType<typeof accountOf>>>>;
  /** Every base is balanced, and nothing waits in the log. */
  readonly balanced: boolean;
}

interface SystemStatus {
  readonly system: string;
  readonly title: string;
  readonly enabled: boolean;
  readonly run: { readonly state: string; readonly endedAt: Date | null; readonly error: string | null } | null;
  readonly streams: readonly {
    readonly stream: string;
    readonly state: string;
    readonly message: string | null;
    readonly read: number;
    readonly appended: number;
    /** Given again by the source as the log has them. */
    readonly unchanged: number;
    /** By the source, since the stream is read. */
    readonly rejected: number;
    /** Refused by the rules of the base and not settled. */
    readonly quarantined: number;
    /** Messages that the base has not taken yet; null for a stream that feeds none. */
    readonly lag: number | null;
    readonly lastReadAt: Date | null;
  }[];
}

export async function statusOf(hub: Hub): Promise<HubStatus> {
  const systems: SystemStatus[] = [];
  const quarantinedOf = await readQuarantined(hub);
  for (const stored of await hub.systems.list()) {
    const [last] = await hub.runs.recent(1, stored.spec.system);
    const quarantined = quarantinedOf(stored.spec);
    const pipelines = new Map(pipelinesOf(stored).map((pipeline) => [pipeline.stream, pipeline]));
    const streams = await Promise.all(
      stored.streams.map(async (one) => {
        const pipeline = pipelines.get(one.stream);
        // Before the first read there is no topic.
        const never = one.lastReadAt === null || pipeline === undefined;
        return {
          ...{ stream: one.stream, state: one.state, message: one.stateMessage, lastReadAt: one.lastReadAt },
          ...{
            read: one.rowsRead,
            appended: one.rowsAppended,
            unchanged: one.rowsUnchanged,
            rejected: one.rowsRejected,
            quarantined: quarantined.get(one.stream) ?? 0,
          },
          lag: never ? null : await waitingOrOther(hub, pipeline),
        };
      }),
    );
    systems.push({
      ...{ system: stored.spec.system, title: stored.spec.title.zh, enabled: stored.enabled, streams },
      run: last === undefined ? null : { state: last.state, endedAt: last.endedAt, error: last.error?.code ?? null },
    });
  }
  const bases: Record<string, Awaited<ReturnType<typeof accountOf>>> = {};
  for (const [name, { pool, definition }] of hub.bases) bases[name] = await accountOf(pool, definition);
  const waiting = systems.some(({ streams }) => streams.some(({ lag }) => lag !== null && lag > 0));
  const changes = await openChangeLog(hub.pool).open();
  return { systems, changes, bases, balanced: !waiting && Object.values(bases).every((base) => base.balanced) };
}

function printStatus({ systems, changes, bases, balanced }: HubStatus): void {
  print(
    table(
      [
        'system',
        'title',
        'stream',
        'state',
        'read',
        'appended',
        'unchanged',
        'rejected',
        'quarantined',
        'waiting',
        'last run',
      ],
      systems.flatMap(({ system, title, run, streams }) =>
        streams.map((one) => [
          ...[system, title, one.stream, one.state, one.read, one.appended, one.unchanged, one.rejected],
          ...[one.quarantined, one.lag],
          run === null ? 'never' : [run.state, run.error].filter((part) => part !== null).join(' '),
        ]),
      ),
    ),
  );
  for (const { system, streams } of systems)
    for (const { stream, message } of streams) if (message !== null) print(`! ${system}/${stream}: ${message}`);
  for (const change of changes)
    print(
      `~ ${change.system}/${change.stream}: ${changeSentence(change)}; ${change.decision === 'pause' ? 'paused' : 'goes on'}`,
    );
  print('');
  print(
    table(
      [
        'base',
        'entities',
        'source records',
        'read',
        'inserted',
        'updated',
        'unchanged',
        'stale',
        'rejected',
        'balanced',
      ],
      Object.entries(bases).map(([name, base]) => [
        ...[name, base.entities, base.sourceRecords, base.read, base.inserted, base.updated, base.unchanged],
        ...[base.stale, base.rejected, base.balanced ? 'yes' : 'NO'],
      ]),
    ),
  );
  print(
    `\n${balanced ? 'Balanced' : 'NOT balanced'}: read = inserted + updated + unchanged + stale + rejected, nothing waits in the log.`,
  );
}

export function addStatusCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('status')
    .description('systems, runs, what waits in the log, and what the bases hold')
    .option('--json', 'as one line of JSON')
    .action(async (options: { json?: boolean }) => {
      await using session = await openSession(common());
      const status = await statusOf(session.hub);
      if (options.json === true) printJson(status);
      else printStatus(status);
    });
}
