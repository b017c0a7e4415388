import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { HubError, isAbort } from '../../schemas/kernel/errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { LIMITS } from './config.ts';

export interface Archive extends AsyncDisposable {
  has(path: string): boolean;
  /** Bytes of an entry. Ends with HUB_FILE_TRUNCATED when they do not unpack, or are not of its size or CRC. */
  stream(path: string): Promise<AsyncIterable<Buffer>>;
}

const COMPOUND = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

/** @throws HUB_FILE_FORMAT for what is no workbook, HUB_FILE_TRUNCATED for a broken one, HUB_FILE_TOO_LARGE */
export async function openArchive(file: OpenFile): Promise<Archive> {
  const head = Buffer.alloc(4);
  await file.read(head, 0);
  if (head.equals(COMPOUND))
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is an old .xls workbook or an encrypted one`, {
      file: file.name,
      allowed: '.xlsx without a password; the connector xls reads .xls',
    });
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, decodeStrings: true, validateEntrySizes: true };
    yauzl.open(file.path, options, (error, opened) => (error === null ? resolve(opened) : reject(broken(file, error))));
  });
  const entries = await listEntries(zip, file);
  return {
    has: (path) => entries.has(path),
    async stream(path) {
      const entry = entries.get(path);
      if (entry === undefined)
        throw new HubError('HUB_FILE_FORMAT', `${file.name} has no ${path}`, { file: file.name });
      if (entry.uncompressedSize > LIMITS.entryBytes)
        throw new HubError('HUB_FILE_TOO_LARGE', `${path} in ${file.name} unpacks to ${entry.uncompressedSize} bytes`, {
          file: file.name,
          allowed: LIMITS.entryBytes,
        });
      // Text that repeats itself packs well, a workbook some tenfold; what packs better is made to fill a disk or memory.
      if (entry.uncompressedSize > LIMITS.smallBytes + LIMITS.inflateRatio * entry.compressedSize)
        throw new HubError(
          'HUB_FILE_TOO_LARGE',
          `${path} in ${file.name} unpacks from ${entry.compressedSize} to ${entry.uncompressedSize} bytes`,
          { file: file.name, allowed: `${LIMITS.inflateRatio} times its packed size` },
        );
      return new Promise((resolve, reject) =>
        zip.openReadStream(entry, (error, stream) =>
          error === null ? resolve(checked(stream, entry, file)) : reject(broken(file, error)),
        ),
      );
    },
    async [Symbol.asyncDispose]() {
      zip.close();
    },
  };
}

/** The reader of archives checks sizes only, and its errors know no file. */
async function* checked(
  stream: Readable,
  { fileName, crc32: wanted }: yauzl.Entry,
  file: OpenFile,
): AsyncIterable<Buffer> {
  let sum = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw isAbort(error) ? error : broken(file, error as Error, fileName);
  }
  if (sum !== wanted) throw broken(file, new RangeError('its bytes do not have their CRC'), fileName);
}

/** @param part of the workbook, where it is known. */
export const broken = (file: OpenFile, error: Error, part?: string): HubError =>
  new HubError(
    'HUB_FILE_TRUNCATED',
    `${file.name} is no whole workbook: ${part === undefined ? '' : `${part}: `}${error.message}`,
    { file: file.name, ...(part === undefined ? {} : { part }) },
    { cause: error },
  );

function listEntries(zip: yauzl.ZipFile, file: OpenFile): Promise<ReadonlyMap<string, yauzl.Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, yauzl.Entry>();
    zip.on('error', (error: Error) => reject(broken(file, error)));
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: yauzl.Entry) => {
      entries.set(entry.fileName, entry);
      if (entries.size > LIMITS.entries)
        reject(
          new HubError('HUB_FILE_TOO_LARGE', `${file.name} has more than ${LIMITS.entries} parts`, { file: file.name }),
        );
      else zip.readEntry();
    });
    zip.readEntry();
  });
}
