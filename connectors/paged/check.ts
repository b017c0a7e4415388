import { isHubError } from '../../schemas/kernel/errors.ts';
import { type PagedRead, readPages } from './read.ts';

/** Asks for the first page, and for the second where the first is shorter than asked. What a steward can mend is a line of the report. */
export async function checkPaged(read: PagedRead): Promise<{ stream: string; ok: boolean; message: string }> {
  const { name: stream } = read;
  try {
    let first: { readonly count: number; readonly message: string } | null = null;
    for await (const { records, rejects } of readPages(read, null)) {
      const count = records.length + rejects.length;
      if (first !== null) {
        const capped =
          count === 0 ? '' : `; the service gives at most ${first.count} records a page, ${read.size} were asked for`;
        return { stream, ok: true, message: `${first.message}${capped}` };
      }
      const [record] = records;
      const empty = Object.keys(read.stream.columns).filter((column) => record?.value?.[column] === null);
      const note = record === undefined || empty.length === 0 ? '' : `; empty in the first record: ${empty.join(', ')}`;
      const message = `the first page has ${records.length} records, ${rejects.length} not to be taken${note}`;
      if (read.size === null || count >= read.size || count === 0) return { stream, ok: true, message };
      first = { count, message };
    }
    return { stream, ok: true, message: first?.message ?? 'no records' };
  } catch (error) {
    if (!isHubError(error) || error.code === 'HUB_SOURCE_UNREACHABLE' || error.code === 'HUB_SOURCE_REFUSED')
      throw error;
    return { stream, ok: false, message: `${error.code}: ${error.message}` };
  }
}
