import { setFlagsFromString } from 'node:v8';

/** Half as much again as what is alive is enough garbage to wait for. */
const GROWTH_PERCENT = 40;

/**
 * V8 sizes its heap by the machine, not by need: on a server with much memory it lets garbage grow to several times the
 * live data before it collects. This program streams, so live data is small (about 100 MB at any number of rows), and an
 * earlier collection costs no throughput that `npm run bench` could show. No limit is set: what is needed may grow.
 */
export const keepHeapSmall = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
