import { DAYS, dayOf, LAST_DAY, yearOf } from './calendar.ts';
import { ALPHABET_31, creditCode, organisationCode, registrationNumber } from './check-digits.ts';
import { type County, codeIn, currentCode, drawCounty } from './counties.ts';
import { drawTrade, type EntityClass, entityName, type Trade } from './entity-names.ts';
import { below, happens, hash32, spread, weighted } from './hash.ts';
import { addressIn, birthDay, deathDay, type Person, personAt, type WorldOptions } from './person.ts';

export interface Entity {
  readonly index: number;
  readonly entityClass: EntityClass;
  readonly uscc: string;
  /** Nine characters, no hyphen. */
  readonly organisationCode: string;
  /** 15 digits of GS15-2006; null for what the market regulator does not register. */
  readonly registrationNumber: string | null;
  /** The tax number of before 2015: region and organisation code, or the number of the sole trader and `00`. null for the young. */
  readonly oldTaxNumber: string | null;
  readonly name: string;
  readonly county: County;
  /** Current code of the county, or 630000. */
  readonly regionCode: string;
  readonly address: string;
  readonly industry: string;
  readonly scope: string;
  /** Days as `YYYYMMDD`. */
  readonly established: string;
  readonly approved: string;
  /** null: without end. */
  readonly expires: string | null;
  readonly status: 'existing' | 'revoked' | 'deregistered';
  readonly deregistered: string | null;
  readonly capitalYuan: number;
  readonly headcount: number;
  readonly representative: Person;
}

/** Beyond it, registration numbers would repeat. */
export const MOST_ENTITIES = 10_000_000;

const drawClass = weighted<EntityClass>([
  ['91', 400],
  ['92', 290],
  ['93', 90],
  ['11', 40],
  ['12', 80],
  ['51', 35],
  ['52', 40],
  ['53', 5],
  ['N2', 20],
]);
export const classAt = ({ seed }: WorldOptions, index: number): EntityClass => drawClass(hash32(seed, index, 70));

const DOMESTIC = [0, 1, 2, 3] as const;
const MA_CODES = 31 ** 5;
/** Old organisation codes are eight digits; from October 2015 the registry gave them from the MA range. */
const MA_SINCE = dayOf('20151001');
const CREDIT_CODES_SINCE = 2015;

function codeBody(seed: number, index: number, established: number): string {
  if (established < MA_SINCE)
    return String(spread(index, 73_939_133, hash32(seed, 0, 71), 100_000_000)).padStart(8, '0');
  let left = spread(index, 7_654_321, hash32(seed, 0, 72), MA_CODES);
  let letters = '';
  for (let i = 0; i < 5; i++) {
    letters = ALPHABET_31[left % 31]! + letters;
    left = Math.floor(left / 31);
  }
  return `MA7${letters}`;
}

const isFit = (world: WorldOptions, index: number): boolean => {
  const born = birthDay(world, index);
  return born < dayOf('20000101') && born > dayOf('19500101') && deathDay(world, index, born) === null;
};

/** Entities look for their head in their own share of the persons, so that a sole trader is only one. */
function representativeOf(world: WorldOptions, index: number): { readonly person: number; readonly own: boolean } {
  const share = Math.floor(world.persons / Math.max(1, world.entities));
  if (index < world.entities) {
    for (let step = 0; step < share; step++) {
      const person = index * share + step;
      if (isFit(world, person)) return { person, own: true };
    }
  }
  for (let attempt = 0; ; attempt++) {
    const person = below(world.seed, index, 1000 + attempt, world.persons);
    if (attempt > 40 || isFit(world, person)) return { person, own: false };
  }
}

const CAPITAL_WAN = [1, 3, 5, 10, 20, 30, 50, 80, 100, 200, 300, 500, 800, 1000, 2000, 3000, 5000, 10_000, 50_000];

interface Place {
  readonly entityClass: EntityClass;
  readonly county: County;
  readonly provincial: boolean;
  readonly trade: Trade;
}

export const countyAt = ({ seed }: WorldOptions, index: number): County => drawCounty(hash32(seed, index, 74));

