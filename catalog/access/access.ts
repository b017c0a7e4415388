import type { Pool } from 'pg';
import type { Logger } from '../../schemas/kernel/context.ts';
import { readSigned, type SignedCall } from './keys.ts';
import { permissionsOf, type RoleName } from './permissions.ts';
import { NOBODY, type Principal, type SignedIn } from './principal.ts';
import { openSessions, type Sessions } from './sessions.ts';
import type { SignedMessage } from './signatures.ts';

export interface AccessOptions {
  /** Of schema `exchange`, which the catalog writes. */
  readonly pool: Pool;
  readonly log: Logger;
  /** What a program that reads metrics has to say as a bearer; null: it must be on this machine. */
  readonly metricsToken: string | null;
  /** As browsers call the hub, such as `https://hub.example.gov.cn`; null: by the Host header. */
  readonly publicUrl: string | null;
  /** Sample people, whom anybody on this machine may become. Only of a demo. */
  readonly samplePeople?: readonly SamplePerson[] | undefined;
}

export interface SamplePerson {
  readonly personId: number;
  readonly name: string;
  readonly role: RoleName;
}

/** People, their sessions and what they may do. */
export interface Access extends AccessOptions {
  readonly sessions: Sessions;
  /** Whoever a token of a session belongs to, or nobody. */
  principalOf(token: string | undefined): Promise<Principal>;
  /** The system that has signed a request. */
  signedBy(message: SignedMessage, hasBody: boolean): Promise<SignedCall>;
}

const principal = (person: SignedIn): Principal => ({
  person,
  permissions: permissionsOf(person.roles.map(({ role }) => role)),
});

export function openAccess(options: AccessOptions): Access {
  const sessions = openSessions(options.pool);
  return {
    ...options,
    sessions,
    async principalOf(token) {
      if (token === undefined || token.length > 100) return NOBODY;
      const person = await sessions.find(token);
      return person === null ? NOBODY : principal(person);
    },
    signedBy: (message, hasBody) => readSigned(options.pool, message, hasBody),
  };
}
