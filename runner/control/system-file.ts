import { connectorByType } from '../../connectors/index.ts';
import { BASES } from '../../pipelines/bases.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { mappingsOf, type StreamEntry, type SystemFile, systemFile } from '../../schemas/system.ts';
import { parseQuietHours } from '../pull/limits.ts';
import { type Problem, problemsOf, sentenceOf } from '../settings/problems.ts';
import { clearSecretsIn, isSecretPath } from '../settings/secrets.ts';
import { parseYaml, type YamlPath } from '../settings/yaml-text.ts';
import { placeholdersIn } from './placeholders.ts';
import { CONTINUOUS, validateSchedule } from './schedule.ts';

type LineOf = (path: YamlPath) => number;

/**
 * The shape of a system file; what its names mean is for `validateSystem`.
 * @param fileName for messages only.
 * @throws HUB_CONFIG_INVALID with all problems (`details.problems`: path, line, given, allowed).
 */
export function parseSystemFile(yamlText: string, fileName: string): SystemFile {
  return shapeOf(yamlText, fileName).spec;
}

/** Shape and meaning in one, with lines in the file. Throws as `parseSystemFile` and `validateSystem` do. */
export const readSystemFile = (yamlText: string, fileName: string): SystemFile =>
  openSystemFile(yamlText, fileName).spec;

/** As `readSystemFile`, with what can be used as it is and should be mended, and what `hub apply` refuses. */
export function openSystemFile(
  yamlText: string,
  fileName: string,
): { readonly spec: SystemFile; readonly warnings: readonly string[]; readonly placeholders: readonly Problem[] } {
  const { spec, lineOf } = shapeOf(yamlText, fileName);
  requireValid(spec, fileName, lineOf);
  return { spec, warnings: warningsOf(spec, lineOf), placeholders: placeholdersIn(spec, lineOf) };
}

/** Where people put them: how a source is reached, and what each request of a stream carries. */
const secretPlaces = ({ connection, streams }: SystemFile): readonly (readonly (string | number)[])[] => [
  ...clearSecretsIn(connection).map((path) => ['connection', ...path]),
  ...Object.entries(streams).flatMap(([stream, { source }]) =>
    clearSecretsIn((source as { readonly query?: unknown }).query).map((path) => [
      ...['streams', stream, 'source', 'query'],
      ...path,
    ]),
  ),
];

/** Secrets in clear: never the secret itself, and the name that may stand in its place. */
export const warningsOf = (spec: SystemFile, lineOf?: LineOf): readonly string[] =>
  secretPlaces(spec).map((at) => {
    const path = at.slice(1);
    const names = [spec.system, ...path.filter((step) => typeof step === 'string').slice(-1)];
    const name = names
      .join('_')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replace(/\W/g, '_')
      .toUpperCase();
    const line = lineOf === undefined ? '' : ` (line ${lineOf(at)})`;
    return `${at.join('.')} of ${spec.system} holds a secret in clear${line}: write \${${name}} there and set ${name} in the environment`;
  });

/**
 * Everything that can be known without the source and without secrets: connector and its settings, schedule, limits,
 * attributes and conversions of mappings.
 * @throws HUB_CONFIG_INVALID, or HUB_MAPPING_INVALID when only mappings are wrong; `details.problems` has them all.
 */
export const validateSystem = (spec: SystemFile): void => requireValid(spec, `system ${spec.system}`);

function shapeOf(yamlText: string, fileName: string): { spec: SystemFile; lineOf: LineOf } {
  const { value, lineOf } = parseYaml(yamlText, fileName);
  const parsed = systemFile.safeParse(value);
  if (parsed.success) return { spec: parsed.data, lineOf };
  throw invalid('HUB_CONFIG_INVALID', fileName, problemsOf(parsed.error.issues, systemFile, value, { lineOf }));
}

const invalid = (code: ErrorCode, where: string, problems: readonly Problem[]): HubError =>
  new HubError(code, `${where} is not valid: ${problems.map(sentenceOf).join('; ')}`, { where, problems });

