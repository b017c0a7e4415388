import type { Receive } from '../../catalog/options.ts';
import type { WebhookConfig } from '../../connectors/webhook/config.ts';
import { acceptPush, webhook } from '../../connectors/webhook/connector.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { connectorInput } from '../control/system-file.ts';
import type { SystemStore } from '../control/systems.ts';
import { type Environment, fillSecrets } from '../settings/secrets.ts';
import type { HubInbox } from './inbox.ts';

/** How soon an applied system file takes effect on pushes. */
const KNOWN_MS = 2_000;

export interface ReceiveDeps {
  readonly systems: Pick<SystemStore, 'get'>;
  readonly inbox: Pick<HubInbox, 'append'>;
  readonly env: Environment;
  readonly now?: () => Date;
}

/**
 * Takes a push: who sent it, whether it is in the agreed form, then into the inbox. The same delivery is taken once.
 * @throws HUB_PUSH_CONFLICT, and what `acceptPush` and the inbox throw
 */
export function createReceive({ systems, inbox, env, now = () => new Date() }: ReceiveDeps): Receive {
  const known = new Map<string, { readonly config: Promise<WebhookConfig>; readonly since: number }>();

  function configOf(system: string): Promise<WebhookConfig> {
    const since = performance.now();
    const found = known.get(system);
    if (found !== undefined && since - found.since < KNOWN_MS) return found.config;
    const config = load(system);
    // Names come from strangers: what is not there is not kept.
    config.catch(() => known.delete(system));
    known.set(system, { config, since });
    return config;
  }

  async function load(system: string): Promise<WebhookConfig> {
    const { spec, enabled } = await systems.get(system).catch(hideOthers);
    if (spec.connector !== webhook.type || !enabled) throw unknown();
    return webhook.config.parse(connectorInput(spec, fillSecrets(spec.connection, env, `system ${system}`)));
  }

  return async ({ system, stream, headers, body }) => {
    const config = await configOf(system);
    const { id, proof, rememberDays } = acceptPush(config, stream, { headers, body, now: now() });
    const taken = await inbox.append({ system, stream, delivery: id, proof, body, rememberDays });
    if (taken === 'other-body' || taken === 'other-stream')
      throw new HubError('HUB_PUSH_CONFLICT', `The delivery is not taken: ${CONFLICTS[taken]}`);
    return { isNew: taken === 'new' };
  };
}

const CONFLICTS = {
  'other-body': 'another body was taken under its id',
  'other-stream': 'the same text with this signature was taken by another stream',
} as const;

const unknown = (): HubError => new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such system that is pushed to');

/** A stranger is not told which systems there are. */
function hideOthers(error: unknown): never {
  if (error instanceof HubError && error.code === 'HUB_CATALOG_NOT_FOUND') throw unknown();
  throw error;
}
