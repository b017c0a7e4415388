import type { Breaker } from '../../pipelines/engine/ingest/run-batch.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { StreamTotals } from './pull-stream.ts';

const FILES_NAMED = 10;

type Streams = readonly StreamTotals[];

/** What keeps a run that has ended from having simply succeeded, the worst first. */
export const reservationsOf = ({ streams }: { readonly streams: Streams }): readonly HubError[] =>
  [rejectedRows(streams), repeatedKeys(streams), goneRows(streams), unreadFiles(streams)].filter((one) => one !== null);

/**
 * A stream of which most cannot be taken has not been read, until a later read takes it or its rows are mended or dismissed.
 * @param wasRefused by the run before.
 * @throws HUB_SOURCE_ROWS_REJECTED
 */
export function refuseRejecting(stream: StreamTotals, { share, minRecords }: Breaker, wasRefused: boolean): void {
  const failure = rejectedRows([stream]);
  if (failure === null) return;
  const { read, rejected } = rowsOf(stream);
  const isBroken = rejected > 0 && (rejected === read || (read >= minRecords && rejected / read > share));
  if (isBroken || (wasRefused && read === 0)) throw failure;
}

/** Rows that were given and could not be taken; a file that could not be read is told by itself. */
const rowsOf = ({ read, rejected, setAside = [] }: StreamTotals) => ({
  ...{ read: read - setAside.length, rejected: rejected - setAside.length },
});

function rejectedRows(streams: Streams): HubError | null {
  const wrong = streams.flatMap((one) => {
    const { stream, waiting = 0 } = one;
    return waiting === 0 ? [] : [{ stream, waiting, ...rowsOf(one) }];
  });
  if (wrong.length === 0) return null;
  const told = wrong.map(({ stream, read, rejected, waiting }) => {
    const earlier = waiting > rejected ? `${waiting} rows of this and earlier reads` : null;
    const now = rejected === 0 ? null : `${rejected} of ${read} rows`;
    return `${stream}: ${[now, earlier].filter((part) => part !== null).join(', ')}`;
  });
  return new HubError('HUB_SOURCE_ROWS_REJECTED', `could not be taken: ${told.join('; ')}`, { streams: wrong });
}

function repeatedKeys(streams: Streams): HubError | null {
  const told = streams.flatMap(({ stream, repeated }) =>
    repeated === undefined ? [] : [`${stream}: ${repeated.count} rows, such as ${repeated.examples.join(', ')}`],
  );
  if (told.length === 0) return null;
  return new HubError(
    'HUB_SOURCE_KEY_REPEATED',
    `have a key that another row of the same read has: ${told.join('; ')}`,
  );
}

function goneRows(streams: Streams): HubError | null {
  const told = streams.flatMap(({ stream, gone = 0 }) => (gone === 0 ? [] : [`${stream}: ${gone} rows`]));
  if (told.length === 0) return null;
  return new HubError('HUB_SOURCE_ROWS_GONE', `are no longer in the source, and stay in the base: ${told.join('; ')}`);
}

/** A run that left files unread has ended well for the others, and does not plainly say so. */
function unreadFiles(streams: Streams): HubError | null {
  const files = streams.flatMap(({ stream, setAside = [] }) => setAside.map((name) => `${stream}: ${name}`));
  if (files.length === 0) return null;
  const more = files.length > FILES_NAMED ? ` and ${files.length - FILES_NAMED} more` : '';
  const named = files.slice(0, FILES_NAMED).join(', ') + more;
  return new HubError('HUB_FILE_UNREADABLE', `set aside until they are mended, the other files were read: ${named}`, {
    files: files.length,
  });
}
