import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ZodType, z } from 'zod';
import { BASE_NAMES, type BaseName } from '../../schemas/base.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { readGiven } from './given-file.ts';
import { bareSchemas, type Problem, problemsOf, sentenceOf } from './problems.ts';
import { typeOf } from './schema-rows.ts';
import { type Environment, fillSecrets, redactText } from './secrets.ts';
import { parseYaml, type YamlText } from './yaml-text.ts';

/** A leaf that the environment can set too. */
const from = <T extends ZodType>(env: string, schema: T, secret = false): T => schema.meta({ env, secret });

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'a URL postgres://user:password@host:port/database');
const whole = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

/** `legal-entity` as a setting: `legalEntity`. */
type SettingOf<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<SettingOf<Rest>>}`
  : Name;
export const settingOfBase = (name: BaseName): SettingOf<BaseName> =>
  name.replaceAll(/-./g, (part) => part.slice(1).toUpperCase()) as SettingOf<BaseName>;

const DATABASES_OF_BASES = Object.fromEntries(
  BASE_NAMES.map((name) => [
    settingOfBase(name),
    from(`${name.replaceAll('-', '_').toUpperCase()}_DATABASE_URL`, postgresUrl, true)
      .optional()
      .describe(`PostgreSQL of the ${name.replaceAll('-', ' ')} base; absent: the database of the hub`),
  ]),
) as Record<SettingOf<BaseName>, z.ZodOptional<typeof postgresUrl>>;

/** Every setting of the hub. `hub.yaml` has this shape; the environment wins over it. */
const hubSettings = z.strictObject({
  database: z
    .strictObject({
      url: from('DATABASE_URL', postgresUrl, true)
        .optional()
        .describe('PostgreSQL of the hub; absent: an embedded server in dataFolder'),
      ...DATABASES_OF_BASES,
      maxConnections: from('HUB_DATABASE_CONNECTIONS', whole(4, 500))
        .default(16)
        .describe(
          'connections of one process to each database that work, at most; beside them it holds some that wait: for pushes, for the log, three for jobs',
        ),
    })
    .prefault({})
    .describe('Where everything is stored'),
  kafka: z
    .strictObject({
      brokers: from('KAFKA_BROKERS', z.array(z.string().regex(/^\S+:\d+$/, 'host:port')).min(1))
        .optional()
        .describe('bootstrap brokers, host:port with commas between; absent: the embedded log in PostgreSQL'),
      ssl: from('KAFKA_SSL', z.boolean()).default(false).describe('TLS to the brokers'),
      sessionTimeoutMs: from('KAFKA_SESSION_TIMEOUT_MS', whole(6_000, 300_000))
        .default(10_000)
        .describe('milliseconds without a sign of life after which the partitions of a worker go to another one'),
      sasl: z
        .strictObject({
          mechanism: from('KAFKA_SASL_MECHANISM', z.enum(['plain', 'scram-sha-256', 'scram-sha-512'])).describe(
            'how to log in',
          ),
          username: from('KAFKA_SASL_USERNAME', z.string().min(1)).describe('user name at the brokers'),
          password: from('KAFKA_SASL_PASSWORD', z.string().min(1), true).describe('password at the brokers'),
        })
        .optional()
        .describe('login at the brokers; absent: none'),
    })
    .prefault({})
    .describe('The event log'),
  redis: z
    .strictObject({
      url: from('REDIS_URL', z.string().regex(/^rediss?:\/\/\S+$/, 'a URL redis://host:port'), true)
        .optional()
        .describe('Redis of the job queue; absent: the queue lives in PostgreSQL'),
    })
    .prefault({})
    .describe('The job queue'),
  http: z
    .strictObject({
      host: from('HUB_HTTP_HOST', z.string().min(1)).default('127.0.0.1').describe('address the catalog listens on'),
      port: from('HUB_HTTP_PORT', whole(0, 65_535)).default(8080).describe('port of the catalog; 0: any free one'),
      openLookup: from('HUB_HTTP_OPEN_LOOKUP', z.boolean())
        .default(false)
        .describe('whoever may look entities up may also ask whether a person with a number is in a base'),
      publicUrl: from('HUB_PUBLIC_URL', z.string().regex(/^https?:\/\/[^\s/]+$/, 'such as https://hub.example.gov.cn'))
        .optional()
        .describe('as browsers call the catalog, where a proxy stands before it; absent: by the header Host'),
      metricsToken: from('HUB_METRICS_TOKEN', z.string().min(16), true)
        .optional()
        .describe('what reads /metrics sends as a bearer token; absent: only a program on this machine may'),
      openFeeds: from('HUB_OPEN_FEEDS', z.array(z.enum(['sdmx', 'features'])))
        .default(['sdmx'])
        .describe('feeds that everybody may read without signing in'),
    })
    .prefault({})
    .describe('The catalog'),
  log: z
    .strictObject({
      level: from('HUB_LOG_LEVEL', z.enum(['debug', 'info', 'warn', 'error']))
        .default('info')
        .describe('least severity that is logged'),
      pretty: from('HUB_LOG_PRETTY', z.boolean()).default(false).describe('lines for people instead of JSON'),
    })
    .prefault({})
    .describe('Logging, to standard error'),
  breaker: z
    .strictObject({
      share: from('HUB_BREAKER_SHARE', z.number().gt(0).max(1))
        .default(0.5)
        .describe('share of rejected records in a batch from which a pipeline stops'),
      minRecords: from('HUB_BREAKER_MIN_RECORDS', whole(1, 1_000_000))
        .default(100)
        .describe('smaller batches never stop a pipeline'),
    })
    .prefault({})
    .describe('When most of a batch is rejected, the source has changed'),
  keep: z
    .strictObject({
      runDays: from('HUB_KEEP_RUN_DAYS', whole(7, 36_500))
        .default(400)
        .describe('days for which ended runs, askings of rules and closed changes are kept'),
      batchDays: from('HUB_KEEP_BATCH_DAYS', whole(7, 36_500))
        .default(400)
        .describe('days for which is kept what each batch counted; sums over all batches stay'),
      replayedDays: from('HUB_KEEP_REPLAYED_DAYS', whole(7, 36_500))
        .default(90)
        .describe('days for which rows stay in quarantine that have come in since'),
      pastDays: from('HUB_KEEP_PAST_DAYS', whole(366, 36_500))
        .default(3_650)
        .describe('days for which the hub can say in which entity a record was'),
    })
    .prefault({})
    .describe('What `hub tidy` takes away, and when'),
  dataFolder: from('HUB_DATA_FOLDER', z.string().min(1))
    .default('.hub')
    .describe('folder of the embedded services, relative to the working directory'),
  partitions: from('HUB_PARTITIONS', whole(1, 1_000))
    .default(4)
    .describe('partitions of a new topic: the most workers that share a stream'),
  batchRecords: from('HUB_BATCH_RECORDS', whole(1, 50_000))
    .default(5_000)
    .describe('records a pipeline stores in one transaction, at most'),
  keepRawDays: from('HUB_KEEP_RAW_DAYS', whole(1, 36_500))
    .optional()
    .describe(
      'days that a row stays in the log (topics raw.*) where its stream says nothing; absent: for ever, so that `hub rebuild` sees all of it',
    ),
  publish: from('HUB_PUBLISH', z.enum(['auto', 'always', 'never']))
    .default('auto')
    .describe(
      'whether changes of entities go to the topics base.*; auto: to those that a consumer group reads, its whole state first',
    ),
  concurrency: from('HUB_CONCURRENCY', whole(1, 100))
    .default(2)
    .describe('systems that one process reads at the same time'),
  drainMs: from('HUB_DRAIN_MS', whole(0, 3_600_000))
    .default(20_000)
    .describe('milliseconds that running work may take to end after the first signal'),
});

type HubSettings = z.infer<typeof hubSettings>;
/** Settings as given, with the bases' databases filled in and the data folder absolute. */
export type HubConfig = HubSettings;

/** The environment of the process: the only place that looks at it. Also holds the secrets of system files. */
export const environment = (): Environment => process.env;

export interface ConfigOrigin {
  /** Default: the environment of the process. */
  readonly env?: Environment | undefined;
  /** A file that must exist. Default: `hub.yaml` in the working directory, if there is one. */
  readonly file?: string | undefined;
}

/**
 * Defaults < hub.yaml < environment. An empty variable is an absent one. `${NAME}` in hub.yaml is read from the environment.
 * @throws HUB_CONFIG_INVALID with all problems at once (`details.problems`), HUB_CONFIG_SECRET_MISSING,
 *   HUB_ARGUMENT_INVALID for a file that cannot be read
 */
export function loadConfig({ env = environment(), file }: ConfigOrigin = {}): HubConfig {
  const path = file ?? 'hub.yaml';
  const yaml = file !== undefined || existsSync(path) ? parseYaml(readGiven(path), path) : null;
  const written = fillSecrets(yaml?.value ?? {}, env, path);
  const { value, variables } = withEnvironment(written, env);
  const parsed = hubSettings.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error.issues, value, { path, yaml, variables });
  const config = parsed.data;
  return { ...config, dataFolder: resolve(config.dataFolder) };
}

/**
 * Secrets that stand in clear in `hub.yaml`, with the variable that may hold them instead; never the secrets themselves.
 * Of a file that `loadConfig` has taken.
 */
export function configWarnings({ file }: ConfigOrigin = {}): readonly string[] {
  const path = file ?? 'hub.yaml';
  if (file === undefined && !existsSync(path)) return [];
  const yaml = parseYaml(readGiven(path), path);
  return LEAVES.filter(({ secret }) => secret).flatMap(({ path: steps, env }) => {
    const value = steps.reduce<unknown>((at, step) => (isTree(at) ? at[step] : undefined), yaml.value);
    if (typeof value !== 'string' || !isClearSecret(value)) return [];
    return `${steps.join('.')} in ${path} holds a secret in clear (line ${yaml.lineOf(steps)}): leave it out and set ${env} in the environment, or write \${${env}} there`;
  });
}

/** A URL has one when it has a password; anything else that is called a secret is one. */
function isClearSecret(value: string): boolean {
  const plain = value.replaceAll(/\$\{[^}]*\}/g, '').replace(/:@/g, '@');
  return plain.includes('://') ? redactText(plain) !== plain : plain.trim() !== '';
}

interface Leaf {
  readonly path: readonly string[];
  readonly schema: ZodType;
  readonly env: string;
  readonly secret: boolean;
}

function leavesOf(schema: ZodType, path: readonly string[] = []): readonly Leaf[] {
  const [bare] = bareSchemas(schema);
  if (bare instanceof z.ZodObject)
    return Object.entries(bare.shape).flatMap(([key, inner]) => leavesOf(inner as ZodType, [...path, key]));
  const meta = { ...bare?.meta(), ...schema.meta() };
  return [{ path, schema, env: String(meta['env']), secret: meta['secret'] === true }];
}

const LEAVES = leavesOf(hubSettings);
const leafAt = (path: readonly (string | number)[]): Leaf | undefined =>
  LEAVES.find((leaf) => leaf.path.every((step, index) => path[index] === step));

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

function withEnvironment(written: unknown, env: Environment): { value: unknown; variables: ReadonlySet<string> } {
  const variables = new Set<string>();
  if (!isTree(written)) return { value: written, variables };
  const value = structuredClone(written);
  for (const leaf of LEAVES) {
    const text = Object.hasOwn(env, leaf.env) ? (env[leaf.env] ?? '') : '';
    if (text === '') continue;
    let at = value;
    for (const step of leaf.path.slice(0, -1)) {
      if (!isTree(at[step])) at[step] = {};
      at = at[step] as Tree;
    }
    at[leaf.path.at(-1) as string] = fromText(text, leaf.schema);
    variables.add(leaf.env);
  }
  return { value, variables };
}

/** What does not fit stays text, so that the error shows what was written. */
function fromText(text: string, schema: ZodType): unknown {
  const [bare] = bareSchemas(schema);
  if (bare instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (bare instanceof z.ZodBoolean)
    return { true: true, '1': true, false: false, '0': false }[text.trim().toLowerCase()] ?? text;
  if (bare instanceof z.ZodArray)
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return text;
}

function invalid(
  issues: readonly unknown[],
  value: unknown,
  { path, yaml, variables }: { path: string; yaml: YamlText | null; variables: ReadonlySet<string> },
): HubError {
  const isSecret = (at: readonly (string | number)[]): boolean => leafAt(at)?.secret === true;
  const problems = problemsOf(issues, hubSettings, value, { isSecret }).map((problem): Problem => {
    const steps = problem.path === '' ? [] : problem.path.split('.');
    const leaf = leafAt(steps);
    if (leaf !== undefined && variables.has(leaf.env)) return { ...problem, path: `${leaf.env} (${problem.path})` };
    if (leaf !== undefined && yaml === null) return { ...problem, path: `${problem.path} (${leaf.env})` };
    return yaml === null ? problem : { ...problem, line: yaml.lineOf(steps) };
  });
  const where = yaml === null ? 'The environment' : `${path} with the environment`;
  return new HubError('HUB_CONFIG_INVALID', `${where} is not valid: ${problems.map(sentenceOf).join('; ')}`, {
    file: yaml === null ? null : path,
    problems,
  });
}

export interface SettingRow {
  /** Path in hub.yaml. */
  readonly name: string;
  readonly env: string;
  /** As JSON; null when there is none. */
  readonly default: string | null;
  readonly type: string;
  readonly text: string;
  readonly secret: boolean;
}

/** Every setting, for `hub describe`, the README and its test. */
export function describeConfig(): readonly SettingRow[] {
  return LEAVES.map(({ path, schema, env, secret }) => {
    const fallback = schema.safeParse(undefined);
    const value = fallback.success ? fallback.data : undefined;
    return {
      name: path.join('.'),
      env,
      default: value === undefined ? null : JSON.stringify(value),
      type: typeOf(bareSchemas(schema)[0] ?? schema),
      text: schema.description ?? '',
      secret,
    };
  });
}

/** The configuration in force, to print: secrets are `***`, URLs keep everything but their password. */
export function printableConfig(config: HubConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    LEAVES.map(({ path, secret }) => {
      const value = path.reduce<unknown>((at, step) => (isTree(at) ? at[step] : undefined), config);
      if (!secret || typeof value !== 'string') return [path.join('.'), value ?? null];
      return [path.join('.'), value.includes('://') ? redactText(value) : '***'];
    }),
  );
}
