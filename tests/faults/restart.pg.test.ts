import { restartTest } from './restart.ts';

/** `RESTARTS=10 ENDED_SESSIONS=50` for the long run. */
restartTest(
  'the embedded log',
  {},
  { restarts: Number(process.env['RESTARTS'] ?? 3), sessions: Number(process.env['ENDED_SESSIONS'] ?? 20) },
);
