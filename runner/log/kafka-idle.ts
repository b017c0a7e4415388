import { createRequire } from 'node:module';

/*
 * kafkajs 2.2.4 looks after each request whether another one waits for the end of a throttling, and counts the time to
 * it as if there always were one: -1 less the time of day. Such a timer fires at once and sets the next one, so that an
 * idle connection wakes a thousand times a second, and Node 24 warns of the negative number. Nothing waits: no timer.
 */

interface RequestQueue {
  readonly pending: { readonly length: number };
  scheduleCheckPendingRequests(): void;
}

let done = false;

/** Once a process. false: not the kafkajs this was written for; it then works as it came. */
export function stillIdleConnections(): boolean {
  if (done) return true;
  let queue: { readonly prototype: RequestQueue };
  try {
    queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as typeof queue;
  } catch {
    return false;
  }
  const { prototype } = queue;
  const theirs = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    if (this.pending.length > 0) theirs.call(this);
  };
  done = true;
  return true;
}
