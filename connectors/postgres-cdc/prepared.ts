import { type Database, guarded } from '../sql/database.ts';

/** Two commits in one take moments; what has waited for longer, nobody may come back for. */
const WAITS_SECONDS = 5;

/**
 * Transactions of any database of the server that are prepared and not ended, the oldest first, in words: a new slot waits
 * for each of them, and the log from their beginning on cannot be let go.
 */
export async function preparedTransactions(db: Database): Promise<readonly string[]> {
  const found = await guarded(db, 'looking for prepared transactions', () =>
    db.rows(
      db.knex.raw(
        `SELECT gid, owner, database, floor(extract(epoch FROM clock_timestamp() - prepared))::bigint::text
         FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - make_interval(secs => ?::int) ORDER BY prepared LIMIT 3`,
        [String(WAITS_SECONDS)],
      ),
    ),
  );
  return found.map(
    ([gid, owner, database, seconds]) =>
      `the prepared transaction '${gid}' of ${owner} in ${database} has waited for ${seconds} s: no slot can begin and no log be let go until its owner says COMMIT PREPARED or ROLLBACK PREPARED there`,
  );
}
