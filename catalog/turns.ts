import { HubError } from '../schemas/kernel/errors.ts';

export interface Turns {
  /**
   * Resolves when it is the caller's turn, first come first served; disposing of it lets the next one in.
   * @throws HUB_CATALOG_BUSY when too many wait already, or when it takes too long
   */
  take(signal: AbortSignal): Promise<Disposable>;
}

export interface TurnsOptions {
  readonly atOnce: number;
  /** How many may wait. */
  readonly waiting: number;
  readonly waitMs: number;
}

/** Not more than so many at the same time. */
export function createTurns({ atOnce, waiting, waitMs }: TurnsOptions): Turns {
  const queue: (() => void)[] = [];
  let taken = 0;
  const busy = (): HubError => new HubError('HUB_CATALOG_BUSY', `${atOnce} large answers are under way`, { atOnce });

  function turn(): Disposable {
    let held = true;
    return {
      [Symbol.dispose]() {
        if (!held) return;
        held = false;
        const next = queue.shift();
        if (next === undefined) taken -= 1;
        else next();
      },
    };
  }

  function wait(signal: AbortSignal): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
      };
      const enter = (): void => {
        leave();
        resolve(turn());
      };
      const giveUp = (reason: unknown): void => {
        leave();
        queue.splice(queue.indexOf(enter), 1);
        reject(reason);
      };
      const gone = (): void => giveUp(signal.reason);
      const timer = setTimeout(() => giveUp(busy()), waitMs);
      signal.addEventListener('abort', gone, { once: true });
      queue.push(enter);
    });
  }

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (taken < atOnce) {
        taken += 1;
        return turn();
      }
      if (queue.length >= waiting) throw busy();
      return await wait(signal);
    },
  };
}
