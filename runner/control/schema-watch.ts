import type { Pool } from 'pg';
import type { Logger } from '../../schemas/kernel/context.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import { IS_BREAKING, type MigrationSet, newerThanProgram, newestKnown } from './migrate.ts';

export interface WatchedDatabase {
  readonly pool: Pick<Pool, 'query'>;
  /** Applied there already. */
  readonly sets: readonly MigrationSet[];
}

export interface SchemaWatch {
  /** Aborts when a newer program has changed a database, with HUB_STORE_NEWER as its reason: the time to drain. */
  readonly outdated: AbortSignal;
  /** Before work is begun. @throws HUB_STORE_NEWER; a database that does not answer is left to the work itself. */
  requireKnown(): Promise<void>;
  /** Looks again and again until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchemaWatchOptions {
  readonly log: Logger;
  /** Default 3,000. */
  readonly everyMs?: number | undefined;
  /** An answer so old still counts before a batch or a run. Default 500. */
  readonly freshMs?: number | undefined;
}

/** Whether this program may still write what the databases have become. */
export function createSchemaWatch(
  databases: readonly WatchedDatabase[],
  { log, everyMs = 3_000, freshMs = 500 }: SchemaWatchOptions,
): SchemaWatch {
  const outdated = new AbortController();
  const questions = databases.map(({ pool, sets }) => ({ pool, ...questionOf(sets) }));
  let asked = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();

  async function ask(): Promise<void> {
    for (const { pool, text, known } of questions) {
      const { rows } = await pool.query<{ component: string; name: string; known: number }>(text, known);
      const [newer] = rows;
      if (newer === undefined || outdated.signal.aborted) continue;
      const error = newerThanProgram(newer.component, newer.name, newer.known);
      log.error({ error, remedy: error.remedy }, 'a newer program has changed the database: this one drains and ends');
      outdated.abort(error);
    }
  }

  /** Whoever comes while one asks waits for its answer. */
  function look(): Promise<void> {
    if (outdated.signal.aborted || performance.now() - asked < freshMs) return asking;
    asked = performance.now();
    asking = ask().catch((error: unknown) => log.debug({ error }, 'the versions of the schemas could not be read'));
    return asking;
  }

  return {
    outdated: outdated.signal,
    async requireKnown() {
      await look();
      outdated.signal.throwIfAborted();
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(everyMs, signal);
        if (!signal.aborted) await look();
      }
    },
  };
}

/** The first breaking migration of any of these components that is newer than what this program has. */
function questionOf(sets: readonly MigrationSet[]): { text: string; known: unknown[] } {
  const parts = sets.map(
    ({ schema }, i) => `(SELECT component, name, $${2 * i + 2}::integer AS known FROM ${schema}.migration m
       WHERE component = $${2 * i + 1} AND version > $${2 * i + 2}::integer AND ${IS_BREAKING} ORDER BY version LIMIT 1)`,
  );
  return { text: parts.join(' UNION ALL '), known: sets.flatMap((set) => [set.component, newestKnown(set)]) };
}
