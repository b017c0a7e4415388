import type { Books } from '../../pipelines/cross/contract.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { rawTopic } from '../../schemas/system.ts';
import type { Hub } from '../compose.ts';

const NO_TOPIC: ReadonlySet<string> = new Set(['HUB_LOG_TOPIC_MISSING', 'HUB_LOG_TOPIC_RENEWED']);

/** What the run tables and the log say, for the reconciliation of counts. */
export const openBooks = ({ pool, systems, events }: Pick<Hub, 'pool' | 'systems' | 'events'>): Books => ({
  async streams() {
    return (await systems.list()).flatMap(({ spec, streams }) =>
      streams.map(({ stream, rowsRead, rowsAppended, rowsUnchanged, rowsRejected }) => ({
        ...{ system: spec.system, stream, topic: rawTopic(spec.system, stream) },
        base: spec.streams[stream]?.base ?? null,
        ...{ read: rowsRead, appended: rowsAppended, unchanged: rowsUnchanged, rejected: rowsRejected },
      })),
    );
  },

  async appendedByRuns() {
    try {
      const { rows } = await pool.query<{ system: string; appended: number }>(
        `SELECT system, sum(rows_appended)::float8 AS appended FROM (
           SELECT system, rows_appended FROM hub.run UNION ALL SELECT system, rows_appended FROM hub.run_total) AS r
         GROUP BY system`,
      );
      return new Map(rows.map(({ system, appended }) => [system, appended]));
    } catch (error) {
      throw storeFailure(error, 'summing the runs of each system');
    }
  },

  async logged(topic) {
    try {
      const { life, partitions } = await events.kept(topic);
      return { life, end: partitions.reduce((sum, { next }) => sum + next, 0) };
    } catch (error) {
      if (isHubError(error) && NO_TOPIC.has(error.code)) return null;
      throw error;
    }
  },
});