function placeAt(world: WorldOptions, index: number): Place {
  const { seed } = world;
  const entityClass = classAt(world, index);
  const mayBeProvincial = entityClass === '91' || entityClass === '51' || entityClass === '11';
  return {
    entityClass,
    county: countyAt(world, index),
    provincial: entityClass === '53' || (mayBeProvincial && happens(seed, index, 75, 120_000)),
    trade: drawTrade(entityClass, seed, index),
  };
}

/** Only the name of an entity, for those who mention it. */
export const entityNameAt = (world: WorldOptions, index: number): string =>
  entityName(placeAt(world, index), world.seed, index);

const FIRST_DAY = dayOf('19850101');
/** Village cooperatives of shareholders exist since the reform of 2018. */
const FIRST_DAY_OF_N = dayOf('20180301');

/** Entity `index` of the world, 0 to MOST_ENTITIES-1. Pure, like `personAt`. */
export function entityAt(world: WorldOptions, index: number): Entity {
  const { seed } = world;
  const place = placeAt(world, index);
  const { entityClass, county, provincial, trade } = place;
  const first = entityClass === 'N2' ? FIRST_DAY_OF_N : FIRST_DAY;
  const established = first + below(seed, index, 73, LAST_DAY - 120 - first);
  const year = yearOf(established);
  const regionAt = (when: number): string => (provincial ? '630000' : codeIn(county, when));
  const code = organisationCode(codeBody(seed, index, established));
  const registrarKnows = entityClass === '91' || entityClass === '92' || entityClass === '93';
  const sole = entityClass === '92';
  const leading = sole ? 6 + below(seed, index, 76, 4) : DOMESTIC[below(seed, index, 76, 4)]!;
  const sequence = `${leading}${String(spread(index, 1_234_577, hash32(seed, 0, 77), 10_000_000)).padStart(7, '0')}`;
  const { person, own } = representativeOf(world, index);
  const representative = personAt(world, person);
  const fate = below(seed, index, 78, 100);
  const status = !registrarKnows || fate < 82 ? 'existing' : fate < 90 ? 'revoked' : 'deregistered';
  const last = established + below(seed, index, 79, LAST_DAY - established);
  const ends = happens(seed, index, 80, 550_000) ? null : established + 7305 + 3652 * below(seed, index, 81, 3);
  const capital = CAPITAL_WAN[below(seed, index, 82, sole ? 7 : CAPITAL_WAN.length)]! * 10_000;
  return {
    index,
    entityClass,
    uscc: creditCode(entityClass + regionAt(Math.max(year, CREDIT_CODES_SINCE)) + code),
    organisationCode: code,
    registrationNumber: registrarKnows ? registrationNumber(regionAt(Math.max(year, 2007)) + sequence) : null,
    oldTaxNumber:
      established >= MA_SINCE || (sole && !own)
        ? null
        : sole
          ? `${representative.citizenNumber}00`
          : regionAt(year) + code,
    name: entityName(place, seed, index),
    county,
    regionCode: provincial ? '630000' : currentCode(county),
    address: addressIn(county, seed, index, 84),
    industry: trade.industry,
    scope: trade.scope,
    established: DAYS[established]!,
    approved: DAYS[last]!,
    expires: ends === null ? null : shiftYear(DAYS[established]!, Math.round((ends - established) / 365.25)),
    status,
    deregistered: status === 'deregistered' ? DAYS[last]! : null,
    capitalYuan: registrarKnows ? capital + (happens(seed, index, 83, 40_000) ? 8600 : 0) : 0,
    headcount: sole
      ? 1 + below(seed, index, 87, 6)
      : 1 + Math.floor(400 * (hash32(seed, index, 87) / 0x1_0000_0000) ** 4),
    representative,
  };
}

/** The day before the same date, so many years later: terms end so, and 29 February needs no care but one. */
function shiftYear(date: string, years: number): string {
  const at = new Date(
    Date.UTC(Number(date.slice(0, 4)) + years, Number(date.slice(4, 6)) - 1, Number(date.slice(6)) - 1),
  );
  return at.toISOString().slice(0, 10).replaceAll('-', '');
}
