import { type Document, isMap, isScalar, Lexer, LineCounter, type Node, parseDocument, visit } from 'yaml';
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
const MAX_DEPTH = 60;
const MAX_BYTES = 1024 * 1024;
/** Of an indent: sixty levels of it are wide. */
const MAX_COLUMNS = 600;
/** One mistake can be found thousands of times. */
const MAX_PROBLEMS = 10;

/**
 * One YAML 1.2 document of plain data. Duplicate keys, keys that are no text, `__proto__`, tags that make other things, an
 * anchor inside itself, too many aliases, several documents and more than 1 MiB are refused.
 * @throws HUB_CONFIG_INVALID with every error and its line.
 */
export function parseYaml(text: string, fileName: string): YamlText {
  const fail = (problems: readonly string[]): HubError =>
    new HubError('HUB_CONFIG_INVALID', `${fileName} is not valid YAML: ${problems.join('; ')}`, {
      file: fileName,
      problems,
    });
  if (text.length > MAX_BYTES) throw fail([`line 1: it is longer than ${MAX_BYTES} characters`]);
  const tooDeep = lineTooDeep(text);
  if (tooDeep !== null) throw fail([`line ${tooDeep}: it is nested deeper than ${MAX_DEPTH} levels`]);
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    // A tag that the library does not know would turn silently into text.
    logLevel: 'warn',
  });
  const errors = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    at: pos[0],
    message: WORDS[code] ?? message,
  }));
  const found = errors.length > 0 ? errors : unfitIn(document);
  if (found.length > 0)
    throw fail([
      ...new Set(found.slice(0, MAX_PROBLEMS).map(({ at, message }) => `line ${lines.linePos(at).line}: ${message}`)),
    ]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const isBomb = error instanceof ReferenceError;
    const why = isBomb ? `aliases (*name) stand for more than ${MAX_ALIASES} copies` : (error as Error).message;
    throw fail([`line 1: ${why}`]);
  }
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

const INDENT =
  'a name with `:` stands where a value has begun: the line is indented too far, or a text with `: ` in it wants quotes';

/** Where the words of the library are about the library. */
const WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here (---, or after ...); write each into a file of its own',
  DUPLICATE_KEY: 'this name stands twice in its group; one of them must go',
  TAB_AS_INDENT: 'a tab is no indent in YAML: write blanks',
  BLOCK_AS_IMPLICIT_KEY: INDENT,
  MULTILINE_IMPLICIT_KEY: INDENT,
};

/**
 * The line on which the text nests so deep that the parser, which calls itself at each level, would end the whole process;
 * null when it does not.
 */
function lineTooDeep(text: string): number | null {
  let line = 1;
  let column = 0;
  let brackets = 0;
  let isFirst = true;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    const isText = isScalarNext;
    isScalarNext = token === '\x1f';
    if (isScalarNext || token === '\x02') continue;
    if (!isText && /^[[{]$/.test(token)) brackets++;
    if (!isText && /^[\]}]$/.test(token)) brackets--;
    const isIndent = /^[ \t\r\n]/.test(token);
    const begins = brackets === 0 && !isIndent && (isFirst || token === '-' || token === '?');
    if (brackets > MAX_DEPTH || (begins && column > MAX_COLUMNS)) return line;
    const ends = token.split('\n').length - 1;
    line += ends;
    column = ends === 0 ? column + token.length : token.length - token.lastIndexOf('\n') - 1;
    isFirst = ends > 0 || (isFirst && isIndent);
  }
  return null;
}

const startOf = (node: unknown): number | null => (node as Node | null | undefined)?.range?.[0] ?? null;

interface Unfit {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
}

const PLAIN_TAGS = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`);

/** What the library takes and plain data cannot be. */
function unfitIn(document: Document.Parsed): readonly Unfit[] {
  const unfit: Unfit[] = [];
  const refuse = (node: unknown, message: string): void => {
    unfit.push({ at: startOf(node) ?? 0, message });
  };
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') refuse(null, `it is YAML ${yaml.version}; write YAML 1.2`);
  const refuseTag = (node: { tag?: string | undefined }): void => {
    const { tag } = node;
    if (tag !== undefined && !PLAIN_TAGS.includes(tag)) refuse(node, `the tag ${tag} makes no plain data`);
  };
  visit(document, {
    Collection(_, node, path) {
      refuseTag(node);
      if (path.length <= 2 * MAX_DEPTH) return undefined;
      refuse(node, `it is nested deeper than ${MAX_DEPTH} levels`);
      return visit.BREAK;
    },
    Alias(_, node, path) {
      const target = node.resolve(document);
      if (target === undefined) refuse(node, `there is no anchor &${node.source} before *${node.source}`);
      else if (path.includes(target))
        refuse(node, `*${node.source} stands inside of what &${node.source} names: it would never end`);
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value !== null && typeof key.value !== 'object') {
        if (key.value === '__proto__') refuse(key, '__proto__ cannot be a name');
      } else refuse(key, 'a key is not a text');
    },
    Scalar(_, node) {
      refuseTag(node);
      const { value } = node;
      // Written as `"\\0"` they pass YAML, but PostgreSQL keeps neither in JSON.
      if (typeof value === 'string' && (value.includes('\0') || !isWellFormed(value)))
        refuse(node, 'a text holds NUL or half of a surrogate pair');
    },
  });
  return unfit;
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
