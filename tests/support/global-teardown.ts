import { endGuard } from './services/run-guard.ts';

export default async function tearDown(): Promise<void> {
  await endGuard(process.pid);
}
