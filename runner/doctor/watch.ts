import { pause } from '../../schemas/kernel/pause.ts';
import { DATABASE, type Hub } from '../compose.ts';
import type { SupervisedService } from '../services/supervise.ts';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';

/** Tells at the start and then each hour what breaks a promise or costs much: one line a finding, once. */
export function doctorService(hub: Hub, everyMs = 3_600_000): SupervisedService {
  const { config, env, embedded } = hub;
  const log = hub.logger.child({ service: 'doctor' });
  const url = config.database.url ?? embedded?.url(DATABASE) ?? '';
  const told = new Set<string>();

  function tell(findings: readonly Finding[]): void {
    const now = new Set(findings.map(({ where, what }) => `${where}: ${what}`));
    for (const subject of told) if (!now.has(subject)) log.info({}, `${subject} is as wanted now`);
    for (const finding of findings) {
      const { severity, where, what, found, wanted, why, set } = finding;
      if (told.has(`${where}: ${what}`)) continue;
      const sentence = `${where}: ${what} is ${found}; wanted is ${wanted}`;
      if (severity === 'breaks') log.error({ why, set }, `a promise does not hold: ${sentence}`);
      else log.warn({ why, set }, `it costs: ${sentence}`);
    }
    told.clear();
    for (const subject of now) told.add(subject);
  }

  return {
    name: 'doctor',
    order: 'schedule',
    async run(signal) {
      while (!signal.aborted) {
        const { findings } = await examine({ config, env, url, log });
        if (!signal.aborted) tell(findings);
        await pause(everyMs, signal);
      }
    },
  };
}
