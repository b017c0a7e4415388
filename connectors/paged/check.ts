import { isHubError } from '../../schemas/kernel/errors.ts';
import { type PagedRead, readPages } from './read.ts';

/** Asks for the first page. What a steward can mend is a line of the report. */
export async function checkPaged(read: PagedRead): Promise<{ stream: string; ok: boolean; message: string }> {
  const { name: stream } = read;
  try {
    for await (const { records, rejects } of readPages(read, null)) {
      const [record] = records;
      const empty = Object.keys(read.stream.columns).filter((column) => record?.value?.[column] === null);
      const note = record === undefined || empty.length === 0 ? '' : `; empty in the first record: ${empty.join(', ')}`;
      return {
        stream,
        ok: true,
        message: `the first page has ${records.length} records, ${rejects.length} not to be taken${note}`,
      };
    }
    return { stream, ok: true, message: 'no records' };
  } catch (error) {
    if (!isHubError(error) || error.code === 'HUB_SOURCE_UNREACHABLE' || error.code === 'HUB_SOURCE_REFUSED')
      throw error;
    return { stream, ok: false, message: `${error.code}: ${error.message}` };
  }
}
