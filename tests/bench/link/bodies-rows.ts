import { dashed } from '../../../runner/demo/world/calendar.ts';
import { renamed } from '../../../runner/demo/world/entity-names.ts';
import { happens } from '../../../runner/demo/world/hash.ts';
import { mistyped } from '../../../runner/demo/world/names.ts';
import { addressIn, personAt, type WorldOptions } from '../../../runner/demo/world/person.ts';
import { type Dice, dice } from '../../../runner/demo/world/sample-system.ts';
import { type BenchBody, benchBodyAt } from './bodies.ts';
import { type KindRates, type LinkRow, PLAIN } from './link-row.ts';

export const BODIES_SYSTEMS = [
  { system: 'market', authority: 'market-regulation' },
  { system: 'tax', authority: 'tax' },
  { system: 'codes', authority: 'quality-supervision' },
  { system: 'permits', authority: 'health' },
] as const;

/** How the four write, in rows of a million; a row has at most one of them. */
const KINDS: KindRates = {
  //                           market tax codes permits
  'name-variant': [20_000, 40_000, 30_000, 60_000], // 省, brackets, 责任
  'name-typo': [2_000, 5_000, 8_000, 15_000], // one character that sounds or looks alike
  'name-short': [0, 5_000, 0, 30_000], // without the place, or without the legal form
  'other-representative': [0, 30_000, 60_000, 40_000], // the one of before
  'other-address': [0, 60_000, 120_000, 80_000], // the one of before
  'code-wrong': [5_000, 4_000, 5_000, 15_000], // one character of the identifier is another
  'founded-filler': [3_000, 0, 10_000, 20_000], // the day that the system fills in
};
/** Old entries got their credit code when they came for another reason; many never came. */
const CONVERTED = 620_000;
const CREDIT_CODES_SINCE = '20151001';
/** The old tax number went on, and the column of the code is empty. */
const OLD_TAX_NUMBER = 420_000;
const CODE_LEFT_OUT = 50_000;
/** Permits: the credit code, and where it is not there the registration number. */
const PERMIT_CODE = 500_000;
const PERMIT_REGISTRATION = 400_000;
const PERMIT_WITHOUT = { representative: 30_000, address: 30_000, region: 20_000, founded: 700_000 } as const;
/** Of a million rows about a renamed company, where the register of enterprises has the new name. */
const OLD_NAME = [0, 400_000, 500_000, 500_000] as const;
const KNOWN = [985_000, 850_000, 930_000, 500_000] as const;
const DUPLICATES = [8_000, 12_000, 10_000, 20_000] as const;
const FILLERS = ['1900-01-01', '1899-12-30', '1970-01-01', '1753-01-01', '9999-12-31'];

const isRegistered = ({ entityClass }: BenchBody): boolean => ['91', '92', '93'].includes(entityClass);
const KEEPS: readonly ((body: BenchBody) => boolean)[] = [
  isRegistered,
  (body) => isRegistered(body) || body.entityClass === '52',
  ({ entityClass }) => entityClass !== '92',
  (body) => isRegistered(body) || body.entityClass === '52',
];

function kindOf(system: number, d: Dice): string | null {
  for (const [at, [kind, rates]] of Object.entries(KINDS).entries())
    if (d.happens(100 + at, rates[system] as number)) return kind;
  return null;
}

function wrongCharacter(code: string, d: Dice): string {
  const at = code.length - 1 - d.below(11, 6);
  const digit = Number.parseInt(code[at] as string, 36) % 10;
  return `${code.slice(0, at)}${(digit + 1 + d.below(12, 8)) % 10}${code.slice(at + 1)}`;
}

/** 城东区昆仑便利店 as 昆仑便利店, 青海西宁昆仑商贸有限公司 as 青海西宁昆仑商贸. */
function shortName({ name, county }: BenchBody): string {
  if (name.startsWith(county.name)) return name.slice(county.name.length);
  return name.replace(/(?:股份|责任)?有限公司$|有限责任公司$|专业合作社$/u, '');
}

function nameOf(body: BenchBody, kind: string | null, isOld: boolean, d: Dice, seed: number): string {
  if (isOld) return body.formerName as string;
  if (kind === 'name-variant') return renamed(body.name);
  if (kind === 'name-typo') return mistyped(body.name, seed ^ d.below(13, 1_000_000), body.index);
  return kind === 'name-short' ? shortName(body) : body.name;
}

type Identifiers = Readonly<Record<'uscc' | 'organisationCode' | 'registrationNumber' | 'taxNumber', string | null>>;
const NONE: Identifiers = { uscc: null, organisationCode: null, registrationNumber: null, taxNumber: null };

