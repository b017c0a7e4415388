/** Lets one waiter sleep until somebody rings or the time is up. A ring while nobody waits is kept, not lost. */
export interface Bell {
  ring(): void;
  /** @param ms at most this long; without it until rung */
  wait(ms?: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms) {
      if (!rung) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ms !== undefined) timer = setTimeout(resolve, Math.max(0, ms));
        });
        wake = null;
        clearTimeout(timer);
      }
      rung = false;
    },
  };
}
