import type { FileStream, FolderConnection } from './config.ts';
import { FootRows } from './foot.ts';
import type { FileFormat, FileShape } from './format.ts';
import { withNulls } from './nulls.ts';
import type { OpenFile } from './open-file.ts';

/** Of a larger file `check` reads the head alone. */
const READ_BYTES = 8 * 1024 * 1024;
const REJECTS_SHOWN = 3;

export interface Trial {
  readonly rows: number;
  readonly rejected: number;
  /** Rows whose key another row of the file has. */
  readonly repeated: number;
  readonly notes: readonly string[];
}

/** Reads a small file as a run would, for `check`: how many rows, what would be rejected, what stands under the table. */
export async function tryRows<Stream extends FileStream, Shape extends FileShape>(
  format: FileFormat<Stream, Shape>,
  file: OpenFile,
  request: { readonly name: string; readonly stream: Stream; readonly shape: FileShape & Shape } & {
    readonly connection: FolderConnection;
    readonly signal: AbortSignal;
  },
): Promise<Trial | null> {
  if (file.size > READ_BYTES) return null;
  const foot = new FootRows();
  const notes: string[] = [];
  const keys = new Set<string>();
  const repeated: string[] = [];
  let rows = 0;
  let rejected = 0;
  for await (const part of format.rows(file, { ...request, from: request.shape.start })) {
    const { records, rejects } = withNulls(part, request.stream);
    rows += records.length + rejects.length;
    rejected += rejects.length;
    for (const { origin, message } of rejects.slice(0, REJECTS_SHOWN - notes.length))
      notes.push(`${origin}: ${message}`);
    foot.see(records);
    for (const { key, origin, op } of records) {
      if (op !== 'upsert') continue;
      if (keys.has(key)) repeated.push(origin);
      else keys.add(key);
    }
  }
  if (repeated.length > 0)
    notes.push(
      `${repeated.slice(0, REJECTS_SHOWN).join(', ')}: another row of the file has the same key (${request.stream.key.join(', ')}), and the later one would take its place`,
    );
  const said = foot.said(file.name);
  if (said !== null) notes.push(said);
  return { rows, rejected, repeated: repeated.length, notes };
}
