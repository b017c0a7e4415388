/** Less than this within a limit is silence: at a byte a second a wait would last for days. */
const LEAST_BYTES = 512;

/**
 * Looks after each `limitMs` whether enough has come since the last look.
 * @param read how many bytes have come so far
 * @param tooSlow called once; whoever waits is told by it
 * @returns what ends the watch
 */
export function watchPace(limitMs: number, read: () => number, tooSlow: () => void): () => void {
  let seen = read();
  const timer = setInterval(() => {
    const now = read();
    if (now - seen < LEAST_BYTES) {
      clearInterval(timer);
      tooSlow();
    }
    seen = now;
  }, limitMs);
  return () => clearInterval(timer);
}
