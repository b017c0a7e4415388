import type { Pool } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import { isPassword } from './passwords.ts';
import { digestOf } from './secrets.ts';

/** So many wrong tries in a row are nobody's business. */
const FREE_TRIES = 5;
const FIRST_LOCK_SECONDS = 30;
const LONGEST_LOCK_SECONDS = 3_600;
/** Wrong tries are forgotten when there was none for so long. */
const FORGOTTEN = "interval '1 day'";

/** As it is stored and compared: width, case and outer blanks do not matter. */
export const loginOf = (typed: string): string => typed.normalize('NFKC').trim().toLowerCase();

/**
 * A try counts before the password is looked at, so that many at once count as many; the right one clears the count. Each wrong
 * one after the fifth locks the name for twice as long as the last, up to an hour, whether there is such a person or not.
 */
const TRY = `INSERT INTO exchange.sign_in_failure AS f (login_hash, failures) VALUES ($1, 1)
  ON CONFLICT (login_hash) DO UPDATE SET
    was_locked = f.locked_until IS NOT NULL AND f.locked_until > clock_timestamp(),
    failures = CASE WHEN f.locked_until > clock_timestamp() THEN f.failures
      WHEN f.last_at < now() - ${FORGOTTEN} THEN 1 ELSE f.failures + 1 END,
    last_at = clock_timestamp(),
    locked_until = CASE WHEN f.locked_until > clock_timestamp() THEN f.locked_until
      WHEN f.last_at < now() - ${FORGOTTEN} OR f.failures + 1 < $2 THEN NULL
      ELSE clock_timestamp() + least($4, $3 * 2 ^ least(f.failures + 1 - $2, 20)) * interval '1 second' END
  RETURNING was_locked AS "wasLocked", ceil(extract(epoch FROM locked_until - clock_timestamp()))::float8 AS locked`;

/**
 * Whose name and password these are.
 * @throws HUB_ACCESS_REFUSED, which does not say which of them is wrong; HUB_ACCESS_LOCKED with `details.retryAfterMs`
 */
export async function requirePassword(pool: Pool, typed: string, password: string): Promise<number> {
  const login = loginOf(typed);
  const { rows } = await query<{ locked: number | null; wasLocked: boolean }>(pool, 'counting a sign-in', TRY, [
    ...[digestOf(login), FREE_TRIES, FIRST_LOCK_SECONDS, LONGEST_LOCK_SECONDS],
  ]);
  const [tried] = rows;
  if (tried?.wasLocked === true) {
    const seconds = Math.max(1, tried.locked ?? 1);
    throw new HubError('HUB_ACCESS_LOCKED', `Too many wrong tries; the next one is possible in ${seconds} seconds`, {
      ...{ zh: `连续输错次数过多，请在 ${seconds} 秒后再试`, retryAfterMs: seconds * 1_000 },
    });
  }
  const { rows: found } = await query<{ personId: number; password: string | null; isActive: boolean }>(
    pool,
    'looking for who signs in',
    `SELECT person_id::float8 AS "personId", password, state = 'active' AS "isActive" FROM exchange.person WHERE login = $1`,
    [login],
  );
  const [person] = found;
  const isRight = await isPassword(password, person?.isActive === true ? person.password : null);
  if (!isRight || person === undefined)
    throw new HubError('HUB_ACCESS_REFUSED', 'Name and password do not belong together', {
      zh: '登录名与密码不符',
    });
  await query(pool, 'clearing wrong tries', 'DELETE FROM exchange.sign_in_failure WHERE login_hash = $1', [
    digestOf(login),
  ]);
  return person.personId;
}
