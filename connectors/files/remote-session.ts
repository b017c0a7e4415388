import type { Writable } from 'node:stream';

/** A file as the server lists it. */
export interface RemoteFile {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly isFile: boolean;
}

/** One login at a server of files. Paths are those of the server, joined with `/`. */
export interface RemoteSession {
  list(folder: string): Promise<readonly RemoteFile[]>;
  fetch(path: string, to: Writable): Promise<void>;
  close(): Promise<void>;
}
