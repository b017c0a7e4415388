import { pause } from '../../schemas/kernel/pause.ts';
import type { Hub } from '../compose.ts';
import type { SupervisedService } from './supervise.ts';

const LOOK_MS = 2_000;

/**
 * Keeps the embedded server up as long as the process lives: it may be killed, run out of memory, or be stopped by the
 * process that had started it. A server that `DATABASE_URL` names is kept up by others.
 */
export function keepDatabaseService({ embedded, logger }: Pick<Hub, 'embedded' | 'logger'>): SupervisedService {
  const log = logger.child({ service: 'database' });
  return {
    name: 'database',
    // What drains needs it to the end.
    order: 'api',
    async run(signal) {
      while (!signal.aborted) {
        if (await embedded?.revive())
          log.warn({ port: embedded?.port }, 'the embedded PostgreSQL had ended; it is up again');
        await pause(LOOK_MS, signal);
      }
    },
  };
}
