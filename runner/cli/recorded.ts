import { userInfo } from 'node:os';
import type { Event } from '../../catalog/proof/entry.ts';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';

type Recorder = Pick<Hub, 'audit'>;

/** Who works on this machine, where no name is given. */
const user = (): string => userInfo().username;

/** What a person does by a command. */
export interface Deed<T> {
  readonly what: Event['what'];
  /** As --by gives it, at its word. Without it the user of the machine. */
  readonly by?: string;
  readonly on: Event['on'];
  readonly details?: Readonly<Record<string, JsonValue | undefined>>;
  /** The resource that came of it, such as the number of a decision; the same one where nothing new did. */
  readonly made?: (result: T) => string;
}

/**
 * Does it between two entries of the audit log: one before, without which it is not done, and one of what became of it, without
 * which it is not answered.
 * @throws what the work throws, which is written down as refused (by a rule) or failed
 */
export async function recorded<T>({ audit }: Recorder, deed: Deed<T>, work: () => Promise<T>): Promise<T> {
  const entry = (outcome: Event['outcome'], resource = deed.on.resource): Event => ({
    ...{ what: deed.what, outcome, who: { person: deed.by ?? user() } },
    on: { ...deed.on, resource },
    details: { ...told(deed.details), user: user() },
  });
  await audit.append([entry('begun')]);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const isRefused = isHubError(error) && error.recovery === 'stop' && error.code !== 'HUB_INTERNAL';
    // What went wrong first is what the person has to know.
    await audit.append([entry(isRefused ? 'refused' : 'failed')]).catch(() => {});
    throw error;
  }
  await audit.append([entry('done', deed.made?.(result))]);
  return result;
}

const told = (details: Deed<unknown>['details'] = {}): Readonly<Record<string, JsonValue>> =>
  Object.fromEntries(Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

declare const isRecorded: unique symbol;
/** That somebody looks at what is masked otherwise is in the audit log. */
export interface Unmasked {
  readonly [isRecorded]: true;
}

/**
 * Leave to show keys and values as they are, once it is written down who looks at what.
 * @param resource a name of the hub, such as a base. @param what the command
 * @returns null where it was not asked for
 */
export async function unmasked(
  { audit, logger }: Recorder & Pick<Hub, 'logger'>,
  isAskedFor: boolean | undefined,
  resource: string,
  what: string,
): Promise<Unmasked | null> {
  if (isAskedFor !== true) return null;
  logger.warn({ what, user: user() }, 'keys and values are shown as they are');
  await audit.append([
    { ...{ what: 'clear', outcome: 'done', who: { person: user() } }, on: { resource }, details: { what } },
  ]);
  return {} as Unmasked;
}
