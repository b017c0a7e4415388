import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

const SPECIAL = /[\\\t\n\r]/;
const PLAIN = /^[\w:.-]*$/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value of COPY's text format. The text has no NUL. */
export const copyText = (text: string): string =>
  SPECIAL.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (found) => ESCAPES[found] as string) : text;

const UNESCAPED: Readonly<Record<string, string>> = { '\\': '\\', t: '\t', n: '\n', r: '\r' };

/** What a value of COPY's text format says. */
export const plainText = (text: string): string =>
  text.replaceAll(/\\([\\tnr])/g, (_, sign: string) => UNESCAPED[sign] ?? sign);

/** A `text[]` in COPY's text format. */
export function copyTextArray(values: readonly string[]): string {
  if (values.length === 0) return '{}';
  if (values.length === 1 && PLAIN.test(values[0] as string)) return `{"${values[0]}"}`;
  return copyText(`{${values.map((value) => `"${value.replaceAll(/[\\"]/g, '\\$&')}"`).join(',')}}`);
}

/** Sends lines of COPY's text format, each without its line end. Nothing is sent for no lines. */
export async function copyLines(client: ClientBase, target: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN`));
  await pipeline(Readable.from(chunks(lines)), stream);
}

const LINES_A_CHUNK = 500;

function* chunks(lines: readonly string[]): Iterable<Buffer> {
  for (let i = 0; i < lines.length; i += LINES_A_CHUNK)
    yield Buffer.from(`${lines.slice(i, i + LINES_A_CHUNK).join('\n')}\n`);
}
