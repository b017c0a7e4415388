import { crashTest } from './crash.ts';

crashTest('the embedded log', { env: {}, rowsPerSecond: 2_500, randomMs: 350 });
