import type { Pool } from 'pg';
import { rawPrintOf } from '../../schemas/raw-print.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { NewMessage } from '../log/event-log.ts';

const COUNT = `WITH own AS (SELECT stream_id FROM hub.stream WHERE system = $1 AND stream = $2),
  came AS (INSERT INTO hub.live_key (stream_id, key_print) SELECT own.stream_id, k.key_print
    FROM own, unnest($3::bigint[]) AS k (key_print) ON CONFLICT DO NOTHING RETURNING 1),
  went AS (DELETE FROM hub.live_key AS l USING own WHERE l.stream_id = own.stream_id AND l.key_print = ANY ($4::bigint[]) RETURNING 1)
  UPDATE hub.stream SET living = living + (SELECT count(*) FROM came) - (SELECT count(*) FROM went)
  WHERE stream_id = (SELECT stream_id FROM own)`;

/**
 * Keeps how many keys of a stream that feeds no base live; a base knows its own. The same messages counted twice, as after a
 * crash, count once. To be called when they are durable, in their order.
 * @param deletes those of them that say that their key is gone.
 */
export async function countLiving(
  hub: Pick<Pool, 'query'>,
  { system, stream }: { readonly system: string; readonly stream: string },
  messages: readonly NewMessage[],
  deletes: ReadonlySet<NewMessage>,
): Promise<void> {
  if (messages.length === 0) return;
  const last = new Map<string, boolean>();
  for (const message of messages) last.set(rawPrintOf(message.value as Uint8Array).key, deletes.has(message));
  const keys = (isGone: boolean): readonly string[] => [...last].flatMap(([key, one]) => (one === isGone ? [key] : []));
  try {
    await hub.query(COUNT, [system, stream, keys(false), keys(true)]);
  } catch (error) {
    throw storeFailure(error, `counting the keys of ${system}/${stream}`);
  }
}

/** The stream is read from its start: what lived before is counted again as it comes. */
export async function forgetLiving(
  hub: Pick<Pool, 'query'>,
  { system, stream }: { readonly system: string; readonly stream: string },
): Promise<void> {
  const sql = `WITH own AS (INSERT INTO hub.stream AS s (system, stream) VALUES ($1, $2)
      ON CONFLICT (system, stream) DO UPDATE SET living = 0 RETURNING s.stream_id)
    DELETE FROM hub.live_key AS l USING own WHERE l.stream_id = own.stream_id`;
  try {
    await hub.query(sql, [system, stream]);
  } catch (error) {
    throw storeFailure(error, `counting the keys of ${system}/${stream} anew`);
  }
}
