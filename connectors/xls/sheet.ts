import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { Cell, SheetRow } from '../sheets/cells.ts';
import type { SheetStream } from '../sheets/config.ts';
import type { OpenSheet } from '../sheets/format.ts';
import { asShown, type NumberFormat, numberFormat } from '../sheets/number-format.ts';
import { MOST_BYTES, type XlsConfig } from './config.ts';
import type { PackedCell, ToParent } from './worker.ts';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** Of a compound file; with less of it the reader would take the rest for text. */
const XLS = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/** Opens a sheet in a process of its own, which is killed when it takes too much memory or time, or is not wanted any more. */
export async function openXlsSheet(
  file: OpenFile,
  stream: SheetStream,
  signal: AbortSignal,
  { memoryMb, seconds }: Pick<XlsConfig['connection'], 'memoryMb' | 'seconds'>,
): Promise<OpenSheet> {
  const head = Buffer.alloc(XLS.length);
  await file.read(head, 0);
  // Old systems give the name .xls to HTML and to text; the reader would believe them.
  if (!head.equals(XLS))
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is no .xls workbook, whatever its name says`, {
      file: file.name,
      allowed: 'BIFF5 or BIFF8; xlsx and csv have connectors of their own',
    });
  if (file.size > MOST_BYTES)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: MOST_BYTES,
    });
  const sheet = typeof stream.sheet === 'number' ? `#${stream.sheet}` : stream.sheet;
  const child = fork(WORKER, [file.path, sheet], {
    ...{ execArgv: [`--max-old-space-size=${memoryMb}`], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {} },
    serialization: 'json',
  });
  const talk = new Conversation(child, file.name, seconds, signal);
  try {
    const opened = await talk.next();
    if (opened.kind === 'refused') throw refusal(opened, file, stream);
    if (opened.kind !== 'opened') throw new HubError('HUB_INTERNAL', 'the reader of .xls speaks out of turn');
    return { merges: opened.merges, rows: rows(talk, opened.is1904), [Symbol.asyncDispose]: async () => talk.close() };
  } catch (error) {
    talk.close();
    throw error;
  }
}

async function* rows(talk: Conversation, is1904: boolean): AsyncIterable<readonly SheetRow[]> {
  const cellOf = cellsOf(is1904);
  for (;;) {
    const told = await talk.ask();
    if (told.kind !== 'rows') return;
    yield told.rows.map(({ number, cells }) => ({
      number,
      cells: new Map(cells.map((cell) => [cell[0], cellOf(cell)])),
    }));
    if (told.last) return;
  }
}

/** Codes of formats are the same for thousands of cells. */
function cellsOf(is1904: boolean): (cell: PackedCell) => Cell {
  const formats = new Map<string, NumberFormat>();
  return ([, kind, text, code]) => {
    if (kind !== 'number' || code === undefined) return { kind, text };
    let format = formats.get(code);
    if (format === undefined) {
      format = numberFormat(0, code);
      formats.set(code, format);
    }
    return asShown(text, format, is1904);
  };
}

function refusal(
  { reason, message, sheets }: Extract<ToParent, { kind: 'refused' }>,
  file: OpenFile,
  stream: SheetStream,
): HubError {
  const details = { file: file.name };
  if (reason === 'sheet')
    return new HubError('HUB_FILE_TABLE', `${file.name} has no sheet ${stream.sheet}`, {
      ...details,
      allowed: sheets,
    });
  if (reason === 'password') return new HubError('HUB_FILE_FORMAT', `${file.name} is protected by a password`, details);
  return new HubError(
    'HUB_FILE_TRUNCATED',
    `${file.name} is no whole workbook: it was cut off or damaged on its way, or is no Excel file inside`,
    { ...details, reader: message },
  );
}

/** One message at a time with the child, or the reason why none will come. */
class Conversation {
  readonly #child: ChildProcess;
  readonly #stop: () => void;
  #told: ToParent[] = [];
  #failure: unknown = null;
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout;

  constructor(child: ChildProcess, file: string, seconds: number, signal: AbortSignal) {
    this.#child = child;
    const end = (failure: unknown): void => {
      this.#failure ??= failure;
      this.#wake?.();
    };
    const late = (): void => {
      end(
        new HubError('HUB_FILE_TOO_LARGE', `${file} was not read within ${seconds} s`, {
          file,
          allowed: 'connection.seconds',
        }),
      );
      child.kill('SIGKILL');
    };
    this.#timer = setTimeout(late, seconds * 1000);
    this.#stop = () => {
      end(signal.reason);
      child.kill('SIGKILL');
    };
    signal.addEventListener('abort', this.#stop, { once: true });
    if (signal.aborted) this.#stop();
    child.on('message', (message) => {
      this.#told.push(message as ToParent);
      this.#wake?.();
    });
    child.on('error', (error) =>
      end(
        new HubError('HUB_FILE_TRUNCATED', `the process that reads ${file} could not begin: ${error.message}`, {
          file,
        }),
      ),
    );
    child.on('exit', (code, killedBy) => {
      clearTimeout(this.#timer);
      signal.removeEventListener('abort', this.#stop);
      const why = killedBy ?? `status ${code}`;
      end(
        new HubError(
          'HUB_FILE_TOO_LARGE',
          `the reader of ${file} ended (${why}): the workbook needs more memory than it may have`,
          { file, allowed: 'connection.memoryMb' },
        ),
      );
    });
  }

  async next(): Promise<ToParent> {
    while (this.#told.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#told.shift() as ToParent;
  }

  ask(): Promise<ToParent> {
    if (this.#child.connected) this.#child.send('more');
    return this.next();
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}
