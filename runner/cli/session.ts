import type { Logger } from '../../schemas/kernel/context.ts';
import type { Hub } from '../compose.ts';
import { configWarnings, environment, type HubConfig, loadConfig } from '../settings/config.ts';
import { createLogger } from '../settings/logger.ts';
import { tell } from './print.ts';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly logLevel?: HubConfig['log']['level'];
}

/** Ends on the first SIGINT or SIGTERM; `now` on the second. */
export interface Signals {
  readonly stop: AbortSignal;
  readonly now: AbortSignal;
}

export function listenForSignals(): Signals {
  const stop = new AbortController();
  const now = new AbortController();
  const onSignal = (): void => (stop.signal.aborted ? now.abort() : stop.abort());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { stop: stop.signal, now: now.signal };
}

/** Said once, however often a command asks. */
let told = false;

export function settings(
  common: CommonOptions,
  changes: (config: HubConfig) => HubConfig = (config) => config,
): HubConfig {
  const origin = common.config === undefined ? {} : { file: common.config };
  const config = loadConfig(origin);
  if (!told) for (const warning of configWarnings(origin)) tell(`! ${warning}`);
  told = true;
  return changes(
    common.logLevel === undefined ? config : { ...config, log: { ...config.log, level: common.logLevel } },
  );
}

/** Short commands log warnings only, unless asked: their answer is on standard output. */
export const loggerOf = (common: CommonOptions, config: HubConfig, quiet: boolean): Logger =>
  createLogger({
    level: quiet && common.logLevel === undefined ? 'warn' : config.log.level,
    pretty: config.log.pretty || process.stderr.isTTY === true,
  });

export interface Session extends AsyncDisposable {
  readonly hub: Hub;
  readonly logger: Logger;
}

/** The hub of a short command. An embedded database is brought up to date; one with a URL is left to `hub migrate`. */
export async function openSession(common: CommonOptions, config = settings(common)): Promise<Session> {
  const logger = loggerOf(common, config, true);
  const migrations = config.database.url === undefined ? 'apply' : 'check';
  const { openHub } = await import('../compose.ts');
  const hub = await openHub({ config, env: environment(), logger, migrations });
  return { hub, logger, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

/** What each of several short commands does with its hub. */
export const inHub =
  (common: () => CommonOptions) =>
  async (work: (hub: Hub) => Promise<void>): Promise<void> => {
    await using session = await openSession(common());
    await work(session.hub);
  };
