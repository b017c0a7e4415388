import type { OpenFile } from './open-file.ts';

const END_OF_FILE = 0x1a;
const SOME = 64;

/** Where the text of a file ends: programs of DOS put a Ctrl-Z, or a block of them, behind it. */
export async function textEnd(file: OpenFile, unit: 1 | 2 = 1): Promise<number> {
  if (unit === 2) return file.size;
  let end = file.size;
  for (;;) {
    const bytes = Buffer.alloc(Math.min(SOME, end));
    const tail = bytes.subarray(0, await file.read(bytes, end - bytes.length));
    let kept = tail.length;
    while (kept > 0 && tail[kept - 1] === END_OF_FILE) kept -= 1;
    end -= tail.length - kept;
    if (kept > 0 || tail.length === 0) return end;
  }
}