function requireValid(spec: SystemFile, where: string, lineOf?: LineOf): void {
  const settings: Problem[] = [];
  const mappings: Problem[] = [];
  const check = (into: Problem[], path: readonly string[], work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!isHubError(error)) throw error;
      into.push({
        path: path.join('.'),
        ...(lineOf === undefined ? {} : { line: lineOf(path) }),
        problem: error.message,
      });
    }
  };

  check(settings, ['connector'], () => connectorByType(spec.connector));
  if (settings.length === 0) settings.push(...connectorProblems(spec, lineOf));
  const { schedule, limits } = spec;
  if (schedule !== undefined) check(settings, ['schedule'], () => requireSchedule(schedule, spec.connector));
  check(settings, ['limits', 'quietHours'], () => parseQuietHours(limits.quietHours));
  const names = Object.keys(spec.streams);
  if (names.length === 0) check(settings, ['streams'], () => refuse('there is no stream'));
  for (const name of names) {
    const stream = spec.streams[name] as StreamEntry;
    const path = ['streams', name];
    const base = BASES.find((one) => one.name === stream.base);
    if (base === undefined) {
      if (mappingsOf(stream).some((mapping) => Object.keys(mapping).length > 0))
        check(settings, [...path, 'mapping'], () => refuse('a mapping needs a base'));
      if (stream.detectDeletes) check(settings, [...path, 'detectDeletes'], () => refuse('it compares with a base'));
      continue;
    }
    const { mapping, records } = stream;
    if (records !== undefined && stream.detectDeletes)
      check(settings, [...path, 'detectDeletes'], () =>
        refuse('it compares rows, and here a row becomes several records'),
      );
    const parts = Object.entries(records ?? {}).map(([part, own]) => ({ at: ['records', part], own }));
    const places = [{ at: ['mapping'], own: mapping }, ...parts];
    for (const { at, own } of parts.length > 0 ? parts : places)
      check(mappings, [...path, ...at], () => requireNeeded(base, { ...mapping, ...own }));
    for (const { at, own } of places)
      for (const attribute of Object.keys(own))
        check(mappings, [...path, ...at, attribute], () =>
          compileAttribute(spec, name, base, { ...mapping, ...own }, attribute),
        );
  }
  const problems = [...settings, ...mappings];
  if (problems.length === 0) return;
  throw invalid(settings.length === 0 ? 'HUB_MAPPING_INVALID' : 'HUB_CONFIG_INVALID', where, problems);
}

/** @throws HUB_MAPPING_INVALID for a mapping whose records nobody would find; one that is empty maps nothing yet. */
function requireNeeded({ name, needs = [], attributes }: BaseDefinition, mapping: StreamEntry['mapping']): void {
  const missing = needs.filter((attribute) => !Object.hasOwn(mapping, attribute));
  if (Object.keys(mapping).length === 0 || missing.length === 0) return;
  const told = missing.map((attribute) => `${attribute} (${attributes[attribute]?.zh}, ${attributes[attribute]?.en})`);
  throw new HubError(
    'HUB_MAPPING_INVALID',
    `each record of ${name} needs ${told.join(' and ')}: name a column with \`from\`, or with \`is\` the value of the whole stream`,
    { missing },
  );
}

/** @throws HUB_CONFIG_INVALID */
function requireSchedule(schedule: string, type: string): void {
  if (schedule !== CONTINUOUS) validateSchedule(schedule);
  else if (connectorByType(type).canFollow !== true)
    refuse(`${type} cannot tell of news by itself; give a cron expression instead of ${CONTINUOUS}`);
}

function refuse(problem: string): never {
  throw new HubError('HUB_CONFIG_INVALID', problem);
}

/** One attribute at a time, with those its `at` leads to, so that all wrong ones are told. */
function compileAttribute(
  spec: SystemFile,
  stream: string,
  base: BaseDefinition,
  mapping: StreamEntry['mapping'],
  attribute: string,
): void {
  const needed: Record<string, (typeof mapping)[string]> = {};
  for (let name: string | undefined = attribute; name !== undefined && !Object.hasOwn(needed, name); ) {
    const entry: (typeof mapping)[string] | undefined = Object.hasOwn(mapping, name) ? mapping[name] : undefined;
    if (entry === undefined) break;
    needed[name] = entry;
    name = entry.at;
  }
  const columns = Object.values(needed).flatMap(({ from }) => from);
  compileMapping(base, needed, columns, { system: spec.system, stream }, () => '2000-01-01');
}

/** What connectors take as configuration: `connection`, and the `source` of each stream by its name. */
export const connectorInput = (
  spec: SystemFile,
  connection: Readonly<Record<string, unknown>> = spec.connection,
): { connection: Readonly<Record<string, unknown>>; streams: Readonly<Record<string, unknown>> } => ({
  connection,
  streams: Object.fromEntries(Object.entries(spec.streams).map(([name, { source }]) => [name, source])),
});

/** What the connector finds in its settings; a value that is still a `${NAME}` cannot be judged. */
function connectorProblems(spec: SystemFile, lineOf?: LineOf): Problem[] {
  const { config } = connectorByType(spec.connector);
  const input = connectorInput(spec);
  const parsed = config.safeParse(input);
  if (parsed.success) return [];
  const issues = parsed.error.issues.filter(({ path }) => !isPlaceholder(input, path));
  return connectorIssues(issues, spec, input, lineOf, isSecretPath);
}

/** Problems of a connector's settings under the paths they have in the system file. */
export function connectorIssues(
  issues: readonly unknown[],
  spec: SystemFile,
  input: unknown,
  lineOf?: LineOf,
  isSecret?: (path: YamlPath) => boolean,
): Problem[] {
  const inFile = (path: YamlPath): YamlPath =>
    path[0] === 'streams' && path.length > 2 ? ['streams', path[1] ?? '', 'source', ...path.slice(2)] : path;
  const { config } = connectorByType(spec.connector);
  const place = { isSecret, lineOf: lineOf === undefined ? undefined : (path: YamlPath) => lineOf(inFile(path)) };
  return problemsOf(issues, config, input, place).map((problem) => ({
    ...problem,
    path: inFile(problem.path.split('.')).join('.'),
  }));
}

function isPlaceholder(input: unknown, path: readonly PropertyKey[]): boolean {
  let at = input;
  for (const step of path) at = (at as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[step];
  return typeof at === 'string' && at.includes('${');
}
