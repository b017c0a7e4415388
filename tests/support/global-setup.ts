import { writeFileSync } from 'node:fs';
import { guardedServices } from './services/run-guard.ts';

/** Jest calls this once before all workers; what it puts into the environment reaches every test. */
export default async function setUp(): Promise<void> {
  const names = (process.env['TEST_SERVICES'] ?? 'postgres,postgresql,redis,mariadb,kafka')
    .split(',')
    .filter((name) => name !== '');
  if (names.length === 0) return;
  const startedAt = Date.now();
  process.stderr.write(`Starting services for the tests: ${names.join(', ')} ...\n`);
  const { variables, skipped, started } = await guardedServices(process.pid, names);
  Object.assign(process.env, variables);
  process.stderr.write(
    `Started in ${((Date.now() - startedAt) / 1000).toFixed(1)} s: ${started.join(', ') || 'none'}\n`,
  );
  for (const { service, reason, remedy } of skipped) {
    process.stderr.write(`SKIPPED LANE ${service}: ${reason}. To run it: ${remedy}\n`);
  }
  const report = process.env['TEST_SERVICES_REPORT'];
  if (report !== undefined) writeFileSync(report, JSON.stringify(skipped));
  const fatal =
    process.env['REQUIRE_SERVICES'] === '1' ? skipped : skipped.filter(({ service }) => service === 'postgres');
  if (fatal.length > 0) throw new Error(`Services are missing: ${fatal.map(({ service }) => service).join(', ')}`);
}
