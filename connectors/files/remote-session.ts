import type { Writable } from 'node:stream';

/** A file as the server lists it. */
export interface RemoteFile {
  readonly name: string;
  readonly size: number;
  /** null: the listing does not tell. */
  readonly mtimeMs: number | null;
  readonly isFile: boolean;
}

/** One login at a server of files. Paths are those of the server, joined with `/`. */
export interface RemoteSession {
  list(folder: string): Promise<readonly RemoteFile[]>;
  /** Time of a file whose listing has none; null when the server does not tell. */
  modified?(path: string): Promise<number | null>;
  fetch(path: string, to: Writable): Promise<void>;
  close(): Promise<void>;
}
