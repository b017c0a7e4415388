import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { HubError } from '../../schemas/kernel/errors.ts';

export type YamlPath = readonly (string | number)[];

export interface YamlText {
  /** Plain data; null for an empty text. */
  readonly value: unknown;
  /** Line (from 1) of the key or item at the path, or of its nearest parent. */
  lineOf(path: YamlPath): number;
}

/** Enough for settings; an alias bomb passes it at once. */
const MAX_ALIASES = 100;
const MAX_BYTES = 1024 * 1024;

/**
 * One YAML 1.2 document. Duplicate keys, unknown tags, several documents, too many aliases and more than 1 MiB are refused.
 * @throws HUB_CONFIG_INVALID with every error and its line.
 */
export function parseYaml(text: string, fileName: string): YamlText {
  const fail = (problems: readonly string[]): HubError =>
    new HubError('HUB_CONFIG_INVALID', `${fileName} is not valid YAML: ${problems.join('; ')}`, {
      file: fileName,
      problems,
    });
  if (text.length > MAX_BYTES) throw fail([`it is longer than ${MAX_BYTES} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    // A tag that the library does not know would turn silently into text.
    logLevel: 'warn',
  });
  const found = [...document.errors, ...document.warnings];
  if (found.length > 0) throw fail(found.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message}`));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw fail([(error as Error).message]);
  }
  // Written as `"\0"` they pass YAML, but PostgreSQL keeps neither in JSON.
  if (/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(value) ?? ''))
    throw fail(['a text holds NUL or half of a surrogate pair']);
  return {
    value,
    lineOf(path) {
      let node: unknown = document.contents;
      let at = startOf(node) ?? 0;
      for (const step of path) {
        const pair = isMap(node)
          ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
          : null;
        const next =
          pair === null ? (node as { items?: readonly unknown[] } | null)?.items?.[Number(step)] : pair?.value;
        const start = startOf(pair?.key ?? next);
        if (start === null) break;
        at = start;
        node = next;
      }
      return lines.linePos(at).line;
    },
  };
}

const startOf = (node: unknown): number | null => (node as Node | null | undefined)?.range?.[0] ?? null;
