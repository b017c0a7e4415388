import { HubError, toHubError } from '../schemas/kernel/errors.ts';
import type { RawRecord, RawValue } from '../schemas/stream.ts';
import type { MappingEntry } from '../schemas/system.ts';
import type { ConversionInput } from './conversions/contract.ts';
import { type Convert, type Converted, isLoaded, prepareConversion } from './conversions.ts';
import { nearest } from './nearest.ts';
import type { AttributeSpec, BaseDefinition, RuleContext } from './pipeline.ts';
import type { AttributeValue, Issue, Normalize, NormalRecord } from './record.ts';
import { evaluateRules, recordRules } from './rules.ts';
import { todayInShanghai } from './standards/gregorian.ts';

export interface MappingPlace {
  readonly system: string;
  readonly stream: string;
  /** Credit code of the department that owns the system; rule L12 refuses it as the identifier of anybody else. */
  readonly ownerCode?: string;
}

interface Step {
  readonly attribute: string;
  readonly columns: readonly string[];
  /** Filled anew for each record; conversions read it and do not keep it. */
  readonly values: RawValue[];
  readonly convert: Convert;
  readonly at: string | null;
  readonly input: { readonly attribute: string; at: string | null; today: string };
}

const NO_ISSUES: readonly Issue[] = Object.freeze([]);
const NOTHING: NormalRecord = Object.freeze({ attributes: Object.freeze({}), issues: NO_ISSUES });

const columnsOf = (entry: MappingEntry): readonly string[] =>
  typeof entry.from === 'string' ? [entry.from] : entry.from;

/** Every failure of a mapping reads alike: where, what, the likely name, and the allowed names in `details.allowed`. */
function invalid(
  place: MappingPlace,
  attribute: string,
  kind: string,
  name: string,
  allowed: readonly string[],
): HubError {
  const meant = nearest(name, allowed);
  const hint = meant === null ? '' : `; did you mean "${meant}"?`;
  return new HubError(
    'HUB_MAPPING_INVALID',
    `System ${place.system}, stream ${place.stream}, attribute ${attribute}: unknown ${kind} "${name}"${hint} Allowed: ${allowed.join(', ')}`,
    { system: place.system, stream: place.stream, attribute, unknown: name, allowed },
  );
}

/** Attributes in mapping order, each after the one that its `at` names. */
function evaluationOrder(mapping: Readonly<Record<string, MappingEntry>>, place: MappingPlace): readonly string[] {
  const names = Object.keys(mapping);
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.has(name)) return;
    if (path.includes(name)) {
      throw new HubError(
        'HUB_MAPPING_INVALID',
        `System ${place.system}, stream ${place.stream}, attribute ${name}: "at" leads back to itself (${[...path, name].join(' -> ')})`,
        { system: place.system, stream: place.stream, attribute: name, path: [...path, name] },
      );
    }
    const at = mapping[name]!.at;
    if (at !== undefined) {
      if (!Object.hasOwn(mapping, at)) throw invalid(place, name, 'mapped attribute in "at"', at, names);
      visit(at, [...path, name]);
    }
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered];
}

const READS: Readonly<Partial<Record<AttributeSpec['type'], string>>> = {
  ...{ region: 'region', date: 'chinese-date-end', decimal: 'decimal', integer: 'integer', boolean: 'boolean' },
};

/**
 * A value for the whole stream, read as the same text of a column would be; null when the entry names columns. One that
 * reads with an error can never be right.
 * @throws HUB_MAPPING_INVALID for it.
 */
function constantOf(entry: MappingEntry, attribute: string, { type, reads }: AttributeSpec): Convert | null {
  const short = /^constant\((.*)\)$/su.exec(entry.as)?.[1];
  const value = entry.is ?? short;
  if (value === undefined) return null;
  const how = entry.is === undefined ? (reads ?? READS[type] ?? 'text') : entry.as;
  const convert = prepareConversion(how);
  const read = (input: ConversionInput): Converted => convert([value], input);
  if (entry.at !== undefined || !isLoaded(how)) return (_, input) => read(input);
  const found = read({ attribute, at: null, today: todayInShanghai() });
  const wrong = found.issues.find(({ severity }) => severity === 'E' || severity === 'F');
  if (wrong !== undefined)
    throw new HubError('HUB_MAPPING_INVALID', `"is: ${value}" cannot be read by ${how}: ${wrong.message}`, {
      conversion: how,
      value,
    });
  return () => found;
}