function identifiersOf(body: BenchBody, system: number, copy: number, d: Dice): Identifiers {
  const { uscc, organisationCode, registrationNumber, oldTaxNumber } = body;
  switch (system) {
    case 0: {
      const converted = copy > 0 || body.established >= CREDIT_CODES_SINCE || d.happens(1, CONVERTED);
      return { ...NONE, uscc: converted ? uscc : null, registrationNumber };
    }
    case 1: {
      const isOld = oldTaxNumber !== null && d.happens(2, OLD_TAX_NUMBER);
      const hasCode = body.entityClass !== '92' && !d.happens(3, CODE_LEFT_OUT);
      return { ...NONE, taxNumber: isOld ? oldTaxNumber : uscc, organisationCode: hasCode ? organisationCode : null };
    }
    case 2:
      return { ...NONE, organisationCode };
    default:
      if (d.happens(4, PERMIT_CODE)) return { ...NONE, uscc };
      return d.happens(5, PERMIT_REGISTRATION) ? { ...NONE, registrationNumber } : NONE;
  }
}

function withWrong(identifiers: Identifiers, d: Dice): Identifiers {
  const [name, value] = Object.entries(identifiers).find(([, one]) => one !== null) ?? ['uscc', null];
  return value === null ? identifiers : { ...identifiers, [name]: wrongCharacter(value, d) };
}

function rowOf(world: WorldOptions, body: BenchBody, system: number, copy: number): LinkRow {
  const { seed } = world;
  const { index } = body;
  const d = dice(seed, index, copy, 30 + system);
  const kind = kindOf(system, d);
  const isOld = body.formerName !== null && d.happens(6, OLD_NAME[system] as number);
  const sound = identifiersOf(body, system, copy, d);
  const identifiers = kind === 'code-wrong' ? withWrong(sound, d) : sound;
  const isPermit = system === 3;
  const lacks = (what: keyof typeof PERMIT_WITHOUT, salt: number): boolean =>
    isPermit && d.happens(salt, PERMIT_WITHOUT[what]);
  const other =
    kind === 'other-representative' ? personAt(world, (body.representative.index + 7) % world.persons) : null;
  const head = lacks('representative', 7) ? null : (other ?? body.representative).name;
  const moved = kind === 'other-address' ? addressIn(body.county, seed, index, 96_000 + system) : null;
  const address = lacks('address', 8) ? null : (moved ?? body.address);
  const filler = FILLERS[d.below(14, FILLERS.length)] as string;
  const founded = system === 1 || lacks('founded', 9) ? null : dashed(body.established);
  const region = system === 1 || lacks('region', 10) ? null : body.regionCode;
  const isUncoded = Object.values(identifiers).every((one) => one === null);
  return {
    system: (BODIES_SYSTEMS[system] as { system: string }).system,
    key: `${'MTCP'[system]}${index * 10 + copy}`,
    subject: index,
    kinds: kindsOf(body, isOld ? 'renamed' : kind, identifiers),
    // Shops of one name in one county: whoever keeps them and where they are alone tells them apart.
    undecidable:
      body.relation === 'same-name' &&
      isUncoded &&
      (head === null || other !== null) &&
      (address === null || moved !== null),
    value: {
      ...identifiers,
      name: nameOf(body, kind, isOld, d, seed),
      formerName: system === 0 && body.formerKept ? body.formerName : null,
      legalRepresentativeName: head,
      ...{ region, address },
      establishedDate: founded !== null && kind === 'founded-filler' ? filler : founded,
    },
  };
}

function kindsOf(
  { relation }: BenchBody,
  kind: string | null,
  { uscc, organisationCode, taxNumber }: Identifiers,
): readonly string[] {
  const uncoded = uscc === null && organisationCode === null && taxNumber?.length !== 18 && taxNumber?.length !== 15;
  const found = [kind, relation, uncoded ? 'no-credit-code' : null].filter((one) => one !== null);
  return found.length > 0 ? found : [PLAIN];
}

/** Rows of four systems about the same bodies, one system after the other. */
export function* bodiesRows(world: WorldOptions): Generator<LinkRow> {
  for (let system = 0; system < BODIES_SYSTEMS.length; system++)
    for (let index = 0; index < world.entities; index++) {
      const body = benchBodyAt(world, index);
      if (KEEPS[system]?.(body) !== true) continue;
      if (!happens(world.seed, index, 97_000 + system, KNOWN[system] as number)) continue;
      yield rowOf(world, body, system, 0);
      if (happens(world.seed, index, 97_010 + system, DUPLICATES[system] as number))
        yield rowOf(world, body, system, 1);
    }
}

export const BODIES_MAPPING = {
  uscc: { from: 'uscc', as: 'uscc' },
  organisationCode: { from: 'organisationCode', as: 'organisation-code' },
  registrationNumber: { from: 'registrationNumber', as: 'registration-number' },
  taxNumber: { from: 'taxNumber', as: 'tax-number' },
  name: { from: 'name', as: 'entity-name' },
  formerName: { from: 'formerName', as: 'entity-name' },
  legalRepresentativeName: { from: 'legalRepresentativeName', as: 'person-name' },
  region: { from: 'region', as: 'region' },
  address: { from: 'address', as: 'address' },
  establishedDate: { from: 'establishedDate', as: 'chinese-date' },
};
