import { setFlagsFromString } from 'node:v8';

/**
 * V8 sizes its heap by the machine, not by need: on a server with much memory it lets garbage grow to several times the
 * live data before it collects. This program streams, so live data is small (about 100 MB at any number of rows), and an
 * earlier collection costs no throughput that `npm run bench` could show. Half as much again as what is alive is enough
 * garbage to wait for. No limit is set: what is needed may grow.
 */
const SMALL_HEAP = '--heap-growing-percent=40';

/**
 * Rows live until their batch is done, which V8 may take for a long life: it then places new ones among old objects and
 * spends half of its time there. Whether it does is a matter of chance; it made one reading in three half as fast.
 */
const ROWS_DIE_YOUNG = '--no-allocation-site-pretenuring';

/** For processes of our own that are to run as the program does. */
export const HEAP_FLAGS: readonly string[] = [SMALL_HEAP, ROWS_DIE_YOUNG];

/** To be called before anything is allocated in earnest. */
export function tuneHeap(): void {
  for (const flag of HEAP_FLAGS) setFlagsFromString(flag);
}
