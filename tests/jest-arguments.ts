/** What follows `npm test --`, told apart. */
export interface TestRequest {
  /** Only tests that need no service. */
  readonly fast: boolean;
  /** Regular expressions for paths of test files; none: all. */
  readonly patterns: readonly string[];
  /** Options of jest with their values, as they were written. */
  readonly options: readonly string[];
}

/** The part of jest's table of options that says which of them is followed by a value. */
export type OptionTable = Readonly<
  Record<string, { readonly type?: string | undefined; readonly alias?: string | readonly string[] | undefined }>
>;

/** The suffix of the lanes that need a service: `x.pg.test.js`. */
const LANE = /\.([a-z]+)\.test\.js$/;

/** An option takes one value, also where jest would take all that follow: the next word is a pattern again. */
export function readRequest(args: readonly string[], table: OptionTable): TestRequest {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const patterns: string[] = [];
  const options: string[] = [];
  let fast = false;
  for (let i = 0; i < end; i += 1) {
    const arg = args[i] as string;
    const next = i + 1 < end ? args[i + 1] : undefined;
    if (arg === '--fast') fast = true;
    else if (arg.startsWith('--fast=')) {
      fast = true;
      patterns.push(arg.slice('--fast='.length));
    } else if (!arg.startsWith('-')) patterns.push(arg);
    else if (next !== undefined && takes(arg, next, table)) {
      options.push(arg, next);
      i += 1;
    } else options.push(arg);
  }
  // Tests run compiled; people name them by their sources.
  const compiled = [...patterns, ...args.slice(end + 1)].map((pattern) => pattern.replace(/\.ts$/, '.js'));
  return { fast, patterns: compiled, options };
}

/** For jest: options, `--`, patterns; behind `--` no option that takes a list can swallow them. */
export function jestArguments({ fast, patterns, options }: TestRequest, own: readonly string[]): readonly string[] {
  const lane = fast ? ['--testPathIgnorePatterns', LANE.source] : [];
  return [...own, ...options, ...lane, ...(patterns.length === 0 ? [] : ['--', ...patterns])];
}

/** Per pattern the files that it chooses, by jest's own reading: an expression, in any case, anywhere in the path. */
export function chosenFiles(
  { fast, patterns }: TestRequest,
  files: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const lane = fast ? files.filter((file) => !LANE.test(file)) : files;
  return new Map(patterns.map((pattern) => [pattern, lane.filter((file) => new RegExp(pattern, 'i').test(file))]));
}

/** What these files need started: the service of their lane, and the database that most tests of every lane use. */
export function servicesOf(files: readonly string[]): readonly string[] {
  const lanes = new Set(files.flatMap((file) => LANE.exec(file)?.[1] ?? []));
  return lanes.size === 0 ? [] : ['postgres', ...[...lanes].filter((lane) => lane !== 'pg')];
}

function takes(option: string, next: string, table: OptionTable): boolean {
  if (option.includes('=')) return false;
  const type = typeOf(option, table);
  if (type === null) return false;
  return type === 'boolean' ? /^(?:true|false)$/.test(next) : !next.startsWith('-');
}

/** null: unknown to jest, or a short option with its value attached (`-w2`). */
function typeOf(option: string, table: OptionTable): string | null {
  const name = option.replace(/^--?/, '').replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const [, found] =
    Object.entries(table).find(([key, { alias }]) => key === name || [alias].flat().includes(name)) ?? [];
  return found === undefined ? null : (found.type ?? 'string');
}
