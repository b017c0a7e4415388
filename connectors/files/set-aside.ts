import { createHash } from 'node:crypto';
import type { ErrorCode, HubError } from '../../schemas/kernel/errors.ts';
import type { RejectedRow, SourcePortion } from '../connector.ts';
import type { FolderConnection } from './config.ts';
import type { FileShape } from './format.ts';
import { type FoundFile, isTimeKnown, type Refused } from './listing.ts';
import type { FilePlace } from './place.ts';
import type { FileFacts, Progress } from './progress.ts';

/** A file that is tried again in each run, though it is reported once: what hinders it may pass without a change of it. */
const TRY_AGAIN = '';
/** Not the fault of one file. */
const OF_ALL: readonly ErrorCode[] = ['HUB_SOURCE_REFUSED', 'HUB_CONFIG_INVALID'];
/** A right can be given, and a slow machine can have time, without a change of the file. */
const MAY_PASS: readonly ErrorCode[] = ['HUB_SOURCE_NO_RIGHTS', 'HUB_SOURCE_OBJECT_MISSING', 'HUB_FILE_TOO_LARGE'];

/**
 * What became of files that cannot be read. Each is reported once, as a reject of the stream with its name and why, and
 * left alone while neither it, nor what lies beside it, nor the settings of the stream have changed. What was read of it
 * before the break stays; a changed file is read from its start, and repeats are harmless.
 */
export interface SetAside {
  /** It is as it was when it was reported, and would break again. */
  isLeft(found: FoundFile): Promise<boolean>;
  refused(entry: Refused): SourcePortion | null;
  /**
   * @param records that were read of it before; null when it broke before its first one.
   * @returns null when it was reported before. @throws `failure` when it is not for the file to answer.
   */
  broken(found: FoundFile, failure: HubError, records: number | null): Promise<SourcePortion | null>;
}

export function openSetAside(
  stream: { readonly name: string; readonly settings: unknown; readonly beside: readonly string[] },
  { remote: _, ...connection }: FolderConnection,
  place: Pick<FilePlace, 'beside'>,
  progress: Progress,
  agreed: FileShape | null,
): SetAside {
  const columns = agreed?.columns.map(({ name, type }) => [name, type]);
  /** All that decides, beside the file itself, whether it can be read. */
  async function printOf(found: FoundFile): Promise<string> {
    const others = [];
    for (const ending of stream.beside) {
      const other = await place.beside(found, ending);
      others.push(other === null ? null : [other.name, other.size, other.mtimeMs]);
    }
    const all = JSON.stringify([stream.settings, connection, columns, others]);
    return createHash('sha256').update(all).digest('base64url').slice(0, 8);
  }

  function report(file: FileFacts, why: string, reason: string): SourcePortion | null {
    if (progress.asideWith(file) === reason) return null;
    const rejects = [rejectOf(stream.name, file, why)];
    return { records: [], rejects, next: progress.setAside(file, reason) };
  }

  return {
    async isLeft(found) {
      const reason = progress.asideWith(found);
      // Without a time the same size may be another content.
      return reason !== null && reason !== TRY_AGAIN && isTimeKnown(found) && reason === (await printOf(found));
    },
    refused: ({ name, refused }) => report({ name, size: 0, mtimeMs: 0 }, refused, TRY_AGAIN),
    async broken(found, failure, records) {
      if (failure.recovery === 'retry' || OF_ALL.includes(failure.code) || agreed === null) throw failure;
      const reason = records === null && MAY_PASS.includes(failure.code) ? TRY_AGAIN : await printOf(found);
      const after = records === null ? '' : `after ${records} records: `;
      return report(found, `${after}${failure.code}: ${failure.message}`, reason);
    },
  };
}

/** Its bytes are the facts of the file, so that the same break is the same entry of the quarantine, and a new one is another. */
function rejectOf(stream: string, { name, size, mtimeMs }: FileFacts, why: string): RejectedRow {
  const facts = { file: name, size, modified: new Date(mtimeMs).toISOString(), why };
  return {
    ...{ stream, code: 'HUB_FILE_UNREADABLE', origin: name },
    message: `${name} is set aside, the others are read: ${why}`,
    raw: Buffer.from(JSON.stringify(facts)),
  };
}
