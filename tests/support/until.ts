import { setTimeout as delay } from 'node:timers/promises';

type Held<T> = Exclude<T, false | null | undefined | 0 | ''>;

/**
 * Asks until the condition holds, and gives what it answered with. Instead of a pause that a busy machine outlasts.
 * @param what that is waited for, as the failure tells it: "the push is in the log"
 * @param patienceMs below the limit of the test, so that the failure is ours
 */
export async function until<T>(condition: () => T | Promise<T>, what: string, patienceMs = 50_000): Promise<Held<T>> {
  const end = performance.now() + patienceMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const answer = await condition();
    if (answer) return answer as Held<T>;
    if (performance.now() > end) throw new Error(`Not after ${patienceMs} ms: ${what}`);
    await delay(waitMs);
  }
}

/** Gives what must not happen the time to happen. A busy machine makes the test less sharp, never red. */
export const timeToGoWrong = (ms: number): Promise<void> => delay(ms);
