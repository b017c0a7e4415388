export interface Cached<T> {
  /** The value, at most `maxAgeMs` old; callers that come together share one question. */
  get(): Promise<T>;
}

/**
 * Keeps an answer for `maxAgeMs`, or for twenty times as long as it took to find, whichever is more: so that asking costs
 * a database at most a twentieth of its time however slow the answer is. Failures are not kept.
 */
export function cached<T>(maxAgeMs: number, load: () => Promise<T>, now: () => number = Date.now): Cached<T> {
  let value: Promise<T> | null = null;
  let validUntil = Number.POSITIVE_INFINITY;
  return {
    get() {
      if (value !== null && now() < validUntil) return value;
      const started = now();
      validUntil = Number.POSITIVE_INFINITY;
      const loading = load();
      value = loading;
      loading.then(
        () => {
          const ended = now();
          if (value === loading) validUntil = ended + Math.max(maxAgeMs, (ended - started) * 20);
        },
        () => {
          if (value === loading) value = null;
        },
      );
      return loading;
    },
  };
}
