import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { CONNECTORS } from '../../../../connectors/index.ts';
import { legalEntityAttributes } from '../../../../pipelines/legal-entity/attributes.ts';
import { populationAttributes } from '../../../../pipelines/population/attributes.ts';
import { DEPARTMENTS } from '../../../../runner/demo/departments/index.ts';
import { creditCode } from '../../../../runner/demo/world/check-digits.ts';
import { SYSTEM_NAMES } from '../../../../runner/demo/world/sample-system.ts';
import { SAMPLE_SYSTEMS } from '../../../../runner/demo/world/systems.ts';
import { qualified, TABLES } from '../../../../runner/demo/world/tables.ts';
import { fillSecrets } from '../../../../runner/settings/secrets.ts';
import { projectPath } from '../../../../schemas/kernel/paths.ts';
import { systemFile } from '../../../../schemas/system.ts';

const load = (path: string) => systemFile.parse(parse(readFileSync(projectPath('connectors/systems', path), 'utf8')));
const yamls = (folder: string): string[] =>
  readdirSync(projectPath('connectors/systems', folder)).filter((name) => name.endsWith('.yaml'));

test('there is one system file for each sample system and department', () => {
  const names = [...SYSTEM_NAMES, ...DEPARTMENTS.map(({ name }) => name)];
  expect(yamls('.').sort()).toEqual(names.map((name) => `${name}.yaml`).sort());
});

const SECRETS = {
  ...{ GOLDEN_SHIELD_URL: 'postgres://h/d', GOLDEN_INSURANCE_URL: 'postgres://h/d', GOLDEN_TAX_URL: 'postgres://h/d' },
  ...{ INDUSTRY_COMMERCE_FOLDER: '/ic', QUALITY_CODES_FOLDER: '/qc' },
  ...{ STAFFING_OFFICE_FOLDER: '/so', CIVIL_AFFAIRS_FOLDER: '/ca' },
};

const ATTRIBUTES = {
  population: Object.keys(populationAttributes),
  'legal-entity': Object.keys(legalEntityAttributes),
};

describe.each(SYSTEM_NAMES)('%s.yaml', (name) => {
  const file = load(`${name}.yaml`);
  const system = SAMPLE_SYSTEMS[name];
  const [stream] = Object.values(file.streams);
  const columns = system.columns.map((column) => column.name);

  test('is about the sample system', () => {
    expect(file.system).toBe(name);
    expect(Object.keys(file.streams)).toHaveLength(1);
    expect(stream?.base).toBe(system.base);
    expect(file.owner.uscc).toBe(creditCode(file.owner.uscc.slice(0, 17)));
    expect(JSON.stringify(file.connection)).toMatch(/\$\{[A-Z_]+\}/);
  });

  test('maps columns that exist to attributes that exist', () => {
    const from = Object.values(stream?.mapping ?? {}).flatMap((entry) => entry.from);
    expect(from.filter((column) => !columns.includes(column))).toEqual([]);
    expect(
      Object.keys(stream?.mapping ?? {}).filter((attribute) => !ATTRIBUTES[system.base].includes(attribute)),
    ).toEqual([]);
  });

  test('reads by key and cursor that exist', () => {
    const source = stream?.source as {
      key: string[];
      cursor?: string;
      columns?: string[];
      schema?: string;
      table?: string;
    };
    const named = [...source.key, ...(source.cursor === undefined ? [] : [source.cursor]), ...(source.columns ?? [])];
    expect(named.filter((column) => !columns.includes(column))).toEqual([]);
    expect(source.key).toEqual(columns.slice(0, 1));
    if (name === 'golden-shield' || name === 'golden-insurance' || name === 'golden-tax')
      expect(`${source.schema}.${source.table}`).toBe(qualified(TABLES[name]));
  });

  test('describes every column in its directory entry', () => {
    expect(stream?.resource?.items).toEqual(
      Object.fromEntries(system.columns.map((column) => [column.name, column.title])),
    );
  });

  test('has settings that its connector takes', () => {
    const connector = CONNECTORS[file.connector];
    if (connector === undefined) throw new Error(`there is no connector ${file.connector}`);
    const streams = Object.fromEntries(Object.entries(file.streams).map(([key, entry]) => [key, entry.source]));
    const connection = fillSecrets(file.connection, SECRETS, name);
    expect(connector.config.safeParse({ connection, streams }).error?.issues ?? []).toEqual([]);
  });
});

test('resource codes are not used twice', () => {
  const codes = yamls('.').flatMap((path) => Object.values(load(path).streams).map(({ resource }) => resource?.code));
  expect(new Set(codes).size).toBe(codes.length);
});

/** The others are systems of their own that the demo has no files for. */
const replacements = yamls('optional').filter((path) => yamls('.').includes(`${load(`optional/${path}`).system}.yaml`));
test.each(replacements)('optional/%s differs from its sibling only in how and when it is read', (path) => {
  const other = load(`optional/${path}`);
  const usual = load(`${other.system}.yaml`);
  const [name = ''] = Object.keys(usual.streams);
  const { source: _, ...stream } = other.streams[name] ?? { source: {} };
  const { source: __, ...expected } = usual.streams[name] ?? { source: {} };
  expect(stream).toEqual(expected);
  const reading = { connector: '', connection: {}, streams: {}, schedule: '' };
  expect({ ...other, ...reading }).toEqual({ ...usual, ...reading });
});
