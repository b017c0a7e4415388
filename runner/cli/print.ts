import { HubError, isAbort, isHubError } from '../../schemas/kernel/errors.ts';
import { discreet } from '../settings/secrets.ts';

export type Cell = string | number | null;

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u;

/** Columns that a terminal gives to the text: Chinese characters take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

const show = (cell: Cell): string => {
  if (cell === null) return '-';
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : cell.replaceAll(/\s*\n\s*/g, ' ');
};

/** Left-aligned text, right-aligned numbers, two spaces between. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(show));
  const widths = head.map((title, i) => Math.max(widthOf(title), ...texts.map((row) => widthOf(row[i] ?? ''))));
  const isNumber = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === null),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => {
        const gap = ' '.repeat((widths[i] ?? 0) - widthOf(text));
        return isNumber[i] === true ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...texts.map(line)].join('\n');
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** For people, while standard output belongs to the answer: numbers of people are masked. */
export const tell = (text: string): void => {
  process.stderr.write(`${discreet(text)}\n`);
};

/** One line of JSON; 64-bit counts are numbers. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** What, where, allowed, remedy. Unforeseen errors show where they come from. */
export function explain(error: unknown): string {
  if (isAbort(error)) return 'Ended by a signal before it was done. What was done stays; start it again to go on.';
  if (!isHubError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return explain(new HubError('HUB_INTERNAL', `unforeseen: ${message}`, {}, { cause: error }));
  }
  const lines = [`${error.code}: ${error.message}`];
  for (const problem of problemsOf(error)) lines.push(`  - ${problem}`);
  const { allowed } = error.details;
  const isThere = allowed !== undefined && !(Array.isArray(allowed) && allowed.length === 0);
  if (isThere && !error.message.includes('llowed')) lines.push(`  allowed: ${allowedText(allowed)}`);
  lines.push(`  remedy: ${error.remedy}`);
  if (error.code === 'HUB_INTERNAL' && error.cause instanceof Error)
    lines.push(`  cause: ${error.cause.stack ?? error.cause.message}`);
  return discreet(lines.join('\n'));
}

const allowedText = (allowed: unknown): string => (Array.isArray(allowed) ? allowed.join(', ') : String(allowed));

function problemsOf({ details }: HubError): readonly string[] {
  const failures = details['failures'];
  if (!Array.isArray(failures)) return [];
  return failures.map((failure: { code?: string; message?: string }) => `${failure.code}: ${failure.message}`);
}

/** See `hub --help`. */
export const EXIT = { done: 0, internal: 1, usage: 2, mend: 3, later: 4, interrupted: 130 } as const;

export function exitCodeOf(error: unknown): number {
  if (isAbort(error)) return EXIT.interrupted;
  if (!isHubError(error) || error.code === 'HUB_INTERNAL') return EXIT.internal;
  if (/^HUB_(?:CONFIG_|ARGUMENT_|CATALOG_NOT_FOUND$)/.test(error.code)) return EXIT.usage;
  // Another worker can do the work; this program, started again, cannot.
  if (error.code === 'HUB_STORE_NEWER') return EXIT.mend;
  return error.recovery === 'retry' ? EXIT.later : EXIT.mend;
}
