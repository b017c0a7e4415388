import { HubError } from '../../schemas/kernel/errors.ts';
import { type Encoding, type EncodingMark, encodingOf, settledEncoding, suspectedEncoding } from '../files/encoding.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { DbfStream } from './stream.ts';

/** Language drivers of dBASE and FoxPro that tell a code page. 0x57 is "that of the machine" and tells none. */
const PAGES: Readonly<Record<number, string>> = {
  ...{ 1: 'DOS 437', 2: 'DOS 850', 100: 'DOS 852', 38: 'ibm866', 101: 'ibm866' },
  ...{ 3: 'windows-1252', 88: 'windows-1252', 89: 'windows-1252' },
  ...{ 125: 'windows-1255', 126: 'windows-1256', 200: 'windows-1250', 201: 'windows-1251' },
  ...{ 202: 'windows-1254', 203: 'windows-1253', 204: 'windows-1257' },
  ...{ 77: 'cp936', 122: 'cp936', 79: 'big5', 120: 'big5', 78: 'euc-kr', 121: 'euc-kr' },
  ...{ 19: 'shift_jis', 123: 'shift_jis', 80: 'windows-874', 124: 'windows-874' },
};

const SMALL = 4 * 1024;

/** What the .cpg beside a table says. */
async function besideMark(file: OpenFile): Promise<EncodingMark | null> {
  const beside = await file.sibling('.cpg');
  if (beside === null) return null;
  await using opened = beside;
  const bytes = Buffer.alloc(Math.min(SMALL, opened.size));
  const says = bytes
    .toString('latin1', 0, await opened.read(bytes, 0))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trim();
  return says === '' ? null : { by: 'its .cpg', says, encoding: encodingOf(says) };
}

function byteMark(byte: number): EncodingMark | null {
  const says = PAGES[byte];
  if (says === undefined) return null;
  const encoding = encodingOf(says);
  const hex = `0x${byte.toString(16).padStart(2, '0')}`;
  // Pages of DOS are what many programs write without a thought; they are not read, so they cannot win.
  return encoding === null
    ? null
    : { by: `its code page byte ${hex} (passed by with codePageByte: ignored)`, says, encoding };
}

/**
 * The encoding of a table: as stated, as its .cpg says, or its code page byte, or GB18030.
 * @param texts bytes of its first texts
 * @throws HUB_FILE_CONTRADICTION when the statement and a mark differ, or the byte and what the texts plainly are
 */
export async function tableEncoding(
  file: OpenFile,
  { encoding: stated, codePageByte }: Pick<DbfStream, 'encoding' | 'codePageByte'>,
  byte: number,
  texts: Uint8Array,
): Promise<Encoding> {
  const beside = await besideMark(file);
  // The file beside was written later, and by somebody who thought of it.
  const mark = beside ?? (codePageByte === 'ignored' ? null : byteMark(byte));
  const encoding = settledEncoding(file.name, stated, [mark], 'gb18030');
  const likely = suspectedEncoding(texts, encoding);
  if (beside === null && mark !== null && stated === undefined && likely !== null)
    throw new HubError(
      'HUB_FILE_CONTRADICTION',
      `${file.name}: ${mark.by} says ${mark.says}, but its texts look like ${likely}`,
      {
        file: file.name,
        found: mark.says,
        looksLike: likely,
        allowed: `encoding: ${likely}, with codePageByte: ignored`,
      },
    );
  return encoding;
}
