import { widthOf } from '../cli/print.ts';

interface Line {
  done: number;
  /** null while nobody knows. */
  total: number | null;
  endedAt: number | null;
}

/** Live progress of several things at once: bars that are drawn anew on a terminal, plain lines elsewhere. */
export interface Progress {
  /** @param done absolute, not since the last call. */
  update(name: string, done: number, total: number | null): void;
  /** A line of its own, above the bars. */
  say(text: string): void;
  /** Ends the drawing and leaves the last state; rates count from here on. */
  end(): void;
}

export interface ProgressOptions {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly now?: () => number;
  /** Between two drawings: default 150 on a terminal, 2,000 elsewhere. */
  readonly everyMs?: number;
}

const BAR = 24;

export function createProgress({ out, now = () => performance.now(), everyMs }: ProgressOptions): Progress {
  const isTerminal = out.isTTY === true;
  const every = everyMs ?? (isTerminal ? 150 : 2_000);
  const lines = new Map<string, Line>();
  const told = new Map<string, number>();
  let drawn = 0;
  let begunAt = now();
  let lastAt = Number.NEGATIVE_INFINITY;

  const text = (name: string, line: Line): string => {
    const seconds = ((line.endedAt ?? now()) - begunAt) / 1000;
    const rate = seconds > 0 ? Math.round(line.done / seconds).toLocaleString('en-US') : '-';
    const { total } = line;
    const share = total === null || total === 0 ? null : Math.min(1, line.done / total);
    const filled = Math.round((share ?? 0) * BAR);
    const bar =
      share === null
        ? ''
        : isTerminal
          ? `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} `
          : `${Math.floor(share * 100)}% `;
    const gap = ' '.repeat(Math.max(1, 34 - widthOf(name)));
    return `  ${name}${gap}${bar}${line.done.toLocaleString('en-US')} rows, ${rate}/s`;
  };

  function draw(): void {
    if (isTerminal) {
      const up = drawn > 0 ? `\x1b[${drawn}A` : '';
      out.write(`${up}${[...lines].map(([name, line]) => `\x1b[2K${text(name, line)}\n`).join('')}`);
      drawn = lines.size;
      return;
    }
    for (const [name, line] of lines) {
      if (told.get(name) === line.done) continue;
      told.set(name, line.done);
      out.write(`${text(name, line)}\n`);
    }
  }

  return {
    update(name, done, total) {
      const line = lines.get(name) ?? { done: 0, total: null, endedAt: null };
      line.done = done;
      line.total = total;
      line.endedAt = total !== null && done >= total ? (line.endedAt ?? now()) : null;
      lines.set(name, line);
      if (now() - lastAt < every) return;
      lastAt = now();
      draw();
    },
    say(message) {
      if (isTerminal && drawn > 0) {
        out.write(`\x1b[${drawn}A\x1b[J`);
        drawn = 0;
      }
      out.write(`${message}\n`);
    },
    end() {
      draw();
      lines.clear();
      told.clear();
      drawn = 0;
      begunAt = now();
      lastAt = Number.NEGATIVE_INFINITY;
    },
  };
}
