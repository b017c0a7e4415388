import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { encodeInto } from './gb18030.ts';

const CHUNK = 256 * 1024;
const ROOM = 64 * 1024;

/** A file that appears under its name only when it is whole. At most one chunk is in memory. */
export class FileWriter implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #chunk = new Uint8Array(CHUNK + ROOM);
  #used = 0;
  #closed = false;

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<FileWriter> {
    return new FileWriter(path, await open(`${path}.part`, 'w'));
  }

  get isFull(): boolean {
    return this.#used >= CHUNK;
  }

  /** Up to 16,000 characters. Call `flush` when `isFull`. */
  text(value: string): void {
    this.#used = encodeInto(value, this.#chunk, this.#used);
  }

  /** Up to 64 KB. */
  bytes(value: Uint8Array): void {
    this.#chunk.set(value, this.#used);
    this.#used += value.length;
  }

  async flush(): Promise<void> {
    await this.#file.writeFile(this.#chunk.subarray(0, this.#used));
    this.#used = 0;
  }

  async overwrite(at: number, value: Uint8Array): Promise<void> {
    await this.#file.write(value, 0, value.length, at);
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.#file.close();
    this.#closed = true;
    await rename(`${this.#path}.part`, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    await this.#file.close();
    await rm(`${this.#path}.part`, { force: true });
  }
}
