import { HubError } from '../../schemas/kernel/errors.ts';

/** `breaks`: a promise of the hub does not hold as long as this is so. `costs`: everything holds, but slower or dearer. */
type Severity = 'breaks' | 'costs';

/** One thing to look at, told once: the program asks it, and the page for whoever sets a service up is made of it. */
export interface Check<Readings> {
  /** Name of the setting, or of what was looked at. */
  readonly what: string;
  readonly severity: Severity;
  /** The hub does not start, or does not use the service. */
  readonly stops?: true;
  readonly wanted: string;
  /** Which promise, or what it costs. Figures are measured ones. */
  readonly why: string;
  /** The command, statement or line that sets it. */
  readonly set: string;
  /** What is there instead of what is wanted; null when all is well or nothing is known. */
  readonly found: (readings: Readings) => string | null;
}

export interface Finding {
  readonly severity: Severity;
  readonly where: string;
  readonly what: string;
  readonly found: string;
  readonly wanted: string;
  readonly why: string;
  readonly set: string;
}

/** @param where the service, in words: "PostgreSQL (hub, population)" */
export function judge<Readings>(
  checks: readonly Check<Readings>[],
  readings: Readings,
  where: string,
): readonly Finding[] {
  return checks.flatMap(({ severity, what, wanted, why, set, found }) => {
    const instead = found(readings);
    return instead === null ? [] : [{ severity, where, what, found: instead, wanted, why, set }];
  });
}

/** What the checks that stop the hub have found, in words. */
export const unfitness = <Readings>(checks: readonly Check<Readings>[], readings: Readings): readonly string[] =>
  judge(
    checks.filter(({ stops }) => stops === true),
    readings,
    '',
  ).map(({ what, found, wanted, why }) => `${what} is ${found}, needed is ${wanted}. ${why}`);

/** @throws HUB_STORE_UNFIT with everything that is wrong at once */
export function refuseUnfit<Readings>(checks: readonly Check<Readings>[], readings: Readings, subject: string): void {
  const problems = unfitness(checks, readings);
  if (problems.length > 0)
    throw new HubError('HUB_STORE_UNFIT', `${subject} is not fit for the hub: ${problems.join(' ')}`, { problems });
}

/** For a service that could not be asked. */
export const unanswered = (where: string, error: unknown): Finding => ({
  ...{ severity: 'breaks', where, what: 'answers', wanted: 'an answer to whoever logs in' },
  found: error instanceof Error ? error.message : String(error),
  why: 'Nothing can be said of its settings, and whatever needs it waits.',
  set: '`hub describe settings` shows the address in force; look at network, firewall, login and the log of the service.',
});

const MB = 1_048_576;

/** 268435456 -> "256 MB" */
export const megabytes = (bytes: number): string => `${Math.round(bytes / MB).toLocaleString('en-US')} MB`;

/** "1.5 s" of milliseconds. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