function compileStep(
  attribute: string,
  entry: MappingEntry,
  columns: readonly string[],
  place: MappingPlace,
  spec: AttributeSpec,
): Step {
  const from = columnsOf(entry);
  for (const column of from) {
    if (!columns.includes(column)) throw invalid(place, attribute, 'column', column, columns);
  }
  let convert: Convert;
  try {
    convert = constantOf(entry, attribute, spec) ?? prepareConversion(entry.as);
  } catch (error) {
    const cause = toHubError(error, 'HUB_MAPPING_INVALID', `conversion "${entry.as}"`);
    throw new HubError(
      'HUB_MAPPING_INVALID',
      `System ${place.system}, stream ${place.stream}, attribute ${attribute}: ${cause.message}`,
      { ...cause.details, system: place.system, stream: place.stream, attribute },
      { cause },
    );
  }
  return {
    attribute,
    columns: from,
    values: from.map(() => null),
    convert,
    at: entry.at ?? null,
    input: { attribute, at: null, today: '' },
  };
}

const GRAVEST_FIRST = 'FEWI';

/** Of a rule that finds two things in an attribute, such as a note on what was mended and an error, the graver is kept. */
function addOnce(issues: Issue[], more: readonly Issue[]): void {
  for (const issue of more) {
    const at = issues.findIndex((known) => known.rule === issue.rule && known.attribute === issue.attribute);
    if (at === -1) issues.push(issue);
    else if (GRAVEST_FIRST.indexOf(issue.severity) < GRAVEST_FIRST.indexOf((issues[at] as Issue).severity))
      issues[at] = issue;
  }
}

/**
 * Compiles the mapping of one stream into the function that makes normalised records of raw ones: conversions first,
 * then the rules of the base. Of each rule the gravest issue of an attribute is kept. A conversion may tell attributes beside
 * its own (`extra`); they fill what the mapping leaves empty, and names that the base does not have are dropped.
 * Deletes have no value and become a record without attributes.
 *
 * @param columns what the source has, for the check of `from`.
 * @param today `YYYY-MM-DD`, asked once a record.
 * @throws HubError HUB_MAPPING_INVALID when an attribute, column or conversion is unknown or `at` runs in a circle. What a
 *   conversion throws on a record passes through.
 */
export function compileMapping(
  base: BaseDefinition,
  mapping: Readonly<Record<string, MappingEntry>>,
  columns: readonly string[],
  place: MappingPlace,
  today: () => string,
): Normalize {
  for (const attribute of Object.keys(mapping)) {
    if (!Object.hasOwn(base.attributes, attribute)) {
      throw invalid(place, attribute, `attribute of ${base.name}`, attribute, Object.keys(base.attributes));
    }
  }
  const steps = evaluationOrder(mapping, place).map((name) =>
    compileStep(name, mapping[name]!, columns, place, base.attributes[name] as AttributeSpec),
  );
  const rules = recordRules(base.rules);
  const contextOn = (day: string): RuleContext =>
    place.ownerCode === undefined ? { today: day } : { today: day, ownerCode: place.ownerCode };
  let context = contextOn('');

  return (record: RawRecord): NormalRecord => {
    const row = record.value;
    if (row === null) return NOTHING;
    const day = today();
    if (context.today !== day) context = contextOn(day);
    const attributes: Record<string, AttributeValue> = {};
    let issues: Issue[] | null = null;

    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      const { columns: from, values, input } = step;
      for (let c = 0; c < from.length; c++) values[c] = row[from[c]!] ?? null;
      if (step.at !== null) {
        const date = attributes[step.at];
        input.at = typeof date === 'string' ? date : null;
      }
      input.today = day;
      const converted = step.convert(values, input);
      if (converted.value !== null || attributes[step.attribute] === undefined)
        attributes[step.attribute] = converted.value;
      if (converted.issues.length > 0) {
        issues ??= [];
        addOnce(issues, converted.issues);
      }
      if (converted.extra !== undefined) fill(base, attributes, converted.extra);
    }

    const broken = evaluateRules(rules, attributes, context, issues ?? NO_ISSUES);
    if (issues === null) return { attributes, issues: broken.length === 0 ? NO_ISSUES : broken };
    addOnce(issues, broken);
    return { attributes, issues };
  };
}

function fill(
  base: BaseDefinition,
  attributes: Record<string, AttributeValue>,
  extra: NormalRecord['attributes'],
): void {
  for (const name in extra) {
    if (Object.hasOwn(base.attributes, name) && (attributes[name] ?? null) === null)
      attributes[name] = extra[name] ?? null;
  }
}
