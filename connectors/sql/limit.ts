import { HubError } from '../../schemas/kernel/errors.ts';
import type { SqlConnection } from './config.ts';

/** What a server that keeps the limit of a statement may take to say so. */
const GRACE_MS = 2_000;

/** What a server that answers needs to part from us, or to end a statement. */
const FAREWELL_MS = 3_000;

/** Settles when the work does, or soon: who closes a source cannot do anything about a server that is silent. */
export async function farewell(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const soon = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_MS);
  });
  await Promise.race([work.catch(() => {}), soon]);
  clearTimeout(timer);
}

/**
 * The limit of a statement is the server's to keep, and one that has fallen silent keeps none: then this does.
 * @param giveUp ends the connections, so that the driver waits for nothing any more
 */
export function answerLimit(
  { connectTimeoutMs, statementTimeoutMs }: Pick<SqlConnection, 'connectTimeoutMs' | 'statementTimeoutMs'>,
  giveUp: () => void,
): <T>(work: () => Promise<T>) => Promise<T> {
  const limitMs = connectTimeoutMs + statementTimeoutMs + GRACE_MS;
  return async (work) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new HubError('HUB_SOURCE_UNREACHABLE', `the server has not answered for ${limitMs / 1000} s`, { limitMs }),
        );
        giveUp();
      }, limitMs);
    });
    const done = work();
    // Whatever the driver says of it afterwards.
    done.catch(() => {});
    try {
      return await Promise.race([done, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
