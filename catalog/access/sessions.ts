import type { Pool } from 'pg';
import { query } from '../../schemas/store/query.ts';
import type { RoleName } from './permissions.ts';
import { isRole } from './permissions.ts';
import type { HeldRole, SignedIn } from './principal.ts';
import { digestOf, newToken } from './secrets.ts';

/** Without a request for so long a session is over. */
const IDLE_MS = 30 * 60_000;
/** However busy: a working day. */
const LONGEST_MS = 12 * 3_600_000;
/** How often at most it is written down that somebody is there. */
const SEEN_MS = 60_000;
const MOST_AGENT = 200;

interface OpenedSession {
  /** For the cookie; it is nowhere else. */
  readonly token: string;
}

/** A session as its owner sees it. */
export interface SessionLine {
  readonly since: Date;
  readonly seenAt: Date;
  readonly agent: string;
  readonly isThis: boolean;
}

export interface Sessions {
  open(personId: number, agent: string): Promise<OpenedSession>;
  /** null: unknown, idle for too long, too old, or of somebody who may not sign in any more. */
  find(token: string): Promise<SignedIn | null>;
  /** The password was given again. */
  confirm(token: string): Promise<void>;
  end(token: string): Promise<void>;
  /** Of a person; all are over at once. */
  endAll(personId: number): Promise<void>;
  list(personId: number, token: string): Promise<readonly SessionLine[]>;
}

const FIND = `WITH own AS (
    SELECT s.person_id, s.form_token, s.created_at, s.confirmed_at, s.seen_at, p.login, p.name
    FROM exchange.session AS s JOIN exchange.person AS p USING (person_id)
    WHERE s.session_hash = $1 AND p.state = 'active' AND s.ends_at > now()
      AND s.seen_at > now() - $2 * interval '1 millisecond'),
  seen AS (UPDATE exchange.session AS s SET seen_at = now() FROM own
    WHERE s.session_hash = $1 AND own.seen_at < now() - $3 * interval '1 millisecond')
  SELECT own.person_id::float8 AS "personId", own.form_token AS "formToken", own.created_at AS since,
    own.confirmed_at AS "confirmedAt", own.login, own.name, coalesce((
      SELECT json_agg(json_build_object('role', r.role, 'organisation', json_build_object('code', o.code, 'name', o.name))
          ORDER BY r.role_id)
        FROM exchange.person_role AS r JOIN exchange.organisation AS o ON o.code = r.organisation
        WHERE r.person_id = own.person_id AND r.ended_at IS NULL AND r.valid_from <= now()
          AND (r.valid_until IS NULL OR r.valid_until > now())
          AND o.valid_from <= current_date AND (o.valid_until IS NULL OR o.valid_until >= current_date)
    ), '[]') AS roles
  FROM own`;

interface Row extends Omit<SignedIn, 'roles'> {
  readonly roles: readonly { readonly role: string; readonly organisation: HeldRole['organisation'] }[];
}

/** Sessions live on the server, in `exchange.session`: what is ended or disabled there is over with the next request. */
export function openSessions(pool: Pool): Sessions {
  return {
    async open(personId, agent) {
      const token = newToken();
      await query(
        pool,
        'opening a session',
        `WITH old AS (DELETE FROM exchange.session
           WHERE person_id = $2 AND (ends_at < now() OR seen_at < now() - $6 * interval '1 millisecond'))
         INSERT INTO exchange.session (session_hash, person_id, form_token, ends_at, agent)
         VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond', $5)`,
        [digestOf(token), personId, newToken(), LONGEST_MS, agent.slice(0, MOST_AGENT), IDLE_MS],
      );
      return { token };
    },
    async find(token) {
      const { rows } = await query<Row>(pool, 'looking for a session', FIND, [digestOf(token), IDLE_MS, SEEN_MS]);
      const [found] = rows;
      if (found === undefined) return null;
      // A role of a newer version of the program means nothing here.
      const roles = found.roles.flatMap(({ role, organisation }) =>
        isRole(role) ? [{ role: role as RoleName, organisation }] : [],
      );
      return { ...found, roles };
    },
    async confirm(token) {
      await query(
        pool,
        'confirming a session',
        'UPDATE exchange.session SET confirmed_at = now() WHERE session_hash = $1',
        [digestOf(token)],
      );
    },
    async end(token) {
      await query(pool, 'ending a session', 'DELETE FROM exchange.session WHERE session_hash = $1', [digestOf(token)]);
    },
    async endAll(personId) {
      await query(pool, 'ending all sessions', 'DELETE FROM exchange.session WHERE person_id = $1', [personId]);
    },
    async list(personId, token) {
      const { rows } = await query<SessionLine>(
        pool,
        'listing sessions',
        `SELECT created_at AS since, seen_at AS "seenAt", agent, session_hash = $2 AS "isThis" FROM exchange.session
         WHERE person_id = $1 AND ends_at > now() AND seen_at > now() - $3 * interval '1 millisecond' ORDER BY created_at DESC`,
        [personId, digestOf(token), IDLE_MS],
      );
      return rows;
    },
  };
}
