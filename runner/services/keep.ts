import { HubError, isAbort } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { Hub } from '../compose.ts';
import type { KeptOtherwise } from '../log/event-log.ts';
import { checkTopics } from '../log/topics.ts';
import type { SupervisedService } from './supervise.ts';

const TIDY_MS = 600_000;
/** Of the rounds above: once a day. */
const CHECK_EVERY = 144;

export const keptOtherwise = ({ topic, found, wanted }: KeptOtherwise): HubError =>
  new HubError('HUB_LOG_KEPT_OTHERWISE', `${topic} has ${found}, it should have ${wanted}`);

/** Says which topics are kept for less than they should be. It needs a right that brokers may refuse; the work goes on. */
async function tellKept(hub: Pick<Hub, 'events' | 'systems' | 'bases' | 'config' | 'logger'>): Promise<void> {
  const specs = (await hub.systems.list()).map(({ spec }) => spec);
  try {
    for (const { topic, found, wanted } of await checkTopics(hub.events, specs, hub.bases.keys(), hub.config)) {
      const error = keptOtherwise({ topic, found, wanted });
      hub.logger.error({ topic, found, wanted, code: error.code, remedy: error.remedy }, error.message);
    }
  } catch (error) {
    hub.logger.warn({ error }, 'how topics are kept could not be looked at');
  }
}

/** Gives back what the log need not keep, and looks whether it keeps what it should. */
export function keepService(hub: Hub): SupervisedService {
  return {
    name: 'keep',
    order: 'pipelines',
    async run(signal) {
      for (let round = 0; !signal.aborted; round++) {
        if (round % CHECK_EVERY === 0) await tellKept(hub);
        const gone = await hub.events.tidy(signal);
        if (gone > 0) hub.logger.info({ messages: gone }, 'the log gave back what it need not keep');
        await pause(TIDY_MS, signal).catch((error: unknown) => {
          if (!isAbort(error)) throw error;
        });
      }
    },
  };
}
