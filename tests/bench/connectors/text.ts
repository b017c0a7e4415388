import { createReadStream } from 'node:fs';
import { FileWriter } from '../../../runner/demo/world/file-writer.ts';

export const CHUNK = 256 * 1024;

export async function writeText(
  path: string,
  rows: number,
  head: string,
  line: (i: number) => string,
  tail = '',
): Promise<null> {
  await using out = await FileWriter.create(path);
  if (head !== '') out.text(head);
  for (let i = 0; i < rows; i++) {
    out.text(line(i));
    if (out.isFull) await out.flush();
  }
  if (tail !== '') out.text(tail);
  await out.finish();
  return null;
}

export const chunksOf = (path: string): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: CHUNK });

/** Lines of a file as text, decoded chunk by chunk. */
export async function* linesOf(path: string, encoding: string, end: string): AsyncIterable<readonly string[]> {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(end);
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}
